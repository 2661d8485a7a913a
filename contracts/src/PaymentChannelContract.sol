// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ChannelProofs} from "./ChannelProofs.sol";
import {EntryRules} from "./EntryRules.sol";
import {Payouts} from "./Payouts.sol";
import {
    Authority,
    ChannelId,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    Permit,
    RebaseTerms,
    SignedPromise
} from "./interfaces/IPaymentChannel.sol";
import {AgreedParams, AgreedParamsWords} from "./libraries/AgreedParams.sol";
import {ChannelTypes} from "./libraries/ChannelTypes.sol";
import {OpeningRules} from "./libraries/OpeningRules.sol";
import {PackedChannel, PackedChannels} from "./libraries/PackedChannel.sol";
import {PackedClaims} from "./libraries/PackedClaims.sol";
import {Settlement} from "./libraries/Settlement.sol";

/// Payment channels for many pairs of agents, tokens and the native coin. See IPaymentChannel for the rules.
contract PaymentChannelContract is ChannelProofs, EntryRules, Payouts {
    using AgreedParamsWords for ChannelParams;
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
    constructor(uint32 shortestWindow, address owner, address[] memory tokens) EntryRules(owner, tokens) {
        if (shortestWindow == 0 || shortestWindow > OpeningRules.MAX_WINDOW) {
            revert WindowOutOfRange(shortestWindow, 1, OpeningRules.MAX_WINDOW);
        }
        minWindow = shortestWindow;
    }

    // Entry

    function open(ChannelParams calldata params, uint96 amount) external payable {
        _open(params, amount);
    }

    function openWithPermit(ChannelParams calldata params, uint96 amount, Permit calldata permit) external {
        if (params.token.code.length == 0) revert TokenMissing(params.token);
        // Only what the owner allows is called.
        _requireEntry(params.token, amount);
        // A failed permit is no failure: whoever saw it in the mempool may have used it, and then the allowance stands.
        try IERC20Permit(params.token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        _open(params, amount);
    }

    function fund(ChannelParams calldata params, uint96 amount) external payable {
        // Checks
        (ChannelId id, AgreedParams agreed) = params.read();
        bool byA = _requireDepositor(agreed);
        if (amount == 0) revert AmountMissing();
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        _requireOpen(id, state);
        uint96 deposit = (byA ? state.amountA() : state.amountB()) + amount;
        _requireEntry(agreed.token(), uint256(_held(agreed, state)) + amount);
        // Effects
        if (byA) {
            stored.state = state.withAmountA(deposit);
            emit Funded(id, amount, deposit);
        } else {
            stored.state = state.withAmountB(deposit);
            emit FundedByB(id, amount, deposit);
        }
        // Interactions
        _pull(agreed.token(), amount);
    }

    // Claims

    function claim(ChannelParams calldata params, SignedPromise calldata signedPromise) external nonReentrant {
        (ChannelId id, AgreedParams agreed) = params.read();
        if (msg.sender != agreed.partyB()) revert NotPayee(msg.sender, agreed.partyB());
        _claim(id, agreed, signedPromise);
    }

    function claimFor(ChannelParams calldata params, SignedPromise calldata signedPromise, Authority calldata authority)
        external
        nonReentrant
    {
        (ChannelId id, AgreedParams agreed) = params.read();
        if (_clientOf(id, authority) != agreed.signerB()) revert NotTower(msg.sender);
        _claim(id, agreed, signedPromise);
    }

    function claimBatch(Claim[] calldata claims) external nonReentrant returns (uint96[] memory paid) {
        // Checks and effects, item by item: a later item of the same channel sees the earlier one's claim.
        paid = new uint96[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            (ChannelId id, AgreedParams agreed) = claims[i].params.read();
            if (msg.sender == agreed.partyB()) paid[i] = _claimOrSkip(id, agreed, claims[i].signedPromise);
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
            (ChannelId id, AgreedParams agreed) = claims[i].params.read();
            bool isTower =
                block.timestamp <= authorities[i].validUntil && _clientOf(id, authorities[i]) == agreed.signerB();
            if (isTower) paid[i] = _claimOrSkip(id, agreed, claims[i].signedPromise);
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
        for (uint256 offset = 0; offset < items.length;) {
            ChannelId id = desk.take(items, offset);
            Stored storage stored = _channels[id];
            PackedChannel state = stored.state;
            uint96 sent = desk.sent();
            uint96 paid = _claimableNow(state, sent);
            if (paid > 0 && desk.isSigned(items, offset)) _recordClaim(id, stored, state, sent, paid);
            else paid = 0;
            // Each is below 2**96, and calldata ends long before 2**160 of them.
            unchecked {
                sum += paid;
                offset += PackedClaims.ITEM_SIZE;
            }
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
        (ChannelId id, AgreedParams agreed) = params.read();
        if (agreed.mode() != OpeningRules.DUPLEX) revert ModeNotSupported(agreed.mode());
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        _requireOpen(id, state);
        if (state.epoch() == type(uint16).max) revert EpochsExhausted(id);
        uint256 proposed = uint256(terms.newDepA) + terms.newDepB + terms.outA + terms.outB;
        _requireTerms(state, terms.epoch, terms.validUntil);
        _requireSum(proposed, _held(agreed, state));
        _requireBoth(agreed, ChannelTypes.hashRebase(id, terms), signatureA, signatureB);
        // Effects
        state = state.rebased(terms.newDepA, terms.newDepB);
        stored.state = state;
        emit Rebased(id, state.epoch(), terms.newDepA, terms.newDepB, terms.outA, terms.outB);
        // Interactions
        _payOut(agreed.token(), agreed.partyA(), terms.outA);
        _payOut(agreed.token(), agreed.partyB(), terms.outB);
    }

    // Closing

    function startClose(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        // Checks
        (ChannelId id, AgreedParams agreed) = params.read();
        bool byB = _requireParty(agreed);
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        _requireOpen(id, state);
        bool withPromise = signedPromise.signature.length > 0;
        uint96 sent = signedPromise.sent;
        if (withPromise) {
            _requireOwed(agreed, state, sent, byB);
            _requirePromise(id, agreed, state.epoch(), signedPromise, byB);
        }
        // Effects
        uint40 closeAt = uint40(block.timestamp) + agreed.window();
        stored.state = state.closing(closeAt);
        emit Closing(id, closeAt);
        if (withPromise) _recordPromise(id, stored, sent, byB);
    }

    function respond(ChannelParams calldata params, SignedPromise calldata signedPromise) external {
        (ChannelId id, AgreedParams agreed) = params.read();
        _respond(id, agreed, signedPromise, _requireParty(agreed));
    }

    function respondFor(
        ChannelParams calldata params,
        SignedPromise calldata signedPromise,
        Authority calldata authority
    ) external {
        (ChannelId id, AgreedParams agreed) = params.read();
        address client = _clientOf(id, authority);
        bool forB = client == agreed.signerB();
        if (!forB && client != agreed.signerA()) revert NotTower(msg.sender);
        _respond(id, agreed, signedPromise, forB);
    }

    function settle(ChannelParams calldata params) external nonReentrant {
        // Checks
        (ChannelId id, AgreedParams agreed) = params.read();
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        _requireClosing(id, state);
        if (block.timestamp < state.closeAt()) revert WindowNotOver(state.closeAt(), block.timestamp);
        // Effects and interactions
        Promises storage known = stored.promises;
        (uint96 payA, uint96 payB) = agreed.mode() == OpeningRules.DUPLEX
            ? Settlement.splitDuplex(state.amountA(), state.amountB(), known.sentA, known.sentB)
            : Settlement.splitSimplex(known.sentA, state.amountA(), state.amountB());
        _close(id, agreed, stored, state, payA, payB);
    }

    function coopClose(
        ChannelParams calldata params,
        CloseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external nonReentrant {
        // Checks
        (ChannelId id, AgreedParams agreed) = params.read();
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        if (!state.isClosing()) _requireOpen(id, state);
        (uint96 payA, uint96 payB) = (terms.payA, terms.payB);
        _requireTerms(state, terms.epoch, terms.validUntil);
        _requireSum(uint256(payA) + payB, _held(agreed, state));
        _requireBoth(agreed, ChannelTypes.hashCoopClose(id, terms), signatureA, signatureB);
        // Effects and interactions
        _close(id, agreed, stored, state, payA, payB);
    }

    // Views

    function channel(ChannelId id)
        external
        view
        returns (uint96 depositA, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch)
    {
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        return (state.amountA(), state.amountB(), state.closeAt(), state.status(), state.epoch());
    }

    function promised(ChannelId id) external view returns (uint96 sent) {
        return _channels[id].promises.sentA;
    }

    function promisedByB(ChannelId id) external view returns (uint96 sent) {
        return _channels[id].promises.sentB;
    }

    function channelIdOf(ChannelParams calldata params) external pure returns (ChannelId id) {
        (id,) = params.read();
    }

    // Rules

    function _requireOpen(ChannelId id, PackedChannel state) private pure {
        if (!state.isOpen()) revert WrongStatus(id, state.status());
    }

    function _requireClosing(ChannelId id, PackedChannel state) private pure {
        if (!state.isClosing()) revert WrongStatus(id, state.status());
    }

    function _requireWindow(ChannelId id, PackedChannel state) private view {
        _requireClosing(id, state);
        if (block.timestamp >= state.closeAt()) revert WindowOver(state.closeAt(), block.timestamp);
    }

    /// @return byA Which side deposits.
    function _requireDepositor(AgreedParams agreed) private view returns (bool byA) {
        if (msg.sender == agreed.partyA()) return true;
        if (agreed.mode() != OpeningRules.DUPLEX) revert NotPayer(msg.sender, agreed.partyA());
        if (msg.sender != agreed.partyB()) revert NotParty(msg.sender);
    }

    /// @return byB Which side it is.
    function _requireParty(AgreedParams agreed) private view returns (bool byB) {
        byB = msg.sender == agreed.partyB();
        if (!byB && msg.sender != agreed.partyA()) revert NotParty(msg.sender);
    }

    function _requireTerms(PackedChannel state, uint16 epoch, uint40 validUntil) private view {
        if (epoch != state.epoch()) revert WrongEpoch(epoch, state.epoch());
        if (block.timestamp > validUntil) revert TermsExpired(validUntil, block.timestamp);
    }

    function _requireSum(uint256 proposed, uint96 held) private pure {
        if (proposed != held) revert TermsDoNotAddUp(proposed, held);
    }

    /// SIMPLEX: only partyA promises, and what was claimed is known already.
    function _requireOwed(AgreedParams agreed, PackedChannel state, uint96 sent, bool fromA) private view {
        if (agreed.mode() == OpeningRules.DUPLEX) return;
        if (!fromA) revert NotPayee(msg.sender, agreed.partyB());
        _requireGreater(sent, state.amountB());
    }

    function _requireGreater(uint96 sent, uint96 known) private pure {
        if (sent <= known) revert PromiseNotGreater(sent, known);
    }

    /// What the contract holds for a channel.
    function _held(AgreedParams agreed, PackedChannel state) private pure returns (uint96) {
        (uint96 amountA, uint96 amountB) = (state.amountA(), state.amountB());
        return agreed.mode() == OpeningRules.DUPLEX ? amountA + amountB : amountA - amountB;
    }

    /// SIMPLEX: what a promise pays now; 0 where the channel is not to be claimed from.
    function _claimableNow(PackedChannel state, uint96 sent) private view returns (uint96) {
        bool isLive = state.isOpen() || (state.isClosing() && block.timestamp < state.closeAt());
        return isLive ? Settlement.claimable(sent, state.amountA(), state.amountB()) : 0;
    }

    // State changes

    function _open(ChannelParams calldata params, uint96 amount) private {
        // Checks
        (ChannelId id, AgreedParams agreed) = params.read();
        OpeningRules.check(params, minWindow);
        bool byA = _requireDepositor(agreed);
        if (amount == 0) revert AmountMissing();
        _requireEntry(params.token, amount);
        Stored storage stored = _channels[id];
        if (PackedChannel.unwrap(stored.state) != 0) revert AlreadyUsed(id);
        // Effects
        uint96 depositA = byA ? amount : 0;
        stored.state = PackedChannels.opened(depositA, amount - depositA);
        emit Opened(
            id,
            agreed.partyA(),
            agreed.partyB(),
            agreed.signerA(),
            agreed.signerB(),
            agreed.token(),
            agreed.window(),
            agreed.mode(),
            params.salt,
            depositA
        );
        if (!byA) emit FundedByB(id, amount, amount);
        // Interactions
        _pull(agreed.token(), amount);
    }

    function _claim(ChannelId id, AgreedParams agreed, SignedPromise calldata signedPromise) private {
        // Checks
        if (agreed.mode() != OpeningRules.SIMPLEX) revert ModeNotSupported(agreed.mode());
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        if (!state.isOpen()) _requireWindow(id, state);
        uint96 sent = signedPromise.sent;
        uint96 paid = Settlement.claimable(sent, state.amountA(), state.amountB());
        if (paid == 0) revert NothingToClaim(sent, state.amountB());
        _requirePromise(id, agreed, state.epoch(), signedPromise, true);
        // Effects
        _recordClaim(id, stored, state, sent, paid);
        // Interactions
        _payOut(agreed.token(), agreed.partyB(), paid);
    }

    function _claimOrSkip(ChannelId id, AgreedParams agreed, SignedPromise calldata signedPromise)
        private
        returns (uint96 paid)
    {
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        if (agreed.mode() != OpeningRules.SIMPLEX || signedPromise.epoch != state.epoch()) return 0;
        uint96 sent = signedPromise.sent;
        paid = _claimableNow(state, sent);
        if (paid == 0 || !_isPromiseBy(agreed.signerA(), id, signedPromise, true)) return 0;
        _recordClaim(id, stored, state, sent, paid);
    }

    function _recordClaim(ChannelId id, Stored storage stored, PackedChannel state, uint96 sent, uint96 paid) private {
        // What was claimed and what is paid now are within the deposit together.
        unchecked {
            stored.state = state.withAmountB(state.amountB() + paid);
        }
        emit Claimed(id, sent, paid);
    }

    function _respond(ChannelId id, AgreedParams agreed, SignedPromise calldata signedPromise, bool fromA) private {
        // Checks
        Stored storage stored = _channels[id];
        PackedChannel state = stored.state;
        _requireWindow(id, state);
        uint96 sent = signedPromise.sent;
        _requireGreater(sent, fromA ? stored.promises.sentA : stored.promises.sentB);
        _requireOwed(agreed, state, sent, fromA);
        _requirePromise(id, agreed, state.epoch(), signedPromise, fromA);
        // Effects
        _recordPromise(id, stored, sent, fromA);
    }

    function _recordPromise(ChannelId id, Stored storage stored, uint96 sent, bool fromA) private {
        if (fromA) {
            stored.promises.sentA = sent;
            emit Responded(id, sent);
        } else {
            stored.promises.sentB = sent;
            emit RespondedForA(id, sent);
        }
    }

    function _close(
        ChannelId id,
        AgreedParams agreed,
        Stored storage stored,
        PackedChannel state,
        uint96 payA,
        uint96 payB
    ) private {
        // Effects
        stored.state = state.closed();
        if (state.isClosing()) delete stored.promises;
        emit Settled(id, payA, payB);
        // Interactions
        _payOut(agreed.token(), agreed.partyA(), payA);
        _payOut(agreed.token(), agreed.partyB(), payB);
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
