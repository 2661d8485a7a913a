// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dispute} from "../interfaces/IDisputeArbiter.sol";
import {FactSet} from "./Facts.sol";
import {MarketTypes} from "./MarketTypes.sol";
import {Side, Sides} from "./Sides.sol";
import {Votes} from "./Votes.sol";
import {Verdict, Verdicts} from "./Verdicts.sol";

/// What follows from what was shown and found. Pure: the contract only carries it out.
library DisputeRules {
    uint256 private constant MFUEL = 1e6;
    uint8 private constant OUTCOME_EXIT = 0;
    uint256 private constant FULL = 10_000;
    uint256 private constant QUARTER = 2_500;
    uint256 private constant TENTH = 1_000;
    // Sets of verdicts, one bit each.
    uint256 private constant OWED = (1 << Verdict.unwrap(Verdicts.RIGHT)) | (1 << Verdict.unwrap(Verdicts.ACCEPTED))
        | (1 << Verdict.unwrap(Verdicts.INPUT_MISSING)) | (1 << Verdict.unwrap(Verdicts.REQUESTER_ABSENT))
        | (1 << Verdict.unwrap(Verdicts.HOST_FAILURE)) | (1 << Verdict.unwrap(Verdicts.STALLED));
    uint256 private constant OPENER_LOSES =
        (1 << Verdict.unwrap(Verdicts.HOST_FAILURE)) | (1 << Verdict.unwrap(Verdicts.STALLED));
    uint256 private constant UNMEASURED =
        (1 << Verdict.unwrap(Verdicts.UNDECIDED)) | (1 << Verdict.unwrap(Verdicts.HOST_FAILURE));
    uint256 private constant GRAVE = (1 << Verdict.unwrap(Verdicts.WRONG))
        | (1 << Verdict.unwrap(Verdicts.EQUIVOCATED));
    uint256 private constant FAILED =
        (1 << Verdict.unwrap(Verdicts.UNDELIVERED)) | (1 << Verdict.unwrap(Verdicts.PROVIDER_ABSENT));

    /// min(basePrice + ceil(fuelUsed x pricePerMfuel / 1e6), maxPrice).
    function costOf(MarketTypes.Agreement memory agreement, uint64 fuelUsed) internal pure returns (uint96) {
        uint256 cost = agreement.basePrice + (uint256(fuelUsed) * agreement.pricePerMfuel + MFUEL - 1) / MFUEL;
        return cost < agreement.maxPrice ? uint96(cost) : agreement.maxPrice;
    }

    function isSuccess(MarketTypes.Receipt memory receipt) internal pure returns (bool) {
        return receipt.outcome == OUTCOME_EXIT && receipt.exitCode == 0;
    }

    /// What is plain without anybody re-running anything; NONE where it is not.
    function withoutJury(Dispute memory dispute) internal pure returns (Verdict) {
        if (dispute.facts.has(FactSet.EQUIVOCATED)) return Verdicts.EQUIVOCATED;
        if (!dispute.facts.has(FactSet.ANSWERED)) return Verdicts.UNDELIVERED;
        if (dispute.facts.has(FactSet.ACCEPTED)) return Verdicts.ACCEPTED;
        if (dispute.facts.has(FactSet.LATE)) return Verdicts.LATE;
        if (dispute.facts.has(FactSet.JOINED)) return Verdicts.NONE;
        return dispute.opener == Sides.REQUESTER ? Verdicts.PROVIDER_ABSENT : Verdicts.REQUESTER_ABSENT;
    }

    /// @param found What the majority of a jury answered; 0 where there is none.
    /// @param shown What the provider's receipt says.
    function ofJury(bytes20 found, bytes20 shown) internal pure returns (Verdict) {
        if (found == 0) return Verdicts.UNDECIDED;
        bytes32 noResult = bytes32(uint256(uint160(found)));
        if (noResult == Votes.INPUT_MISSING) return Verdicts.INPUT_MISSING;
        if (noResult == Votes.OUTPUT_MISSING) return Verdicts.UNDELIVERED;
        if (noResult == Votes.HOST_FAILURE) return Verdicts.HOST_FAILURE;
        return found == shown ? Verdicts.RIGHT : Verdicts.WRONG;
    }

    /// Whether jurors are measured against the finding: machines that fail and votes that split prove nobody wrong.
    function measuresJurors(Verdict verdict) internal pure returns (bool) {
        return !_isAmong(verdict, UNMEASURED);
    }

    /// Who pays the fees first. Not for UNDECIDED, where both do.
    function loserOf(Verdict verdict, Side opener) internal pure returns (Side) {
        if (_isAmong(verdict, OPENER_LOSES)) return opener;
        return isOwed(verdict) ? Sides.REQUESTER : Sides.PROVIDER;
    }

    /// Whether a finding is against this side, so that it may ask a larger jury.
    function mayAppeal(Verdict verdict, Side opener, Side side) internal pure returns (bool) {
        return !measuresJurors(verdict) || loserOf(verdict, opener) == side;
    }

    /// Whether the receipt's cost is owed. A dispute that comes to nothing leaves the receipt standing, as if nobody had disputed it; one
    /// without a majority leaves the money with the requester.
    function isOwed(Verdict verdict) internal pure returns (bool) {
        return _isAmong(verdict, OWED);
    }

    /// What of its required stake the provider loses, in hundredths of a percent.
    function severityOf(Verdict verdict) internal pure returns (uint256) {
        if (_isAmong(verdict, GRAVE)) return FULL;
        if (_isAmong(verdict, FAILED)) return QUARTER;
        return verdict == Verdicts.LATE ? TENTH : 0;
    }

    /// What is taken from the provider beside fees: required stake x severity and the loss.
    function liabilityOf(Verdict verdict, uint96 stake, uint96 loss) internal pure returns (uint96) {
        uint256 severity = severityOf(verdict);
        if (severity == 0) return 0;
        uint256 sum = uint256(stake) * severity / FULL + loss;
        return sum < type(uint96).max ? uint96(sum) : type(uint96).max;
    }

    /// What the provider got over the channel and did not give back, as far as proven.
    function lossOf(Dispute memory dispute) internal pure returns (uint96) {
        return dispute.paid > dispute.refunded ? dispute.paid - dispute.refunded : 0;
    }

    /// What of the price is still to be paid out of the requester's deposit.
    function dueOf(Dispute memory dispute, uint96 toProvider) internal pure returns (uint96) {
        uint96 paid = lossOf(dispute);
        if (toProvider <= paid) return 0;
        uint96 due = toProvider - paid;
        return due < dispute.deposit ? due : dispute.deposit;
    }

    function _isAmong(Verdict verdict, uint256 set) private pure returns (bool) {
        return (set >> Verdict.unwrap(verdict)) & 1 == 1;
    }
}
