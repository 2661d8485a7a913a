// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {
    ChannelId,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    IPaymentChannel,
    Permit,
    SignedPromise
} from "./interfaces/IPaymentChannel.sol";
import {ChannelTypes} from "./libraries/ChannelTypes.sol";
import {OpeningRules} from "./libraries/OpeningRules.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// One-way payment channels for many pairs of agents, tokens and the native coin. See IPaymentChannel for the rules.
contract PaymentChannelContract is IPaymentChannel, EIP712, Ownable2Step, Pausable, ReentrancyGuardTransient {
    using ChannelTypes for ChannelParams;
    using SafeERC20 for IERC20;

    /// One storage word. A closed channel keeps its status and epoch for ever, so that its id never opens again.
    struct Channel {
        uint96 depositA;
        uint96 claimed;
        uint40 closeAt;
        ChannelStatus status;
        uint16 epoch;
    }

    uint32 public immutable minWindow;

    mapping(ChannelId id => Channel) private _channels;
    mapping(ChannelId id => uint96 sent) public promised;
    mapping(address token => mapping(address owner => uint256 amount)) public credit;

    /// @param shortestWindow Seconds; at least 1.
    constructor(uint32 shortestWindow, address owner) EIP712("Souk", "1") Ownable(owner) {
        if (shortestWindow == 0 || shortestWindow > OpeningRules.MAX_WINDOW) {
            revert WindowOutOfRange(shortestWindow, 1, OpeningRules.MAX_WINDOW);
        }
        minWindow = shortestWindow;
    }

    // Entry

    function open(ChannelParams calldata params, uint96 amount) external payable nonReentrant whenNotPaused {
        _open(params, amount);
        Transfers.pull(params.token, amount);
    }

    function openWithPermit(ChannelParams calldata params, uint96 amount, Permit calldata permit)
        external
        nonReentrant
        whenNotPaused
    {
        if (params.token.code.length == 0) revert TokenMissing(params.token);
        _open(params, amount);
        // A failed permit is no failure: whoever saw it in the mempool may have used it, and then the allowance stands.
        try IERC20Permit(params.token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        Transfers.pull(params.token, amount);
    }

    function fund(ChannelParams calldata params, uint96 amount) external payable nonReentrant whenNotPaused {
        // Checks
        if (msg.sender != params.partyA) revert NotPayer(msg.sender, params.partyA);
        if (amount == 0) revert AmountMissing();
        ChannelId id = params.idOf();
        Channel storage stored = _channels[id];
        _require(id, stored.status, ChannelStatus.OPEN);
        // Effects
        uint96 deposit = stored.depositA + amount;
        stored.depositA = deposit;
        emit Funded(id, amount, deposit);
        // Interactions
        Transfers.pull(params.token, amount);
    }

    // Claims

    function claim(ChannelParams calldata params, SignedPromise calldata signedPromise) external nonReentrant {
        // Checks
        if (msg.sender != params.partyB) revert NotPayee(msg.sender, params.partyB);
        ChannelId id = params.idOf();
        Channel memory state = _channels[id];
        _requireBeforeClose(id, state);
        uint96 paid = Settlement.claimable(signedPromise.sent, state.depositA, state.claimed);
        if (paid == 0) revert NothingToClaim(signedPromise.sent, state.claimed);
        _requirePromise(id, params.signerA, state.epoch, signedPromise);
        // Effects
        _recordClaim(id, state, signedPromise.sent, paid);
        // Interactions
        _payOut(params.token, msg.sender, paid);
    }

    function claimBatch(Claim[] calldata claims) external nonReentrant returns (uint96[] memory paid) {
        // Checks and effects, item by item: a later item of the same channel sees the earlier one's claim.
        paid = new uint96[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            paid[i] = _claimOrSkip(claims[i]);
        }
        // Interactions
        uint256 sum = 0;
        for (uint256 i = 0; i < claims.length; ++i) {
            sum += paid[i];
            address token = claims[i].params.token;
            if (i + 1 < claims.length && claims[i + 1].params.token == token) continue;
            _payOut(token, msg.sender, sum);
            sum = 0;
        }
    }

    // Closing

    function startClose(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        // Checks
        bool byPayee = msg.sender == params.partyB;
        if (!byPayee && msg.sender != params.partyA) revert NotParty(msg.sender);
        ChannelId id = params.idOf();
        Channel memory state = _channels[id];
        _require(id, state.status, ChannelStatus.OPEN);
        bool withPromise = signedPromise.signature.length > 0;
        if (withPromise) {
            if (!byPayee) revert NotPayee(msg.sender, params.partyB);
            _requireGreater(signedPromise.sent, state.claimed);
            _requirePromise(id, params.signerA, state.epoch, signedPromise);
        }
        // Effects
        state.closeAt = uint40(block.timestamp) + params.window;
        state.status = ChannelStatus.CLOSING;
        _channels[id] = state;
        emit Closing(id, state.closeAt);
        if (withPromise) _recordPromise(id, signedPromise.sent);
    }

    function respond(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        // Checks
        if (msg.sender != params.partyB) revert NotPayee(msg.sender, params.partyB);
        ChannelId id = params.idOf();
        Channel memory state = _channels[id];
        _require(id, state.status, ChannelStatus.CLOSING);
        _requireBeforeClose(id, state);
        _requireGreater(signedPromise.sent, state.claimed);
        _requireGreater(signedPromise.sent, promised[id]);
        _requirePromise(id, params.signerA, state.epoch, signedPromise);
        // Effects
        _recordPromise(id, signedPromise.sent);
    }

    function settle(ChannelParams calldata params) external nonReentrant {
        // Checks
        ChannelId id = params.idOf();
        Channel memory state = _channels[id];
        _require(id, state.status, ChannelStatus.CLOSING);
        if (block.timestamp < state.closeAt) revert WindowNotOver(state.closeAt, block.timestamp);
        // Effects and interactions
        (uint96 payA, uint96 payB) = Settlement.split(promised[id], state.depositA, state.claimed);
        _close(params, id, state.epoch, payA, payB);
    }

    function coopClose(
        ChannelParams calldata params,
        CloseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external nonReentrant {
        // Checks
        ChannelId id = params.idOf();
        Channel memory state = _channels[id];
        if (state.status != ChannelStatus.CLOSING) _require(id, state.status, ChannelStatus.OPEN);
        if (terms.epoch != state.epoch) revert WrongEpoch(terms.epoch, state.epoch);
        if (block.timestamp > terms.validUntil) revert TermsExpired(terms.validUntil, block.timestamp);
        uint96 held = state.depositA - state.claimed;
        uint256 proposed = uint256(terms.payA) + terms.payB;
        if (proposed != held) revert TermsDoNotAddUp(proposed, held);
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashCoopClose(id, terms));
        if (!PlainSignature.isBy(params.signerA, digest, signatureA)) revert NotSignedBy(params.signerA);
        if (!PlainSignature.isBy(params.signerB, digest, signatureB)) revert NotSignedBy(params.signerB);
        // Effects and interactions
        _close(params, id, state.epoch, terms.payA, terms.payB);
    }

    function withdrawCredit(address token, address to) external nonReentrant {
        // Checks
        if (to == address(this) || to == address(0)) revert ReceiverRefused(to);
        uint256 amount = credit[token][msg.sender];
        if (amount == 0) revert NoCredit(token, msg.sender);
        // Effects
        delete credit[token][msg.sender];
        emit CreditWithdrawn(token, msg.sender, to, amount);
        // Interactions
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    // Owner

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    // Views

    function channel(ChannelId id)
        external
        view
        returns (uint96 depositA, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch)
    {
        Channel memory state = _channels[id];
        return (state.depositA, state.claimed, state.closeAt, state.status, state.epoch);
    }

    function channelIdOf(ChannelParams calldata params) external pure returns (ChannelId) {
        return params.idOf();
    }

    // Rules

    function _require(ChannelId id, ChannelStatus status, ChannelStatus wanted) private pure {
        if (status != wanted) revert WrongStatus(id, status);
    }

    function _requireBeforeClose(ChannelId id, Channel memory state) private view {
        if (state.status == ChannelStatus.OPEN) return;
        _require(id, state.status, ChannelStatus.CLOSING);
        if (block.timestamp >= state.closeAt) revert WindowOver(state.closeAt, block.timestamp);
    }

    function _requireGreater(uint96 sent, uint96 known) private pure {
        if (sent <= known) revert PromiseNotGreater(sent, known);
    }

    function _requirePromise(ChannelId id, address signer, uint16 epoch, SignedPromise calldata signedPromise)
        private
        view
    {
        if (signedPromise.epoch != epoch) revert WrongEpoch(signedPromise.epoch, epoch);
        if (!_isPromiseBy(signer, id, signedPromise)) revert NotSignedBy(signer);
    }

    function _isPromiseBy(address signer, ChannelId id, SignedPromise calldata signedPromise)
        private
        view
        returns (bool)
    {
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashPayState(id, true, signedPromise));
        return PlainSignature.isBy(signer, digest, signedPromise.signature);
    }

    // State changes

    function _open(ChannelParams calldata params, uint96 amount) private {
        // Checks
        if (msg.sender != params.partyA) revert NotPayer(msg.sender, params.partyA);
        if (amount == 0) revert AmountMissing();
        OpeningRules.check(params, minWindow);
        ChannelId id = params.idOf();
        if (_channels[id].status != ChannelStatus.NONE) revert AlreadyUsed(id);
        // Effects
        _channels[id] = Channel({depositA: amount, claimed: 0, closeAt: 0, status: ChannelStatus.OPEN, epoch: 0});
        emit Opened(
            id,
            params.partyA,
            params.partyB,
            params.signerA,
            params.signerB,
            params.token,
            params.window,
            params.mode,
            params.salt,
            amount
        );
    }

    function _claimOrSkip(Claim calldata item) private returns (uint96 paid) {
        if (msg.sender != item.params.partyB) return 0;
        ChannelId id = item.params.idOf();
        Channel memory state = _channels[id];
        bool isClaimable = state.status == ChannelStatus.OPEN
            || (state.status == ChannelStatus.CLOSING && block.timestamp < state.closeAt);
        if (!isClaimable || item.signedPromise.epoch != state.epoch) return 0;
        paid = Settlement.claimable(item.signedPromise.sent, state.depositA, state.claimed);
        if (paid == 0 || !_isPromiseBy(item.params.signerA, id, item.signedPromise)) return 0;
        _recordClaim(id, state, item.signedPromise.sent, paid);
    }

    function _recordClaim(ChannelId id, Channel memory state, uint96 sent, uint96 paid) private {
        state.claimed += paid;
        _channels[id] = state;
        emit Claimed(id, sent, paid);
    }

    function _recordPromise(ChannelId id, uint96 sent) private {
        promised[id] = sent;
        emit Responded(id, sent);
    }

    function _close(ChannelParams calldata params, ChannelId id, uint16 epoch, uint96 payA, uint96 payB) private {
        // Effects
        _channels[id] = Channel({depositA: 0, claimed: 0, closeAt: 0, status: ChannelStatus.CLOSED, epoch: epoch});
        delete promised[id];
        emit Settled(id, payA, payB);
        // Interactions
        _payOut(params.token, params.partyA, payA);
        _payOut(params.token, params.partyB, payB);
    }

    /// A receiver that cannot be paid blocks nobody: its money waits as credit.
    function _payOut(address token, address to, uint256 amount) private {
        if (amount == 0 || Transfers.tryPush(token, to, amount)) return;
        credit[token][to] += amount;
        emit Credited(token, to, amount);
    }
}
