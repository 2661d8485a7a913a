// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dispute, DisputeStatus, IDisputeArbiter} from "../../src/interfaces/IDisputeArbiter.sol";
import {Side, Sides} from "../../src/libraries/Sides.sol";
import {Verdict, Verdicts} from "../../src/libraries/Verdicts.sol";
import {CourtDefaults, InEscrow, OverChannel} from "./CourtKit.sol";

contract GivenAFindingForTheProvider is OverChannel {
    function setUp() public override {
        super.setUp();
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
    }

    function test_WhenTheRequesterAppeals_ItGivesTheFeesOfALargerRound() public {
        uint256 before = _balance(requester);
        _appeal(requester);
        Dispute memory dispute = _dispute();
        vm.assertEq(uint256(dispute.status), uint256(DisputeStatus.APPEALED), "status");
        vm.assertTrue(dispute.appellant == Sides.REQUESTER, "appellant");
        vm.assertEq(dispute.round, 1, "round");
        vm.assertEq(dispute.requesterBond, FEES_1 + FEES_2, "bond");
        vm.assertEq(before - _balance(requester), FEES_2, "paid");
        vm.assertEq(dispute.seedBlock, height + CourtDefaults.SEED_DELAY, "a block that nobody knows yet");
    }

    function test_WhenTheWinnerAppeals_ThereIsNothingToAppeal() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingToAppeal.selector, Verdicts.RIGHT, provider));
        _appeal(provider);
    }

    function test_WhenAStrangerAppeals_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotParty.selector, stranger));
        _appeal(stranger);
    }

    function test_WhenRevealsAreStillTaken_ItIsTooEarly() public {
        uint256 revealBy = uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW;
        vm.warp(revealBy);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, revealBy, revealBy));
        _appeal(requester);
    }

    function test_WhenTheWindowEnds_ItIsStillInTimeAndThenNot() public {
        uint256 until = uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW + CourtDefaults.APPEAL_WINDOW;
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, until, until + 1));
        _appeal(requester);
        vm.warp(until);
        _appeal(requester);
    }

    function test_WhenItIsAppealedTwice_ItRefuses() public {
        _appeal(requester);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.APPEALED));
        _appeal(requester);
    }

    function test_WhenTheLargerJuryAgrees_TheRequesterPaysBothRounds() public {
        _appealAndVote(requester, RIGHT_RESULT);
        _rule();
        _assertVerdict(Verdicts.RIGHT);
        _assertGains(-int96(COST - PAID + FEES_1 + FEES_2), int96(COST - PAID + FEES_1));
        vm.assertEq(_balance(address(court)), FEES_1 + FEES_2, "fees");
    }

    function test_WhenTheLargerJuryDisagrees_TheProvidersStakePaysWhatItsBondCannot() public {
        _appealAndVote(requester, WRONG_RESULT);
        _rule();
        _assertVerdict(Verdicts.WRONG);
        _assertGains(int96(ALLOCATED - FEES_1 - FEES_2), 0);
        vm.assertEq(_allocated(_backing()), 0, "allocated");
        vm.assertEq(reputation.burned(address(token)), 0, "the loss came first");
        vm.assertEq(_balance(address(court)), FEES_1 + FEES_2, "fees");
    }

    function test_WhenThreeRoundsDisagree_TheLastOneDecides() public {
        _appealAndVote(requester, WRONG_RESULT);
        _appealAndVote(provider, RIGHT_RESULT);
        vm.assertEq(_jurors().length, CourtDefaults.THIRD, "jurors");
        vm.assertEq(Verdict.unwrap(court.findingOf(_id(), 0)), Verdict.unwrap(Verdicts.RIGHT));
        vm.assertEq(Verdict.unwrap(court.findingOf(_id(), 1)), Verdict.unwrap(Verdicts.WRONG));
        // There is no fourth round, so no time to ask for one.
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        // Fees of three rounds: bonds of 10 and what the deposit leaves of 40 pay them all.
        uint96 fees = FEES_1 + FEES_2 + FEES_3;
        _assertGains(-int96(COST - PAID + fees), int96(COST - PAID + FEES_1));
        vm.assertEq(_balance(address(court)), fees, "fees");
    }

    function test_WhenTheLastRoundWasHeld_ThereIsNoOtherToAskFor() public {
        _appealAndVote(requester, WRONG_RESULT);
        _appealAndVote(provider, RIGHT_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NoRoundLeft.selector, uint8(2)));
        _appeal(requester);
    }

    function test_WhenTheLastRoundHasNoMajority_TheRequesterKeepsItsMoneyAndBothPay() public {
        _appealAndVote(requester, WRONG_RESULT);
        _appeal(provider);
        _passToNextSeed();
        court.draw(matter);
        _passReveals();
        court.rule(matter);
        _assertVerdict(Verdicts.UNDECIDED);
        uint96 fees = FEES_1 + FEES_2 + FEES_3;
        // Of the provider's half, FEES_1 came from its stake.
        _assertGains(-int96(fees / 2), int96(FEES_1) - int96(fees / 2));
        vm.assertEq(_balance(address(court)), fees, "fees");
        vm.assertTrue(_dispute().finalAnswer == 0, "nobody is measured");
    }

    function _appealAndVote(address party, bytes32 found) private {
        _appeal(party);
        _passToNextSeed();
        court.draw(matter);
        _voteAll(found);
    }

    function _rule() private {
        _passAppeals();
        court.rule(matter);
    }
}

