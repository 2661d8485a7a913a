// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dispute, DisputeStatus, IDisputeArbiter, Vote} from "../../src/interfaces/IDisputeArbiter.sol";
import {Verdict, Verdicts} from "../../src/libraries/Verdicts.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";

abstract contract Seated is OverChannel {
    address[] internal jurors;

    function setUp() public virtual override {
        super.setUp();
        _drawOver(RIGHT_RESULT);
        jurors = _jurors();
    }

    function _refuse(bytes memory reason) internal {
        vm.expectRevert(reason);
    }

    function _finding() internal view returns (Verdict) {
        return court.findingOf(_id(), 0);
    }

    function _assertFinding(Verdict expected) internal view {
        vm.assertEq(Verdict.unwrap(_finding()), Verdict.unwrap(expected), "finding");
    }
}

contract GivenAJuryThatCommits is Seated {
    function test_WhenAJurorCommits_ItsSeatSaysSo() public {
        _commit(jurors[0], _vote(RIGHT_RESULT));
        (uint8 state, bytes20 answer) = court.seatOf(_id(), 0, jurors[0]);
        vm.assertEq(state, 2, "committed");
        vm.assertTrue(answer == 0, "nothing shown");
        _assertFinding(Verdicts.UNDECIDED);
    }

    function test_WhenItCommitsTwice_ItRefuses() public {
        _commit(jurors[0], _vote(RIGHT_RESULT));
        _refuse(abi.encodeWithSelector(IDisputeArbiter.AlreadyCommitted.selector, jurors[0]));
        vm.prank(jurors[0]);
        court.commit(_id(), bytes32("other"));
    }

    function test_WhenSomebodyElseCommits_ItRefuses() public {
        _refuse(abi.encodeWithSelector(IDisputeArbiter.NotSeated.selector, stranger));
        vm.prank(stranger);
        court.commit(_id(), bytes32("anything"));
    }

    function test_WhenTheTimeEnds_ItIsStillInTimeAndThenNot() public {
        uint40 until = _dispute().commitBy;
        vm.warp(until);
        _commit(jurors[0], _vote(RIGHT_RESULT));
        vm.warp(until + 1);
        _refuse(abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, uint256(until), uint256(until) + 1));
        vm.prank(jurors[1]);
        court.commit(_id(), bytes32("late"));
    }

    function test_WhenNoJurySits_NothingCanBeCommittedOrRevealed() public {
        bytes32 other = keccak256("no dispute");
        bytes memory reason = abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, other, DisputeStatus.NONE);
        _refuse(reason);
        court.commit(other, bytes32("anything"));
        _refuse(reason);
        court.reveal(other, _vote(RIGHT_RESULT), SALT);
    }
}

contract GivenAJuryThatReveals is Seated {
    Vote private _right;

    function setUp() public override {
        super.setUp();
        _right = _vote(RIGHT_RESULT);
        for (uint256 i = 0; i < jurors.length; ++i) {
            _commit(jurors[i], _right);
        }
    }

    function test_WhenCommitsAreStillTaken_NobodyReveals() public {
        uint256 until = _dispute().commitBy;
        vm.warp(until);
        _refuse(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, until, until));
        _reveal(jurors[0], _right);
    }

    function test_WhenTheTimeEnds_ItIsStillInTimeAndThenNot() public {
        uint256 until = uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW;
        vm.warp(until);
        _reveal(jurors[0], _right);
        vm.warp(until + 1);
        _refuse(abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, until, until + 1));
        _reveal(jurors[1], _right);
    }

    function test_WhenAJurorReveals_ItsAnswerIsShown() public {
        _passCommits();
        _reveal(jurors[0], _right);
        (uint8 state, bytes20 answer) = court.seatOf(_id(), 0, jurors[0]);
        vm.assertEq(state, 3, "revealed");
        vm.assertTrue(answer == bytes20(keccak256(abi.encode(RIGHT_RESULT, FUEL, int32(0)))), "answer");
        vm.assertTrue(answer == _dispute().answer, "the receipt's");
    }

    function test_WhenAnyPartOfTheVoteIsAnother_ItRefuses() public {
        _passCommits();
        Vote[4] memory others = [_right, _right, _right, _right];
        others[0].resultHash = WRONG_RESULT;
        others[1].fuelUsed += 1;
        others[2].exitCode = 1;
        others[3].memoryProbe = bytes32("other");
        for (uint256 i = 0; i < others.length; ++i) {
            bytes32 opened = _commitment(0, jurors[0], others[i]);
            _refuse(abi.encodeWithSelector(IDisputeArbiter.CommitmentMismatch.selector, jurors[0], opened));
            _reveal(jurors[0], others[i]);
        }
    }

    function test_WhenTheSaltIsAnother_ItRefuses() public {
        _passCommits();
        vm.expectRevert();
        vm.prank(jurors[0]);
        court.reveal(_id(), _right, bytes32("other"));
    }

    function test_WhenItRevealsTwiceOrDidNotCommit_ItRefuses() public {
        _passCommits();
        _reveal(jurors[0], _right);
        _refuse(abi.encodeWithSelector(IDisputeArbiter.NotCommitted.selector, jurors[0]));
        _reveal(jurors[0], _right);
        _refuse(abi.encodeWithSelector(IDisputeArbiter.NotSeated.selector, stranger));
        _reveal(stranger, _right);
    }

    /// Two unequal votes of three are no majority; two equal ones are.
    function test_WhenTwoOfThreeAgree_ThatIsTheFinding() public {
        _passCommits();
        _reveal(jurors[0], _right);
        _assertFinding(Verdicts.UNDECIDED);
        _reveal(jurors[1], _right);
        _assertFinding(Verdicts.RIGHT);
    }
}

