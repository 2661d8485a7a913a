// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {EntryRules} from "./EntryRules.sol";
import {Payouts} from "./Payouts.sol";
import {
    Authority,
    ChannelId,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    IPaymentChannel,
    Permit,
    RebaseTerms,
    SignedPromise
} from "./interfaces/IPaymentChannel.sol";
import {ChannelTypes} from "./libraries/ChannelTypes.sol";
import {OpeningRules} from "./libraries/OpeningRules.sol";
import {PackedChannel, PackedChannels} from "./libraries/PackedChannel.sol";
import {PackedClaims} from "./libraries/PackedClaims.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";
import {Settlement} from "./libraries/Settlement.sol";

/// Payment channels for many pairs of agents, tokens and the native coin. See IPaymentChannel for the rules.
contract PaymentChannelContract is IPaymentChannel, EIP712, EntryRules, Payouts {
    using ChannelTypes for ChannelParams;
    using PackedClaims for PackedClaims.Desk;

    /// The greatest promises recorded for settlement; written only while CLOSING.
    struct Promises {
        uint96 sentA;
        uint96 sentB;
    }

    struct Stored {
        PackedChannel state;
        Promises promises;
    }

    uint32 public immutable minWindow;

    mapping(ChannelId id => Stored) private _channels;

    /// @param shortestWindow Seconds; at least 1.
    /// @param tokens May come in from the start, without a cap. Zero means the native coin.
    constructor(uint32 shortestWindow, address owner, address[] memory tokens)
        EIP712("Souk", "1")
        EntryRules(owner, tokens)
    {
        if (shortestWindow == 0 || shortestWindow > OpeningRules.MAX_WINDOW) {
            revert WindowOutOfRange(shortestWindow, 1, OpeningRules.MAX_WINDOW);
        }
        minWindow = shortestWindow;
    }

    // Entry

    function open(ChannelParams calldata params, uint96 amount) external payable {
        _open(params, amount);
        _pull(params.token, amount);
    }

    function openWithPermit(ChannelParams calldata params, uint96 amount, Permit calldata permit) external {
        if (params.token.code.length == 0) revert TokenMissing(params.token);
        // A failed permit is no failure: whoever saw it in the mempool may have used it, and then the allowance stands.
        try IERC20Permit(params.token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        _open(params, amount);
        _pull(params.token, amount);
    }

    function fund(ChannelParams calldata params, uint96 amount) external payable {
        // Checks
        bool byA = _requireDepositor(params);
        if (amount == 0) revert AmountMissing();
        ChannelId id = params.idOf();
        PackedChannel state = _channels[id].state;
        _require(id, state.status(), ChannelStatus.OPEN);
        uint96 deposit = (byA ? state.amountA() : state.amountB()) + amount;
        _requireEntry(params.token, uint256(_held(params, state)) + amount);
        // Effects
        if (byA) {
            _channels[id].state = state.withAmountA(deposit);
            emit Funded(id, amount, deposit);
        } else {
            _channels[id].state = state.withAmountB(deposit);
            emit FundedByB(id, amount, deposit);
        }
        // Interactions
        _pull(params.token, amount);
    }

    // Claims

    function claim(ChannelParams calldata params, SignedPromise calldata signedPromise) external nonReentrant {
        if (msg.sender != params.partyB) revert NotPayee(msg.sender, params.partyB);
        _claim(params.idOf(), params, signedPromise);
    }

    function claimFor(ChannelParams calldata params, SignedPromise calldata signedPromise, Authority calldata authority)
        external
        nonReentrant
    {
        ChannelId id = params.idOf();
        if (_clientOf(id, authority) != params.signerB) revert NotTower(msg.sender);
        _claim(id, params, signedPromise);
    }

    function claimBatch(Claim[] calldata claims) external nonReentrant returns (uint96[] memory paid) {
        // Checks and effects, item by item: a later item of the same channel sees the earlier one's claim.
        paid = new uint96[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            if (msg.sender == claims[i].params.partyB) paid[i] = _claimOrSkip(claims[i].params.idOf(), claims[i]);
        }
        // Interactions
        _payOutRuns(claims, paid);
    }

    function claimBatchFor(Claim[] calldata claims, Authority[] calldata authorities)
        external
        nonReentrant
        returns (uint96[] memory paid)
    {
        // Checks and effects, as in claimBatch
        if (claims.length != authorities.length) revert AuthoritiesMissing(claims.length, authorities.length);
        paid = new uint96[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            ChannelId id = claims[i].params.idOf();
            bool isTower = block.timestamp <= authorities[i].validUntil
                && _clientOf(id, authorities[i]) == claims[i].params.signerB;
            if (isTower) paid[i] = _claimOrSkip(id, claims[i]);
        }
        // Interactions
        _payOutRuns(claims, paid);
    }

    function claimBatchPacked(address signerB, address token, uint32 window, bytes calldata items)
        external
        nonReentrant
        returns (uint256 sum)
    {
        // Checks and effects, item by item, as in claimBatch
        if (items.length % PackedClaims.ITEM_SIZE != 0) revert ItemsCutShort(items.length);
        PackedClaims.Desk desk = PackedClaims.open(_domainSeparatorV4(), signerB, token, window);
        for (uint256 offset = 0; offset < items.length; offset += PackedClaims.ITEM_SIZE) {
            ChannelId id = desk.take(items, offset);
            PackedChannel state = _channels[id].state;
            uint96 sent = desk.sent();
            uint96 paid = _claimableNow(state, sent);
            if (paid == 0 || !desk.isSigned(items, offset)) continue;
            _recordClaim(id, state, sent, paid);
            sum += paid;
        }
        // Interactions
        _payOut(token, msg.sender, sum);
    }

    // Going on

    function rebase(
        ChannelParams calldata params,
        RebaseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external nonReentrant {
        // Checks
        if (params.mode != OpeningRules.DUPLEX) revert ModeNotSupported(params.mode);
        ChannelId id = params.idOf();
        PackedChannel state = _channels[id].state;
        _require(id, state.status(), ChannelStatus.OPEN);
        if (state.epoch() == type(uint16).max) revert EpochsExhausted(id);
        uint256 proposed = uint256(terms.newDepA) + terms.newDepB + terms.outA + terms.outB;
        _requireTerms(state, terms.epoch, terms.validUntil, proposed, _held(params, state));
        _requireBoth(params, ChannelTypes.hashRebase(id, terms), signatureA, signatureB);
        // Effects
        state = state.rebased(terms.newDepA, terms.newDepB);
        _channels[id].state = state;
        emit Rebased(id, state.epoch(), terms.newDepA, terms.newDepB, terms.outA, terms.outB);
        // Interactions
        _payOut(params.token, params.partyA, terms.outA);
        _payOut(params.token, params.partyB, terms.outB);
    }

    // Closing

    function startClose(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        // Checks
        bool byB = msg.sender == params.partyB;
        if (!byB && msg.sender != params.partyA) revert NotParty(msg.sender);
        ChannelId id = params.idOf();
        PackedChannel state = _channels[id].state;
        _require(id, state.status(), ChannelStatus.OPEN);
        bool withPromise = signedPromise.signature.length > 0;
        if (withPromise) _requireNews(id, params, state, signedPromise, byB);
        // Effects
        state = state.closing(uint40(block.timestamp) + params.window);
        _channels[id].state = state;
        emit Closing(id, state.closeAt());
        if (withPromise) _recordPromise(id, signedPromise.sent, byB);
    }

    function respond(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        bool byB = msg.sender == params.partyB;
        if (!byB && msg.sender != params.partyA) revert NotParty(msg.sender);
        _respond(params.idOf(), params, signedPromise, byB);
    }

    function respondFor(
        ChannelParams calldata params,
        SignedPromise calldata signedPromise,
        Authority calldata authority
    ) external {
        ChannelId id = params.idOf();
        address client = _clientOf(id, authority);
        bool forB = client == params.signerB;
        if (!forB && client != params.signerA) revert NotTower(msg.sender);
        _respond(id, params, signedPromise, forB);
    }

    function settle(ChannelParams calldata params) external nonReentrant {
        // Checks
        ChannelId id = params.idOf();
        PackedChannel state = _channels[id].state;
        _require(id, state.status(), ChannelStatus.CLOSING);
        if (block.timestamp < state.closeAt()) revert WindowNotOver(state.closeAt(), block.timestamp);
        // Effects and interactions
        Promises memory known = _channels[id].promises;
        (uint96 payA, uint96 payB) = params.mode == OpeningRules.DUPLEX
            ? Settlement.splitDuplex(state.amountA(), state.amountB(), known.sentA, known.sentB)
            : Settlement.splitSimplex(known.sentA, state.amountA(), state.amountB());
        _close(id, params, state, payA, payB);
    }

    function coopClose(
        ChannelParams calldata params,
        CloseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external nonReentrant {
        // Checks
        ChannelId id = params.idOf();
        PackedChannel state = _channels[id].state;
        if (state.status() != ChannelStatus.CLOSING) _require(id, state.status(), ChannelStatus.OPEN);
        uint256 proposed = uint256(terms.payA) + terms.payB;
        _requireTerms(state, terms.epoch, terms.validUntil, proposed, _held(params, state));
        _requireBoth(params, ChannelTypes.hashCoopClose(id, terms), signatureA, signatureB);
        // Effects and interactions
        _close(id, params, state, terms.payA, terms.payB);
    }

    // Views

    function channel(ChannelId id)
        external
        view
        returns (uint96 depositA, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch)
    {
        PackedChannel state = _channels[id].state;
        return (state.amountA(), state.amountB(), state.closeAt(), state.status(), state.epoch());
    }

    function promised(ChannelId id) external view returns (uint96 sent) {
        return _channels[id].promises.sentA;
    }

    function promisedByB(ChannelId id) external view returns (uint96 sent) {
        return _channels[id].promises.sentB;
    }

    function channelIdOf(ChannelParams calldata params) external pure returns (ChannelId) {
        return params.idOf();
    }

    // Rules

    function _require(ChannelId id, ChannelStatus status, ChannelStatus wanted) private pure {
        if (status != wanted) revert WrongStatus(id, status);
    }

    /// @return byA Which side deposits.
    function _requireDepositor(ChannelParams calldata params) private view returns (bool byA) {
        if (msg.sender == params.partyA) return true;
        if (params.mode != OpeningRules.DUPLEX) revert NotPayer(msg.sender, params.partyA);
        if (msg.sender != params.partyB) revert NotParty(msg.sender);
    }

    function _requireBeforeClose(ChannelId id, PackedChannel state) private view {
        if (state.status() == ChannelStatus.OPEN) return;
        _require(id, state.status(), ChannelStatus.CLOSING);
        if (block.timestamp >= state.closeAt()) revert WindowOver(state.closeAt(), block.timestamp);
    }

    function _requireTerms(PackedChannel state, uint16 epoch, uint40 validUntil, uint256 proposed, uint96 held)
        private
        view
    {
        if (epoch != state.epoch()) revert WrongEpoch(epoch, state.epoch());
        if (block.timestamp > validUntil) revert TermsExpired(validUntil, block.timestamp);
        if (proposed != held) revert TermsDoNotAddUp(proposed, held);
    }

    function _requireBoth(
        ChannelParams calldata params,
        bytes32 structHash,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!PlainSignature.isBy(params.signerA, digest, signatureA)) revert NotSignedBy(params.signerA);
        if (!PlainSignature.isBy(params.signerB, digest, signatureB)) revert NotSignedBy(params.signerB);
    }

    function _requirePromise(
        ChannelId id,
        ChannelParams calldata params,
        PackedChannel state,
        SignedPromise calldata signedPromise,
        bool fromA
    ) private view {
        if (signedPromise.epoch != state.epoch()) {
            revert WrongEpoch(signedPromise.epoch, state.epoch());
        }
        address signer = fromA ? params.signerA : params.signerB;
        if (!_isPromiseBy(signer, id, signedPromise, fromA)) revert NotSignedBy(signer);
    }

    /// A promise worth recording: of a side that promises at all, greater than what is known, and signed.
    function _requireNews(
        ChannelId id,
        ChannelParams calldata params,
        PackedChannel state,
        SignedPromise calldata signedPromise,
        bool fromA
    ) private view {
        bool isSimplex = params.mode != OpeningRules.DUPLEX;
        if (!fromA && isSimplex) revert NotPayee(msg.sender, params.partyB);
        if (isSimplex) _requireGreater(signedPromise.sent, state.amountB());
        _requirePromise(id, params, state, signedPromise, fromA);
    }

    function _requireGreater(uint96 sent, uint96 known) private pure {
        if (sent <= known) revert PromiseNotGreater(sent, known);
    }

    function _isPromiseBy(address signer, ChannelId id, SignedPromise calldata signedPromise, bool fromA)
        private
        view
        returns (bool)
    {
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashPayState(id, fromA, signedPromise));
        return PlainSignature.isBy(signer, digest, signedPromise.signature);
    }

    /// The signer for whom the caller may act; zero where nobody signed.
    function _clientOf(ChannelId id, Authority calldata authority) private view returns (address) {
        if (block.timestamp > authority.validUntil) revert AuthorityExpired(authority.validUntil, block.timestamp);
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashActFor(id, msg.sender, authority.validUntil));
        return PlainSignature.signerOf(digest, authority.signature);
    }

    /// What the contract holds for a channel.
    function _held(ChannelParams calldata params, PackedChannel state) private pure returns (uint96) {
        return
            params.mode == OpeningRules.DUPLEX ? state.amountA() + state.amountB() : state.amountA() - state.amountB();
    }

    /// SIMPLEX: what a promise pays now; 0 where the channel is not to be claimed from.
    function _claimableNow(PackedChannel state, uint96 sent) private view returns (uint96) {
        ChannelStatus status = state.status();
        bool isLive =
            status == ChannelStatus.OPEN || (status == ChannelStatus.CLOSING && block.timestamp < state.closeAt());
        return isLive ? Settlement.claimable(sent, state.amountA(), state.amountB()) : 0;
    }

    // State changes

    function _open(ChannelParams calldata params, uint96 amount) private {
        // Checks
        OpeningRules.check(params, minWindow);
        bool byA = _requireDepositor(params);
        if (amount == 0) revert AmountMissing();
        _requireEntry(params.token, amount);
        ChannelId id = params.idOf();
        if (_channels[id].state.status() != ChannelStatus.NONE) revert AlreadyUsed(id);
        // Effects
        uint96 depositA = byA ? amount : 0;
        _channels[id].state = PackedChannels.opened(depositA, amount - depositA);
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
            depositA
        );
        if (!byA) emit FundedByB(id, amount, amount);
    }

    function _claim(ChannelId id, ChannelParams calldata params, SignedPromise calldata signedPromise) private {
        // Checks
        if (params.mode != OpeningRules.SIMPLEX) revert ModeNotSupported(params.mode);
        PackedChannel state = _channels[id].state;
        _requireBeforeClose(id, state);
        uint96 paid = Settlement.claimable(signedPromise.sent, state.amountA(), state.amountB());
        if (paid == 0) revert NothingToClaim(signedPromise.sent, state.amountB());
        _requirePromise(id, params, state, signedPromise, true);
        // Effects
        _recordClaim(id, state, signedPromise.sent, paid);
        // Interactions
        _payOut(params.token, params.partyB, paid);
    }

    function _claimOrSkip(ChannelId id, Claim calldata item) private returns (uint96 paid) {
        SignedPromise calldata signedPromise = item.signedPromise;
        PackedChannel state = _channels[id].state;
        if (item.params.mode != OpeningRules.SIMPLEX || signedPromise.epoch != state.epoch()) return 0;
        paid = _claimableNow(state, signedPromise.sent);
        if (paid == 0 || !_isPromiseBy(item.params.signerA, id, signedPromise, true)) return 0;
        _recordClaim(id, state, signedPromise.sent, paid);
    }

    function _recordClaim(ChannelId id, PackedChannel state, uint96 sent, uint96 paid) private {
        _channels[id].state = state.withAmountB(state.amountB() + paid);
        emit Claimed(id, sent, paid);
    }

    function _respond(ChannelId id, ChannelParams calldata params, SignedPromise calldata signedPromise, bool fromA)
        private
    {
        // Checks
        PackedChannel state = _channels[id].state;
        _require(id, state.status(), ChannelStatus.CLOSING);
        _requireBeforeClose(id, state);
        Promises storage known = _channels[id].promises;
        _requireGreater(signedPromise.sent, fromA ? known.sentA : known.sentB);
        _requireNews(id, params, state, signedPromise, fromA);
        // Effects
        _recordPromise(id, signedPromise.sent, fromA);
    }

    function _recordPromise(ChannelId id, uint96 sent, bool fromA) private {
        if (fromA) {
            _channels[id].promises.sentA = sent;
            emit Responded(id, sent);
        } else {
            _channels[id].promises.sentB = sent;
            emit RespondedForA(id, sent);
        }
    }

    function _close(ChannelId id, ChannelParams calldata params, PackedChannel state, uint96 payA, uint96 payB)
        private
    {
        // Effects
        _channels[id].state = state.closed();
        if (state.status() == ChannelStatus.CLOSING) delete _channels[id].promises;
        emit Settled(id, payA, payB);
        // Interactions
        _payOut(params.token, params.partyA, payA);
        _payOut(params.token, params.partyB, payB);
    }

    /// One payout per run of equal token and payee.
    function _payOutRuns(Claim[] calldata claims, uint96[] memory paid) private {
        uint256 sum = 0;
        for (uint256 i = 0; i < claims.length; ++i) {
            sum += paid[i];
            ChannelParams calldata params = claims[i].params;
            if (i + 1 < claims.length && _isSamePayout(params, claims[i + 1].params)) continue;
            _payOut(params.token, params.partyB, sum);
            sum = 0;
        }
    }

    function _isSamePayout(ChannelParams calldata a, ChannelParams calldata b) private pure returns (bool) {
        return a.token == b.token && a.partyB == b.partyB;
    }
}