contract GivenOtherFindings is OverChannel {
    function test_WhenTheFindingIsAgainstTheProvider_OnlyItMayAppeal() public {
        _drawOver(WRONG_RESULT);
        _voteAll(RIGHT_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingToAppeal.selector, Verdicts.WRONG, requester));
        _appeal(requester);
        _appeal(provider);
        vm.assertEq(_dispute().providerBond, FEES_1 + FEES_2, "bond");
    }

    function test_WhenThereIsNoMajority_EitherMayAppeal() public {
        _drawOver(RIGHT_RESULT);
        _passReveals();
        _eitherAppeals();
    }

    function test_WhenMachinesFailed_EitherMayAppeal() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(bytes32(uint256(3)));
        _eitherAppeals();
    }

    /// In escrow the requester's bond is all that fees can be taken from: the provider's own bonds pay the rest.
    function _eitherAppeals() private {
        uint256 start = vm.snapshotState();
        _appeal(requester);
        vm.revertToState(start);
        _appeal(provider);
    }
}

contract GivenTooFewJurorsForALargerRound is OverChannel {
    function _jurorCount() internal pure override returns (uint256) {
        return 6;
    }

    function test_WhenTheFirstRoundIsOver_ItIsFinal() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NoRoundLeft.selector, uint8(0)));
        _appeal(requester);
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
    }

    /// Stake that is seated elsewhere is not there to be seated: fewer sit, and only a majority of all seats decides.
    function test_WhenJurorsAreShortOfStake_AJuryMayBeIncomplete() public {
        uint256 start = vm.snapshotState();
        _drawOver(RIGHT_RESULT);
        vm.assertEq(_jurors().length, CourtDefaults.FIRST, "a full one");
        vm.revertToState(start);
        _openOver(RIGHT_RESULT);
        // All but one lose what they could seat.
        for (uint256 i = 1; i < pool.length; ++i) {
            vm.prank(pool[i]);
            reputation.leaveJury(address(token), PLEDGE);
        }
        vm.warp(_dispute().evidenceBy + 31 days);
        for (uint256 i = 1; i < pool.length; ++i) {
            reputation.finishUnbonding(address(token), pool[i]);
        }
        _roll(_dispute().seedBlock + 1);
        court.draw(matter);
        vm.assertEq(_jurors().length, 1, "the only one left");
        _voteAll(RIGHT_RESULT);
        court.rule(matter);
        _assertVerdict(Verdicts.UNDECIDED);
    }
}

contract GivenAnAppealOverAnEscrow is InEscrow {
    /// Fees are taken from bonds, not from the price: what the requester's bond cannot pay, the provider's own bond does.
    function test_WhenTheProviderWinsInTheEnd_ItsBondPaysWhatTheOthersCannot() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(WRONG_RESULT);
        vm.prank(provider);
        court.appeal(matter);
        _roll(_dispute().seedBlock + 1);
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        uint96 bonus = STAKE / 20;
        _assertGains(-int96(COST + bonus + FEES_1), int96(COST + bonus + FEES_1) - int96(FEES_2));
        vm.assertEq(_balance(address(court)), FEES_1 + FEES_2, "fees");
    }
}