/// Invariant 18.
contract Invariant18_ACopiedCommitmentCannotBeRevealed is Seated {
    function test_WhenAJurorCopiesAnothersCommitment_ItCannotOpenIt() public {
        Vote memory vote = _vote(RIGHT_RESULT);
        bytes32 commitment = _commitment(0, jurors[0], vote);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(jurors[i]);
            court.commit(_id(), commitment);
        }
        _passCommits();
        _reveal(jurors[0], vote);
        bytes32 opened = _commitment(0, jurors[1], vote);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.CommitmentMismatch.selector, jurors[1], opened));
        _reveal(jurors[1], vote);
    }

    /// The same juror, vote and salt in another round or dispute give another commitment.
    function testFuzz_WhenAnyPartOfThePreimageDiffers_SoDoesTheCommitment(bytes32 id, uint8 round, address juror)
        public
        view
    {
        Vote memory vote = _vote(RIGHT_RESULT);
        bytes32 other = keccak256(
            abi.encode(id, round, juror, vote.resultHash, vote.fuelUsed, vote.exitCode, vote.memoryProbe, SALT)
        );
        bool isSame = id == _id() && round == 0 && juror == jurors[0];
        vm.assertTrue((other == _commitment(0, jurors[0], vote)) == isSame, "commitments meet");
    }
}

/// Invariant 17.
contract Invariant17_TheRulingDoesNotDependOnTheOrderOfReveals is Seated {
    function testFuzz_WhenJurorsRevealInAnyOrder_TheFindingIsTheSame(uint256 order, uint8[3] memory kinds) public {
        Vote[3] memory votes;
        for (uint256 i = 0; i < 3; ++i) {
            votes[i] = _kind(kinds[i]);
            _commit(jurors[i], votes[i]);
        }
        _passCommits();
        uint256 start = vm.snapshotState();
        Verdict first = _revealFrom(votes, 0, 1);
        vm.revertToState(start);
        Verdict other = _revealFrom(votes, order % 3, 1 + (order >> 128) % 2);
        vm.assertEq(Verdict.unwrap(first), Verdict.unwrap(other), "the order decided");
    }

    function _revealFrom(Vote[3] memory votes, uint256 first, uint256 step) private returns (Verdict) {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 place = (first + i * step) % 3;
            _reveal(jurors[place], votes[place]);
        }
        return _finding();
    }

    function _kind(uint8 kind) private pure returns (Vote memory) {
        bytes32[5] memory results =
            [RIGHT_RESULT, WRONG_RESULT, bytes32(uint256(1)), bytes32(uint256(2)), bytes32(uint256(3))];
        return _vote(results[kind % 5]);
    }
}

