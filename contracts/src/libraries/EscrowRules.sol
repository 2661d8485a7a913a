// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowId, EscrowState, EscrowStatus, EscrowTerms, IEscrow} from "../interfaces/IEscrow.sol";
import {CourtDomain} from "./CourtDomain.sol";
import {MarketTypes} from "./MarketTypes.sol";

/// The arithmetic of an escrow, what its parties sign, and which agreements it takes. Mirrored by protocols/market.
library EscrowRules {
    uint8 internal constant RELEASE = 1;
    uint8 internal constant REFUND = 2;
    uint8 internal constant SPLIT = 3;

    uint8 private constant SETTLED_BY_ESCROW = 1;
    uint8 private constant OUTCOME_EXIT = 0;
    uint256 private constant MFUEL = 1e6;
    uint256 private constant BONUS_PERCENT = 5;

    bytes32 internal constant APPROVE = keccak256("Approve(bytes32 id,uint8 kind,uint96 toProvider,uint40 validUntil)");

    // Arithmetic

    function bonusOf(uint96 stake) internal pure returns (uint96) {
        return uint96(uint256(stake) * BONUS_PERCENT / 100);
    }

    function costOf(EscrowTerms calldata terms, uint64 fuelUsed) internal pure returns (uint96) {
        uint256 cost = terms.basePrice + (uint256(fuelUsed) * terms.pricePerMfuel + MFUEL - 1) / MFUEL;
        return cost < terms.maxPrice ? uint96(cost) : terms.maxPrice;
    }

    function isSuccess(MarketTypes.Receipt calldata receipt) internal pure returns (bool) {
        return receipt.outcome == OUTCOME_EXIT && receipt.exitCode == 0;
    }

    // Names and digests. What is hashed are static words in signing order, so their bytes in calldata are their encoding; a word that
    // does not fit its type has another hash, and names or signs nothing.

    uint256 private constant TERMS_BYTES = 11 * 32;
    uint256 private constant AGREEMENT_BYTES = 20 * 32;
    uint256 private constant RECEIPT_BYTES = 7 * 32;

    function idOf(EscrowTerms calldata terms) internal pure returns (EscrowId id) {
        assembly ("memory-safe") {
            let place := mload(0x40)
            calldatacopy(place, terms, TERMS_BYTES)
            id := keccak256(place, TERMS_BYTES)
        }
    }

    /// The same for terms in memory, where they are words in a row as well.
    function idOfNew(EscrowTerms memory terms) internal pure returns (EscrowId id) {
        assembly ("memory-safe") {
            id := keccak256(terms, TERMS_BYTES)
        }
    }

    function agreementHash(address court, MarketTypes.Agreement calldata agreement) internal view returns (bytes32) {
        bytes32 typeHash = MarketTypes.AGREEMENT;
        bytes32 structHash;
        assembly ("memory-safe") {
            let place := mload(0x40)
            mstore(place, typeHash)
            calldatacopy(add(place, 32), agreement, AGREEMENT_BYTES)
            structHash := keccak256(place, add(AGREEMENT_BYTES, 32))
        }
        return CourtDomain.digest(court, structHash);
    }

    function receiptHash(address court, MarketTypes.Receipt calldata receipt) internal view returns (bytes32) {
        bytes32 typeHash = MarketTypes.RECEIPT;
        bytes32 structHash;
        assembly ("memory-safe") {
            let place := mload(0x40)
            mstore(place, typeHash)
            calldatacopy(add(place, 32), receipt, RECEIPT_BYTES)
            structHash := keccak256(place, add(RECEIPT_BYTES, 32))
        }
        return CourtDomain.digest(court, structHash);
    }

    function acceptanceHash(address court, bytes32 accepted, uint8 rating) internal view returns (bytes32) {
        return CourtDomain.digest(court, keccak256(abi.encode(MarketTypes.ACCEPTANCE, accepted, rating)));
    }

    function hashApprove(EscrowId id, Approval calldata approval) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPROVE, id, approval));
    }

    function termsOf(MarketTypes.Agreement calldata agreement, bytes32 hash)
        internal
        pure
        returns (EscrowTerms memory)
    {
        return EscrowTerms({
            agreementHash: hash,
            requester: agreement.requester,
            provider: agreement.provider,
            token: agreement.token,
            basePrice: agreement.basePrice,
            pricePerMfuel: agreement.pricePerMfuel,
            maxPrice: agreement.maxPrice,
            maxFuel: agreement.maxFuel,
            deliverBy: agreement.deliverBy,
            reviewSeconds: agreement.reviewSeconds,
            stake: agreement.stake
        });
    }

    // Checks

    function checkAgreement(MarketTypes.Agreement calldata agreement, uint32 minReview, uint32 longestAgreement)
        internal
        view
    {
        if (agreement.settlement != SETTLED_BY_ESCROW || agreement.channelId != 0) {
            revert IEscrow.NotForEscrow(agreement.settlement, agreement.channelId);
        }
        if (agreement.requester == agreement.provider) {
            revert IEscrow.PartiesNotDistinct(agreement.requester, agreement.provider);
        }
        if (block.timestamp > agreement.startBy) revert IEscrow.StartPassed(agreement.startBy, block.timestamp);
        if (agreement.deliverBy < agreement.startBy) {
            revert IEscrow.DeliveryBeforeStart(agreement.deliverBy, agreement.startBy);
        }
        if (agreement.reviewSeconds < minReview) revert IEscrow.ReviewTooShort(agreement.reviewSeconds, minReview);
        uint256 end = uint256(agreement.deliverBy) + agreement.reviewSeconds;
        uint256 latest = block.timestamp + longestAgreement;
        if (end > latest) revert IEscrow.AgreementTooLong(end, latest);
    }

    function checkReceipt(EscrowTerms calldata terms, MarketTypes.Receipt calldata receipt)
        internal
        pure
        returns (uint96 cost)
    {
        if (receipt.agreementHash != terms.agreementHash) {
            revert IEscrow.OtherAgreement(receipt.agreementHash, terms.agreementHash);
        }
        if (receipt.fuelUsed > terms.maxFuel) revert IEscrow.FuelAboveLimit(receipt.fuelUsed, terms.maxFuel);
        cost = costOf(terms, receipt.fuelUsed);
        if (receipt.cost != cost) revert IEscrow.CostMismatch(receipt.cost, cost);
    }

    /// @return outcome Where the approval leads.
    function checkApproval(EscrowTerms calldata terms, Approval calldata approval)
        internal
        view
        returns (EscrowStatus outcome)
    {
        if (block.timestamp > approval.validUntil) {
            revert IEscrow.ApprovalExpired(approval.validUntil, block.timestamp);
        }
        uint96 most = approval.kind == REFUND ? 0 : terms.maxPrice;
        if (approval.toProvider <= most) {
            if (approval.kind == RELEASE) return EscrowStatus.RELEASED;
            if (approval.kind == REFUND) return EscrowStatus.REFUNDED;
            if (approval.kind == SPLIT) return EscrowStatus.SPLIT;
        }
        revert IEscrow.ApprovalUnknown(approval.kind, approval.toProvider, terms.maxPrice);
    }

    /// Last second in which a missing delivery may be disputed.
    function disputeUntil(EscrowTerms calldata terms) internal pure returns (uint256) {
        return uint256(terms.deliverBy) + terms.reviewSeconds;
    }

    /// A delivery may be disputed by either party until its review ends, a missing one by the requester.
    function checkDispute(EscrowTerms calldata terms, EscrowId id, EscrowState memory state, address opener)
        internal
        view
    {
        bool isDelivered = state.status == EscrowStatus.DELIVERED;
        bool isMissing =
            state.status == EscrowStatus.FUNDED || (state.status == EscrowStatus.REFUNDED && state.until != 0);
        if (!isDelivered && !isMissing) revert IEscrow.WrongStatus(id, state.status);
        bool isParty = opener == terms.requester || (isDelivered && opener == terms.provider);
        if (!isParty) revert IEscrow.NotParty(opener);
        if (isMissing && block.timestamp <= terms.deliverBy) {
            revert IEscrow.DeliveryNotOver(terms.deliverBy, block.timestamp);
        }
        uint256 until = isDelivered ? state.until : disputeUntil(terms);
        if (block.timestamp > until) revert IEscrow.DisputeTooLate(until, block.timestamp);
    }
}
