// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dispute, IDisputeArbiter, Vote} from "../../src/interfaces/IDisputeArbiter.sol";
import {CourtFees} from "../../src/libraries/CourtFees.sol";
import {CourtTimes} from "../../src/libraries/CourtTimes.sol";
import {DisputeRules} from "../../src/libraries/DisputeRules.sol";
import {Facts} from "../../src/libraries/Facts.sol";
import {Seat} from "../../src/libraries/Seats.sol";
import {Side, Sides} from "../../src/libraries/Sides.sol";
import {Tally} from "../../src/libraries/Tally.sol";
import {Verdict} from "../../src/libraries/Verdicts.sol";
import {Votes} from "../../src/libraries/Votes.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";
import {T} from "../kit/T.sol";

/// Opens the library's calldata function to the test.
contract VotesProbe {
    function commitment(bytes32 id, uint8 round, address juror, Vote calldata vote, bytes32 salt)
        external
        pure
        returns (bytes32)
    {
        return Votes.commitment(id, round, juror, vote, salt);
    }
}

/// The vectors in test/vectors/arbitration.json, made by viem and by the design's rules in TypeScript.
abstract contract ArbitrationVectors is T {
    function _rows(string memory section, string memory description) internal view returns (bytes memory) {
        return vm.parseJsonTypeArray(
            vm.readFile("../test/vectors/arbitration.json"), string.concat(".", section), description
        );
    }
}

contract HashVectors is ArbitrationVectors {
    struct VoteVector {
        bytes32 dispute;
        uint8 round;
        address juror;
        bytes32 resultHash;
        uint64 fuelUsed;
        int32 exitCode;
        bytes32 memoryProbe;
        bytes32 salt;
        bytes32 commitment;
        bytes20 answer;
    }

    struct SeedVector {
        bytes32 blockHash;
        bytes32 dispute;
        uint8 round;
        bytes32 seed;
    }

    function test_GivenVotes_ItCommitsAndAnswersAsTheNodesDo() public {
        VotesProbe probe = new VotesProbe();
        VoteVector[] memory all = abi.decode(
            _rows(
                "votes",
                "VoteVector(bytes32 dispute,uint8 round,address juror,bytes32 resultHash,uint64 fuelUsed,int32 exitCode,bytes32 memoryProbe,bytes32 salt,bytes32 commitment,bytes20 answer)"
            ),
            (VoteVector[])
        );
        vm.assertEq(all.length, 24, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            VoteVector memory v = all[i];
            Vote memory vote = Vote(v.resultHash, v.fuelUsed, v.exitCode, v.memoryProbe);
            vm.assertEq(probe.commitment(v.dispute, v.round, v.juror, vote, v.salt), v.commitment, vm.toString(i));
            vm.assertTrue(Votes.answerOf(v.resultHash, v.fuelUsed, v.exitCode) == v.answer, vm.toString(i));
        }
    }

    function test_GivenBlocks_TheSeedIsTheNodes() public view {
        SeedVector[] memory all = abi.decode(
            _rows("seeds", "SeedVector(bytes32 blockHash,bytes32 dispute,uint8 round,bytes32 seed)"), (SeedVector[])
        );
        vm.assertEq(all.length, 3, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            vm.assertEq(keccak256(abi.encode(all[i].blockHash, all[i].dispute, all[i].round)), all[i].seed);
        }
    }
}

contract TallyVectors is ArbitrationVectors {
    struct TallyVector {
        uint8 size;
        uint96 stake;
        uint8[] seats;
        uint8 finalAnswer;
        uint8 winner;
        uint96[] losses;
    }

    function test_GivenJuries_MajoritiesAndLossesAreTheNodes() public view {
        TallyVector[] memory all = abi.decode(
            _rows(
                "tallies",
                "TallyVector(uint8 size,uint96 stake,uint8[] seats,uint8 finalAnswer,uint8 winner,uint96[] losses)"
            ),
            (TallyVector[])
        );
        vm.assertGe(all.length, 300, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            TallyVector memory v = all[i];
            Seat[] memory seats = new Seat[](v.seats.length);
            for (uint256 j = 0; j < seats.length; ++j) {
                seats[j] = _seat(v.seats[j]);
            }
            Seat winner = Tally.majority(seats, v.size);
            bytes32 expected = v.winner == 0 ? bytes32(0) : Seat.unwrap(_seat(v.winner));
            vm.assertEq(Seat.unwrap(winner), expected, vm.toString(i));
            for (uint256 j = 0; j < seats.length; ++j) {
                uint96 loss = Tally.lossOf(seats[j], winner, bytes20(uint160(v.finalAnswer)), v.stake);
                vm.assertEq(loss, v.losses[j], vm.toString(i));
            }
        }
    }

    /// 0 committed and not revealed; else answer x 2 + probe.
    function _seat(uint8 kind) private pure returns (Seat) {
        if (kind == 0) return Seat.wrap(bytes32(uint256(0xabcdef02)));
        bytes32 answer = bytes32(bytes20(uint160(kind / 2)));
        return Seat.wrap(answer | bytes32(uint256(kind % 2) << 8) | bytes32(uint256(3)));
    }
}