/// What three jurors say, and what it comes to.
contract GivenVotes is Seated {
    function test_WhenAMajorityHasNoResult_TheReasonIsTheFinding() public {
        _assertAll(bytes32(uint256(1)), Verdicts.INPUT_MISSING);
        _assertAll(bytes32(uint256(2)), Verdicts.UNDELIVERED);
        _assertAll(bytes32(uint256(3)), Verdicts.HOST_FAILURE);
        _assertAll(bytes32(uint256(4)), Verdicts.WRONG);
        _assertAll(bytes32(0), Verdicts.WRONG);
    }

    /// Without a result there is nothing to measure: such votes are equal whatever else they say.
    function test_WhenVotesWithoutAResultDifferElsewhere_TheyAreEqual() public {
        address[] memory jurors = _jurors();
        Vote[3] memory votes = [
            Vote(bytes32(uint256(1)), 1, 2, bytes32("a")),
            Vote(bytes32(uint256(1)), 3, 4, bytes32("b")),
            Vote(bytes32(uint256(1)), 5, 6, bytes32("c"))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            _commit(jurors[i], votes[i]);
        }
        _passCommits();
        for (uint256 i = 0; i < 3; ++i) {
            _reveal(jurors[i], votes[i]);
        }
        _passReveals();
        _assertFinding(Verdicts.INPUT_MISSING);
    }

    function test_WhenAMajorityFoundOtherFuelOrExitCode_TheReceiptIsWrong() public {
        uint256 start = vm.snapshotState();
        Vote memory vote = _vote(RIGHT_RESULT);
        vote.fuelUsed -= 1;
        _voteAll(vote, 0, vote);
        _assertFinding(Verdicts.WRONG);
        vm.revertToState(start);
        vote = _vote(RIGHT_RESULT);
        vote.exitCode = -1;
        _voteAll(vote, 0, vote);
        _assertFinding(Verdicts.WRONG);
    }

    /// Who only copied the receipt does not know the memory.
    function test_WhenProbesDiffer_TheVotesDo() public {
        Vote memory copied = _vote(RIGHT_RESULT);
        copied.memoryProbe = bytes32("guessed");
        Vote memory third = _vote(RIGHT_RESULT);
        third.memoryProbe = bytes32("guessed too");
        address[] memory all = jurors;
        _commit(all[0], _vote(RIGHT_RESULT));
        _commit(all[1], copied);
        _commit(all[2], third);
        _passCommits();
        _reveal(all[0], _vote(RIGHT_RESULT));
        _reveal(all[1], copied);
        _reveal(all[2], third);
        _assertFinding(Verdicts.UNDECIDED);
    }

    function test_WhenOnlyOneOfThreeReveals_ItIsNoMajority() public {
        for (uint256 i = 0; i < 3; ++i) {
            _commit(jurors[i], _vote(RIGHT_RESULT));
        }
        _passCommits();
        _reveal(jurors[2], _vote(RIGHT_RESULT));
        _assertFinding(Verdicts.UNDECIDED);
    }

    function _assertAll(bytes32 resultHash, Verdict expected) private {
        uint256 start = vm.snapshotState();
        _voteAll(resultHash);
        _assertFinding(expected);
        vm.revertToState(start);
    }
}

contract GivenALargerFirstJury is OverChannel {
    /// Four of seven decide, three do not, whoever else voted or not.
    function test_WhenFourOfSevenAgree_ThatIsTheFinding() public {
        matter.agreement.stake = 200e6;
        _drawOver(RIGHT_RESULT);
        vm.assertEq(_jurors().length, 7, "jurors");
        uint256 start = vm.snapshotState();
        _voteAll(_vote(RIGHT_RESULT), 4, _vote(WRONG_RESULT));
        vm.assertEq(Verdict.unwrap(court.findingOf(_id(), 1)), Verdict.unwrap(Verdicts.RIGHT));
        vm.revertToState(start);
        _voteAll(_vote(WRONG_RESULT), 3, _vote(RIGHT_RESULT));
        vm.assertEq(Verdict.unwrap(court.findingOf(_id(), 1)), Verdict.unwrap(Verdicts.RIGHT));
        vm.revertToState(start);
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < 3; ++i) {
            _commit(jurors[i], _vote(RIGHT_RESULT));
        }
        _passCommits();
        for (uint256 i = 0; i < 3; ++i) {
            _reveal(jurors[i], _vote(RIGHT_RESULT));
        }
        vm.assertEq(Verdict.unwrap(court.findingOf(_id(), 1)), Verdict.unwrap(Verdicts.UNDECIDED));
    }
}
