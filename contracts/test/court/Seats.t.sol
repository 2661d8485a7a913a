// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DisputeStatus, IDisputeArbiter, Vote} from "../../src/interfaces/IDisputeArbiter.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";

/// Fees of a round and what others lose of their seats, shared by those who were right.
contract GivenARuling is OverChannel {
    uint96 private constant SEAT = CourtDefaults.SEAT_STAKE;

    function test_WhenAllWereRight_TheyShareTheFees() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _rule();
        vm.prank(stranger);
        court.settleSeats(matter, 0);
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            _assertJuror(jurors[i], FEES_1 / 3, 0);
        }
        _assertNothingLeft(jurors);
    }

    function test_WhenOneWasWrong_ItLosesHalfItsSeatToTheOthers() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(_vote(WRONG_RESULT), 1, _vote(RIGHT_RESULT));
        _rule();
        court.settleSeats(matter, 0);
        address[] memory jurors = _jurors();
        _assertJuror(jurors[0], 0, SEAT / 2);
        _assertJuror(jurors[1], (FEES_1 + SEAT / 2) / 2, 0);
        _assertJuror(jurors[2], (FEES_1 + SEAT / 2) / 2, 0);
        _assertNothingLeft(jurors);
    }

    function test_WhenOneDidNotReveal_ItLosesATenth() public {
        _drawOver(RIGHT_RESULT);
        _voteAndHide(1);
        _rule();
        court.settleSeats(matter, 0);
        address[] memory jurors = _jurors();
        _assertJuror(jurors[0], 0, SEAT / 10);
        _assertJuror(jurors[1], (FEES_1 + SEAT / 10) / 2, 0);
        _assertNothingLeft(jurors);
    }

    /// The answer alone can be copied from the receipt.
    function test_WhenOneHasTheAnswerButNotTheProbe_ItIsWrong() public {
        _drawOver(RIGHT_RESULT);
        Vote memory copied = _vote(RIGHT_RESULT);
        copied.memoryProbe = bytes32("guessed");
        _voteAll(copied, 1, _vote(RIGHT_RESULT));
        _rule();
        court.settleSeats(matter, 0);
        _assertJuror(_jurors()[0], 0, SEAT / 2);
    }

    function test_WhenNobodyIsMeasured_AllWhoRevealedAreAlike() public {
        _drawOver(RIGHT_RESULT);
        address[] memory jurors = _jurors();
        _commit(jurors[0], _vote(RIGHT_RESULT));
        _commit(jurors[1], _vote(WRONG_RESULT));
        _passCommits();
        _reveal(jurors[0], _vote(RIGHT_RESULT));
        _reveal(jurors[1], _vote(WRONG_RESULT));
        _passReveals();
        _rule();
        court.settleSeats(matter, 0);
        _assertJuror(jurors[0], (FEES_1 + SEAT / 10) / 2, 0);
        _assertJuror(jurors[1], (FEES_1 + SEAT / 10) / 2, 0);
        _assertJuror(jurors[2], 0, SEAT / 10);
        _assertNothingLeft(jurors);
    }

    function test_WhenNobodyRevealed_TheFeesAndLossesGoHalfToEachParty() public {
        _drawOver(RIGHT_RESULT);
        _passReveals();
        _rule();
        (uint256 a, uint256 b) = (_balance(requester), _balance(provider));
        court.settleSeats(matter, 0);
        uint256 pot = FEES_1 + 3 * SEAT / 10;
        vm.assertEq(_balance(requester) - a, pot / 2, "requester");
        vm.assertEq(_balance(provider) - b, pot - pot / 2, "provider");
        vm.assertEq(_balance(address(court)), 0, "left");
    }

    function test_WhenAWholeRoundWasWrong_ItsFeesAndLossesGoToTheWinner() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(WRONG_RESULT);
        address[] memory first = _jurors();
        _appeal(provider);
        _passToNextSeed();
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        address[] memory second = _jurors();
        _rule();
        uint256 before = _balance(provider);
        court.settleSeats(matter, 0);
        vm.assertEq(_balance(provider) - before, FEES_1 + 3 * SEAT / 2, "the winner");
        court.settleSeats(matter, 1);
        for (uint256 i = 0; i < second.length; ++i) {
            vm.assertEq(_credit(second[i]), FEES_2 / 7, "their fees");
            vm.assertEq(_seated(second[i]), 0, "seated");
        }
        for (uint256 i = 0; i < first.length; ++i) {
            vm.assertEq(_pledged(first[i]), PLEDGE - SEAT / 2, "half a seat");
        }
    }

    function test_WhenAWholeRoundWasWrongAgainstTheRequester_TheRequesterIsTheWinner() public {
        _drawOver(WRONG_RESULT);
        _voteAll(WRONG_RESULT);
        _appeal(requester);
        _passToNextSeed();
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _rule();
        uint256 before = _balance(requester);
        court.settleSeats(matter, 0);
        vm.assertEq(_balance(requester) - before, FEES_1 + 3 * SEAT / 2, "the winner");
    }

    /// Jurors of an earlier round who were alone with what proved right are paid for it.
    function test_WhenTheMinorityOfAnEarlierRoundWasRight_ItEarns() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(_vote(RIGHT_RESULT), 1, _vote(WRONG_RESULT));
        address[] memory first = _jurors();
        _appeal(provider);
        _passToNextSeed();
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _rule();
        court.settleSeats(matter, 0);
        vm.assertEq(_credit(first[0]), FEES_1 + SEAT, "fees and two halves of a seat");
        vm.assertEq(_credit(first[1]) + _credit(first[2]), 0, "the others");
    }

    /// Seven shares of an amount that seven does not divide: the first takes what is over.
    function test_WhenSharesDoNotComeOutEven_NothingIsLost() public {
        matter.agreement.stake = 200e6;
        _drawOver(RIGHT_RESULT);
        _voteAll(_vote(WRONG_RESULT), 1, _vote(RIGHT_RESULT));
        _rule();
        court.settleSeats(matter, 1);
        address[] memory jurors = _jurors();
        uint256 pot = FEES_2 + SEAT / 2;
        vm.assertEq(_credit(jurors[1]), pot / 6 + pot % 6, "the first earner");
        vm.assertEq(_credit(jurors[2]), pot / 6, "the others");
        _assertNothingLeft(jurors);
    }

    function test_WhenAJurorTakesItsCredit_ItIsPaidOnce() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _rule();
        court.settleSeats(matter, 0);
        address juror = _jurors()[0];
        uint256 before = _balance(juror);
        vm.prank(juror);
        court.withdrawCredit(address(token), juror);
        vm.assertEq(_balance(juror) - before, FEES_1 / 3, "paid");
        vm.expectRevert();
        vm.prank(juror);
        court.withdrawCredit(address(token), juror);
    }

    function test_WhenSettledTwice_ThereIsNothingLeftToSettle() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _rule();
        court.settleSeats(matter, 0);
        for (uint8 round = 0; round < 4; ++round) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingToSettle.selector, _id(), round));
            court.settleSeats(matter, round);
        }
    }

    function test_WhenNotRuledYet_NothingIsSettled() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.VOTING));
        court.settleSeats(matter, 0);
    }

    /// Whatever jurors do in up to three rounds: all that came in goes out, to the unit, and all seats are free.
    function testFuzz_WhenJurorsVoteAnyhow_SumsHoldToTheUnit(uint256 luck, uint8 appeals) public {
        uint256 world = _world();
        _drawOver(RIGHT_RESULT);
        _voteByLuck(luck);
        for (uint256 i = 0; i < appeals % 3; ++i) {
            if (!_tryAppeal(luck >> (8 * i) & 1 == 0 ? requester : provider)) break;
            _passToNextSeed();
            court.draw(matter);
            _voteByLuck(uint256(keccak256(abi.encode(luck, i))));
        }
        uint8 last = _dispute().round;
        _passAppeals();
        court.rule(matter);
        for (uint8 round = 0; round <= last; ++round) {
            court.settleSeats(matter, round);
        }
        _assertNothingLeft(pool);
        vm.assertEq(_world(), world, "money came or went");
    }

    function _tryAppeal(address party) private returns (bool done) {
        vm.prank(party);
        (done,) = address(court).call(abi.encodeCall(court.appeal, (matter)));
    }

    /// Right, wrong, no result, or not revealed.
    function _voteByLuck(uint256 luck) private {
        address[] memory jurors = _jurors();
        Vote[4] memory votes =
            [_vote(RIGHT_RESULT), _vote(WRONG_RESULT), _vote(bytes32(uint256(3))), _vote(RIGHT_RESULT)];
        for (uint256 i = 0; i < jurors.length; ++i) {
            _commit(jurors[i], votes[luck >> (2 * i) & 3]);
        }
        _passCommits();
        for (uint256 i = 0; i < jurors.length; ++i) {
            uint256 kind = luck >> (2 * i) & 3;
            if (kind != 3) _reveal(jurors[i], votes[kind]);
        }
        _passReveals();
    }

    function _voteAndHide(uint256 hidden) private {
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            _commit(jurors[i], _vote(RIGHT_RESULT));
        }
        _passCommits();
        for (uint256 i = hidden; i < jurors.length; ++i) {
            _reveal(jurors[i], _vote(RIGHT_RESULT));
        }
        _passReveals();
    }

    function _rule() private {
        _passAppeals();
        court.rule(matter);
    }

    /// Parties, contracts and what was burned, with what jurors have as credit.
    function _world() private view returns (uint256 sum) {
        sum = _balance(requester) + _balance(provider) + _balance(address(court)) + _balance(address(reputation));
    }

    function _assertJuror(address juror, uint256 earned, uint96 lost) private view {
        vm.assertEq(_credit(juror), earned, "earned");
        vm.assertEq(_pledged(juror), PLEDGE - lost, "lost");
        vm.assertEq(_seated(juror), 0, "seated");
    }

    function _assertNothingLeft(address[] memory jurors) private view {
        uint256 owed = _credit(requester) + _credit(provider);
        for (uint256 i = 0; i < jurors.length; ++i) {
            owed += _credit(jurors[i]);
            vm.assertEq(_seated(jurors[i]), 0, "seated");
        }
        vm.assertEq(_balance(address(court)), owed, "the court holds what it owes");
    }
}