contract MoneyVectors is ArbitrationVectors {
    struct Charge {
        uint256 first;
        uint256 second;
        uint256 fees;
        uint256 chargedFirst;
        uint256 chargedSecond;
        uint256 halvedFirst;
        uint256 halvedSecond;
    }

    struct Debt {
        uint96 paid;
        uint96 refunded;
        uint96 deposit;
        uint96 owed;
        uint96 loss;
        uint96 due;
    }

    function test_GivenFunds_FeesAreTheNodes() public view {
        Charge[] memory all = abi.decode(
            _rows(
                "charges",
                "Charge(uint256 first,uint256 second,uint256 fees,uint256 chargedFirst,uint256 chargedSecond,uint256 halvedFirst,uint256 halvedSecond)"
            ),
            (Charge[])
        );
        vm.assertGe(all.length, 200, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            Charge memory v = all[i];
            (uint256 a, uint256 b) = CourtFees.charge(v.first, v.second, v.fees);
            vm.assertTrue(a == v.chargedFirst && b == v.chargedSecond, vm.toString(i));
            (a, b) = CourtFees.halve(v.first, v.second, v.fees);
            vm.assertTrue(a == v.halvedFirst && b == v.halvedSecond, vm.toString(i));
        }
    }

    function test_GivenPayments_LossAndDueAreTheNodes() public view {
        Debt[] memory all = abi.decode(
            _rows("debts", "Debt(uint96 paid,uint96 refunded,uint96 deposit,uint96 owed,uint96 loss,uint96 due)"),
            (Debt[])
        );
        vm.assertEq(all.length, 256, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            Debt memory v = all[i];
            Dispute memory dispute;
            (dispute.paid, dispute.refunded, dispute.deposit) = (v.paid, v.refunded, v.deposit);
            vm.assertEq(DisputeRules.lossOf(dispute), v.loss, vm.toString(i));
            vm.assertEq(DisputeRules.dueOf(dispute, v.owed), v.due, vm.toString(i));
        }
    }
}

contract VerdictVectors is ArbitrationVectors {
    struct Consequence {
        uint8 verdict;
        uint8 opener;
        bool isOwed;
        uint8 loser;
        bool isMeasured;
        bool requesterAppeals;
        bool providerAppeals;
        uint96 liability;
    }

    struct Evidence {
        uint8 facts;
        uint8 opener;
        uint8 verdict;
    }

    function test_GivenVerdicts_ConsequencesAreTheNodes() public view {
        Consequence[] memory all = abi.decode(
            _rows(
                "verdicts",
                "Consequence(uint8 verdict,uint8 opener,bool isOwed,uint8 loser,bool isMeasured,bool requesterAppeals,bool providerAppeals,uint96 liability)"
            ),
            (Consequence[])
        );
        vm.assertEq(all.length, 24, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            Consequence memory v = all[i];
            (Verdict verdict, Side opener) = (Verdict.wrap(v.verdict), Side.wrap(v.opener));
            string memory label = vm.toString(v.verdict);
            vm.assertTrue(DisputeRules.isOwed(verdict) == v.isOwed, label);
            vm.assertTrue(DisputeRules.loserOf(verdict, opener) == Side.wrap(v.loser), label);
            vm.assertTrue(DisputeRules.measuresJurors(verdict) == v.isMeasured, label);
            vm.assertTrue(DisputeRules.mayAppeal(verdict, opener, Sides.REQUESTER) == v.requesterAppeals, label);
            vm.assertTrue(DisputeRules.mayAppeal(verdict, opener, Sides.PROVIDER) == v.providerAppeals, label);
            vm.assertEq(DisputeRules.liabilityOf(verdict, 20_000_003, 7), v.liability, label);
        }
    }

    function test_GivenEvidence_WhatIsPlainIsTheNodes() public view {
        Evidence[] memory all =
            abi.decode(_rows("evidence", "Evidence(uint8 facts,uint8 opener,uint8 verdict)"), (Evidence[]));
        vm.assertEq(all.length, 64, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            Dispute memory dispute;
            (dispute.facts, dispute.opener) = (Facts.wrap(all[i].facts), Side.wrap(all[i].opener));
            vm.assertEq(Verdict.unwrap(DisputeRules.withoutJury(dispute)), all[i].verdict, vm.toString(i));
        }
    }

    /// A liability above all amounts is all there is.
    function test_GivenTheLargestStakeAndLoss_ItDoesNotOverflow() public pure {
        uint96 most = type(uint96).max;
        vm.assertEq(DisputeRules.liabilityOf(Verdict.wrap(2), most, most), most);
    }
}

contract RoundVectors is ArbitrationVectors, OverChannel {
    struct RoundVector {
        uint96 value;
        uint8 round;
        uint96 bond;
    }

    struct Time {
        uint40 startBy;
        uint40 deliverBy;
        uint40 commitSeconds;
    }

    function test_GivenValues_TheFirstRoundIsTheNodes() public {
        RoundVector[] memory all =
            abi.decode(_rows("rounds", "RoundVector(uint96 value,uint8 round,uint96 bond)"), (RoundVector[]));
        vm.assertEq(all.length, 10, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            (matter.agreement.maxPrice, matter.agreement.stake) = (all[i].value, 0);
            if (all[i].round == 3) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IDisputeArbiter.ValueAboveCap.selector, uint256(all[i].value), uint256(750e6)
                    )
                );
                court.requireHearing(matter);
                continue;
            }
            (uint8 round, uint96 bond) = court.requireHearing(matter);
            vm.assertEq(round, all[i].round, vm.toString(i));
            vm.assertEq(bond, all[i].bond, vm.toString(i));
        }
    }

    function test_GivenAgreedTimes_JurorsHaveTheNodes() public view {
        Time[] memory all =
            abi.decode(_rows("times", "Time(uint40 startBy,uint40 deliverBy,uint40 commitSeconds)"), (Time[]));
        vm.assertEq(all.length, 10, "vectors read");
        for (uint256 i = 0; i < all.length; ++i) {
            uint40 given = CourtTimes.commitSeconds(CourtDefaults.settings(), all[i].startBy, all[i].deliverBy);
            vm.assertEq(given, all[i].commitSeconds, vm.toString(i));
        }
    }
}
