// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {EntryRules} from "./EntryRules.sol";
import {Payouts} from "./Payouts.sol";
import {Approval, EscrowId, EscrowState, EscrowStatus, EscrowTerms, IEscrow} from "./interfaces/IEscrow.sol";
import {Permit} from "./interfaces/IPaymentChannel.sol";
import {IStakeLocks} from "./interfaces/IStakeLocks.sol";
import {EscrowRules} from "./libraries/EscrowRules.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";

/// Holds the price of agreements between two agents. See IEscrow for the rules.
contract EscrowContract is IEscrow, EntryRules, Payouts, EIP712 {
    address public immutable arbiter;
    address public immutable reputation;
    uint32 public immutable minReview;
    uint32 public immutable longestAgreement;
    uint32 public immutable longestDispute;

    mapping(EscrowId id => EscrowState) private _escrows;

    /// @param times minReview, longestAgreement and longestDispute in seconds.
    /// @param tokens Are taken in from the start, without a cap.
    constructor(address arbiter_, address reputation_, uint32[3] memory times, address owner, address[] memory tokens)
        EIP712("Souk", "1")
        EntryRules(owner, tokens)
    {
        if (times[0] == 0 || times[1] < times[0] || times[2] == 0) {
            revert SettingsRefused(times[0], times[1], times[2]);
        }
        (arbiter, reputation) = (arbiter_, reputation_);
        (minReview, longestAgreement, longestDispute) = (times[0], times[1], times[2]);
    }

    modifier onlyArbiter() {
        if (msg.sender != arbiter) revert ArbiterOnly(msg.sender);
        _;
    }

    // Entry

    function fund(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external returns (EscrowId id) {
        return _fund(agreement, requesterSignature, providerSignature);
    }

    function fundWithPermit(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature,
        Permit calldata permit
    ) external returns (EscrowId id) {
        // First of all, while a token that calls back finds nothing begun. A failed permit is no failure: whoever saw it in the mempool
        // may have used it, and then the allowance stands.
        uint256 amount = uint256(agreement.maxPrice) + EscrowRules.bonusOf(agreement.stake);
        try IERC20Permit(agreement.token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        return _fund(agreement, requesterSignature, providerSignature);
    }

    // Delivery and acceptance

    function deliver(EscrowTerms calldata terms, MarketTypes.Receipt calldata receipt, bytes calldata signature)
        external
    {
        // Checks
        EscrowId id = EscrowRules.idOf(terms);
        _require(id, _escrows[id].status, EscrowStatus.FUNDED);
        if (block.timestamp > terms.deliverBy) revert DeliveryOver(terms.deliverBy, block.timestamp);
        uint96 cost = EscrowRules.checkReceipt(terms, receipt);
        bytes32 receiptHash = EscrowRules.receiptHash(arbiter, receipt);
        // The provider's own call is no substitute: the court holds receipts against one another by their signatures.
        _requireSigned(terms.provider, receiptHash, signature);
        // Effects
        uint40 until = uint40(block.timestamp) + terms.reviewSeconds;
        _escrows[id] = EscrowState(cost, until, EscrowStatus.DELIVERED, EscrowRules.isSuccess(receipt), false);
        emit Delivered(id, receiptHash, receipt.resultHash, cost, until);
    }

    function release(EscrowTerms calldata terms) external nonReentrant {
        // Checks
        EscrowId id = EscrowRules.idOf(terms);
        EscrowState memory state = _escrows[id];
        _require(id, state.status, EscrowStatus.DELIVERED);
        if (!_isReleasable(terms, state)) revert ReviewNotOver(state.until, block.timestamp);
        // Effects and interactions
        _end(terms, id, state, EscrowStatus.RELEASED, state.cost);
    }

    function releaseBatch(EscrowTerms[] calldata items) external nonReentrant returns (bool[] memory isReleased) {
        isReleased = new bool[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            EscrowId id = EscrowRules.idOf(items[i]);
            EscrowState memory state = _escrows[id];
            if (state.status != EscrowStatus.DELIVERED || !_isReleasable(items[i], state)) continue;
            _end(items[i], id, state, EscrowStatus.RELEASED, state.cost);
            isReleased[i] = true;
        }
    }

    function releaseAccepted(
        EscrowTerms calldata terms,
        MarketTypes.Receipt calldata receipt,
        bytes calldata receiptSignature,
        uint8 rating,
        bytes calldata acceptanceSignature
    ) external nonReentrant {
        // Checks
        (EscrowId id, EscrowState memory state) = _requireUnpaid(terms);
        uint96 cost = EscrowRules.checkReceipt(terms, receipt);
        bytes32 receiptHash = EscrowRules.receiptHash(arbiter, receipt);
        _requireConsent(terms.provider, receiptHash, receiptSignature);
        bytes32 acceptanceHash = EscrowRules.acceptanceHash(arbiter, receiptHash, rating);
        _requireConsent(terms.requester, acceptanceHash, acceptanceSignature);
        // Effects and interactions
        state.isSuccess = EscrowRules.isSuccess(receipt);
        _end(terms, id, state, EscrowStatus.RELEASED, cost);
    }

    // Other ends

    function refund(EscrowTerms calldata terms) external nonReentrant {
        // Checks
        EscrowId id = EscrowRules.idOf(terms);
        EscrowState memory state = _escrows[id];
        state.isSuccess = false;
        if (state.status == EscrowStatus.DISPUTED) {
            if (block.timestamp <= state.until) revert CourtNotOver(state.until, block.timestamp);
            // Effects and interactions
            _end(terms, id, state, EscrowStatus.REFUNDED, 0);
            return;
        }
        _require(id, state.status, EscrowStatus.FUNDED);
        if (block.timestamp <= terms.deliverBy) revert DeliveryNotOver(terms.deliverBy, block.timestamp);
        // Effects and interactions
        uint256 disputeUntil = EscrowRules.disputeUntil(terms);
        if (terms.stake == 0 || msg.sender == terms.requester || block.timestamp > disputeUntil) {
            _end(terms, id, state, EscrowStatus.REFUNDED, 0);
        } else {
            _escrows[id] = EscrowState(0, uint40(disputeUntil), EscrowStatus.REFUNDED, false, true);
            _pay(terms, id, EscrowStatus.REFUNDED, 0, false);
        }
    }

    function settle(
        EscrowTerms calldata terms,
        Approval calldata approval,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external nonReentrant {
        // Checks
        (EscrowId id, EscrowState memory state) = _requireUnpaid(terms);
        EscrowStatus outcome = EscrowRules.checkApproval(terms, approval);
        bytes32 digest = _hashTypedDataV4(EscrowRules.hashApprove(id, approval));
        _requireConsent(terms.requester, digest, requesterSignature);
        _requireConsent(terms.provider, digest, providerSignature);
        // Effects and interactions
        state.isSuccess = outcome == EscrowStatus.RELEASED;
        _end(terms, id, state, outcome, approval.toProvider);
    }

    function unlockStake(EscrowTerms calldata terms) external {
        // Checks
        EscrowId id = EscrowRules.idOf(terms);
        EscrowState memory state = _escrows[id];
        if (state.status != EscrowStatus.REFUNDED || state.until == 0) revert WrongStatus(id, state.status);
        if (block.timestamp <= state.until) revert StakeInDoubt(state.until, block.timestamp);
        // Effects
        _escrows[id].until = 0;
        emit StakeUnlocked(id);
        // Interactions
        IStakeLocks(reputation).unlock(terms.token, terms.provider, terms.stake);
    }

    // Court

    function dispute(EscrowTerms calldata terms, address opener) external onlyArbiter returns (EscrowId id) {
        // Checks
        id = EscrowRules.idOf(terms);
        EscrowState memory state = _escrows[id];
        EscrowRules.checkDispute(terms, id, state, opener);
        // Effects
        state.status = EscrowStatus.DISPUTED;
        state.until = uint40(block.timestamp) + longestDispute;
        _escrows[id] = state;
        emit Disputed(id, opener, state.until);
        // Interactions
        if (terms.stake == 0) return id;
        IStakeLocks(reputation).hold(terms.token, terms.provider, EscrowId.unwrap(id), terms.stake);
    }

    function rule(EscrowTerms calldata terms, uint96 toProvider, bool isSuccess)
        external
        onlyArbiter
        nonReentrant
        returns (bool isRuled)
    {
        // Checks
        EscrowId id = EscrowRules.idOf(terms);
        EscrowState memory state = _escrows[id];
        if (state.status != EscrowStatus.DISPUTED) return false;
        // Effects and interactions
        state.isSuccess = isSuccess;
        _end(terms, id, state, EscrowStatus.RULED, toProvider < terms.maxPrice ? toProvider : terms.maxPrice);
        return true;
    }

    // Owner

    function setMinStake(address token, uint96 amount) external onlyOwner {
        _setFloor(token, amount);
        emit MinStakeSet(token, amount);
    }

    // Views

    function minStake(address token) external view returns (uint96) {
        return _floorOf(token);
    }

    function stateOf(EscrowId id) external view returns (EscrowState memory) {
        return _escrows[id];
    }

    function termsOf(MarketTypes.Agreement calldata agreement)
        external
        view
        returns (EscrowTerms memory terms, EscrowId id)
    {
        terms = EscrowRules.termsOf(agreement, EscrowRules.agreementHash(arbiter, agreement));
        id = EscrowRules.idOfNew(terms);
    }

    function idOf(EscrowTerms calldata terms) external pure returns (EscrowId) {
        return EscrowRules.idOf(terms);
    }

    function costOf(EscrowTerms calldata terms, uint64 fuelUsed) external pure returns (uint96) {
        return EscrowRules.costOf(terms, fuelUsed);
    }

    function bonusOf(uint96 stake) external pure returns (uint96) {
        return EscrowRules.bonusOf(stake);
    }

    // Rules

    function _require(EscrowId id, EscrowStatus status, EscrowStatus wanted) private pure {
        if (status != wanted) revert WrongStatus(id, status);
    }

    function _requireAmounts(MarketTypes.Agreement calldata agreement) private view returns (uint96) {
        if (agreement.maxPrice == 0) revert PriceMissing();
        uint256 amount = uint256(agreement.maxPrice) + EscrowRules.bonusOf(agreement.stake);
        uint96 minimum = _requireEntry(agreement.token, amount);
        if (agreement.stake < minimum) revert StakeTooSmall(agreement.stake, minimum);
        return uint96(amount);
    }

    /// FUNDED, DELIVERED or DISPUTED, with the money still here.
    function _requireUnpaid(EscrowTerms calldata terms) private view returns (EscrowId id, EscrowState memory state) {
        id = EscrowRules.idOf(terms);
        state = _escrows[id];
        bool isOpen = state.status == EscrowStatus.FUNDED || state.status == EscrowStatus.DELIVERED
            || state.status == EscrowStatus.DISPUTED;
        if (!isOpen || state.isPaid) revert WrongStatus(id, state.status);
    }

    function _requireConsent(address party, bytes32 digest, bytes calldata signature) private view {
        if (msg.sender != party) _requireSigned(party, digest, signature);
    }

    function _isReleasable(EscrowTerms calldata terms, EscrowState memory state) private view returns (bool) {
        return msg.sender == terms.requester || block.timestamp > state.until;
    }

    // State changes

    function _fund(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) private returns (EscrowId id) {
        // Checks
        if (msg.sender != agreement.requester) revert NotRequester(msg.sender, agreement.requester);
        EscrowRules.checkAgreement(agreement, minReview, longestAgreement);
        uint96 amount = _requireAmounts(agreement);
        bytes32 agreementHash = EscrowRules.agreementHash(arbiter, agreement);
        _requireSigned(agreement.requester, agreementHash, requesterSignature);
        _requireSigned(agreement.provider, agreementHash, providerSignature);
        id = EscrowRules.idOfNew(EscrowRules.termsOf(agreement, agreementHash));
        if (_escrows[id].status != EscrowStatus.NONE) revert AlreadyUsed(id);
        // Effects
        _escrows[id].status = EscrowStatus.FUNDED;
        emit Funded(
            id,
            agreementHash,
            agreement.provider,
            agreement.requester,
            agreement.token,
            agreement.maxPrice,
            amount - agreement.maxPrice
        );
        // Interactions
        if (agreement.stake > 0) {
            IStakeLocks(reputation).lock(agreement.token, agreement.provider, agreement.stake);
        }
        _pull(agreement.token, amount);
    }

    function _requireSigned(address agent, bytes32 digest, bytes calldata signature) private pure {
        if (!PlainSignature.isBy(agent, digest, signature)) revert NotSignedBy(agent);
    }

    /// The one way out of an escrow: stake and, where it is still here, money.
    function _end(
        EscrowTerms calldata terms,
        EscrowId id,
        EscrowState memory state,
        EscrowStatus outcome,
        uint96 toProvider
    ) private {
        // Effects
        _escrows[id] = EscrowState(0, 0, outcome, state.isSuccess, true);
        // Interactions
        if (terms.stake > 0) {
            IStakeLocks stake = IStakeLocks(reputation);
            if (state.status != EscrowStatus.DISPUTED) stake.unlock(terms.token, terms.provider, terms.stake);
            else stake.endHold(terms.token, terms.provider, EscrowId.unwrap(id));
        }
        if (!state.isPaid) _pay(terms, id, outcome, toProvider, state.isSuccess);
    }

    function _pay(EscrowTerms calldata terms, EscrowId id, EscrowStatus outcome, uint96 cost, bool isSuccess) private {
        uint96 bonus = EscrowRules.bonusOf(terms.stake);
        uint96 toProvider = isSuccess ? cost + bonus : cost;
        uint96 toRequester = terms.maxPrice + bonus - toProvider;
        emit Paid(id, outcome, toProvider, toRequester);
        _payOut(terms.token, terms.provider, toProvider);
        _payOut(terms.token, terms.requester, toRequester);
    }
}
