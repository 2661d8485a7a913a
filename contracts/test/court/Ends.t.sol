// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DisputeStatus, IDisputeArbiter, SignedReceipt, Vote} from "../../src/interfaces/IDisputeArbiter.sol";
import {Approval, EscrowStatus} from "../../src/interfaces/IEscrow.sol";
import {AppealResult} from "../../src/interfaces/IReputation.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {Verdict, Verdicts} from "../../src/libraries/Verdicts.sol";
import {CourtDefaults, InEscrow, OverChannel} from "./CourtKit.sol";

/// Every verdict over a channel: PAID of COST was paid, PRICE - PAID deposited, ALLOCATED backs the provider, of which FEES_1 became its
/// bond. Where the provider wins, its bond is paid to its account.
contract GivenEveryVerdictOverAChannel is OverChannel {
    // Found by a jury

    function test_WhenItIsRight_TheDepositPaysTheProviderAndTheRequesterTheFees() public {
        _judge(RIGHT_RESULT, RIGHT_RESULT);
        _assertEnd(Verdicts.RIGHT, -int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1), FEES_1);
        _assertStake(ALLOCATED - FEES_1, 0);
    }

    function test_WhenItIsWrong_TheProviderPaysFeesLossAndItsWholeStake() public {
        _judge(WRONG_RESULT, RIGHT_RESULT);
        _assertEnd(Verdicts.WRONG, int96(PAID), 0, FEES_1);
        _assertStake(0, ALLOCATED - FEES_1 - PAID);
    }

    function test_WhenAPartWasRefunded_OnlyTheRestIsALoss() public {
        _openOver(WRONG_RESULT);
        court.showRefund(matter, 20e6, RATING, _acceptanceOf(_refundHash(_id(), _backing(), 20e6)));
        _passEvidence();
        court.draw(matter);
        _finish(RIGHT_RESULT);
        _assertEnd(Verdicts.WRONG, int96(PAID - 20e6), 0, FEES_1);
        _assertStake(ALLOCATED - FEES_1 - (PAID - 20e6) - STAKE, STAKE);
    }

    function test_WhenMoreWasRefundedThanPaid_ThereIsNoLoss() public {
        _openOver(WRONG_RESULT);
        court.showRefund(matter, PAID + 1, RATING, _acceptanceOf(_refundHash(_id(), _backing(), PAID + 1)));
        _passEvidence();
        court.draw(matter);
        _finish(RIGHT_RESULT);
        _assertEnd(Verdicts.WRONG, 0, 0, FEES_1);
    }

    function test_WhenTheOutputCannotBeGot_ItCostsAQuarterOfTheStake() public {
        _judge(RIGHT_RESULT, bytes32(uint256(2)));
        _assertEnd(Verdicts.UNDELIVERED, int96(PAID), 0, FEES_1);
        _assertStake(ALLOCATED - FEES_1 - PAID - STAKE / 4, STAKE / 4);
    }

    function test_WhenTheInputCannotBeGot_TheRequesterPaysAsIfItWereRight() public {
        _judge(WRONG_RESULT, bytes32(uint256(1)));
        _assertEnd(Verdicts.INPUT_MISSING, -int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1), FEES_1);
    }

    function test_WhenMachinesFail_TheOpenerPaysTheFeesAndTheReceiptStands() public {
        _judge(WRONG_RESULT, bytes32(uint256(3)));
        _assertEnd(Verdicts.HOST_FAILURE, -int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1), FEES_1);
        _assertStake(ALLOCATED - FEES_1, 0);
    }

    function test_WhenMachinesFailInTheProvidersDispute_ItPaysTheFees() public {
        _openByProvider(RIGHT_RESULT);
        _join();
        _passEvidence();
        court.draw(matter);
        _finish(bytes32(uint256(3)));
        _assertEnd(Verdicts.HOST_FAILURE, -int96(COST - PAID), int96(COST - PAID), FEES_1);
    }

    function test_WhenThereIsNoMajority_BothShareTheFeesAndNobodyIsSlashed() public {
        _drawOver(RIGHT_RESULT);
        _passCommits();
        _passAppeals();
        court.rule(matter);
        _assertEnd(Verdicts.UNDECIDED, -int96(FEES_1 / 2), int96(FEES_1 - FEES_1 / 2), FEES_1);
        _assertStake(ALLOCATED - FEES_1, 0);
    }

    // Plain without a jury

    function test_WhenTwoReceiptsWereSigned_ItCostsTheWholeStake() public {
        _openOver(RIGHT_RESULT);
        court.showReceipt(matter, _signed(_receipt(WRONG_RESULT)));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.EQUIVOCATED, int96(PAID), int96(FEES_1), 0);
        _assertStake(0, ALLOCATED - FEES_1 - PAID);
    }

    function test_WhenNoReceiptIsShown_NothingWasDelivered() public {
        _open(requester, _noReceipt(), _proof());
        _ruleAfterEvidence();
        _assertEnd(Verdicts.UNDELIVERED, int96(PAID), int96(FEES_1), 0);
        _assertStake(ALLOCATED - FEES_1 - PAID - STAKE / 4, STAKE / 4);
    }

    function test_WhenItFinishedLate_ItCostsATenthOfTheStake() public {
        MarketTypes.Receipt memory receipt = _receipt(RIGHT_RESULT);
        receipt.finishedAt += 1;
        _open(requester, _signed(receipt), _proof());
        _ruleAfterEvidence();
        _assertEnd(Verdicts.LATE, int96(PAID), int96(FEES_1), 0);
        _assertStake(ALLOCATED - FEES_1 - PAID - STAKE / 10, STAKE / 10);
    }

    function test_WhenItWasAccepted_TheReceiptIsOwed() public {
        _openOver(RIGHT_RESULT);
        court.showAcceptance(matter, RATING, _acceptanceOf(_dispute().receiptHash));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.ACCEPTED, -int96(COST - PAID), int96(COST - PAID + FEES_1), 0);
    }

    function test_WhenItWasPaidForByAPromise_NothingMoreIsOwed() public {
        _openOver(RIGHT_RESULT);
        court.showPayment(matter, channels, _paymentFor(_backing(), _dispute().receiptHash, true, REQUESTER_KEY));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.ACCEPTED, 0, int96(FEES_1), 0);
    }

    function test_WhenItWasAcceptedAndTwoReceiptsWereSigned_TheSecondCounts() public {
        _openOver(RIGHT_RESULT);
        court.showAcceptance(matter, RATING, _acceptanceOf(_dispute().receiptHash));
        court.showReceipt(matter, _signed(_receipt(WRONG_RESULT)));
        _ruleAfterEvidence();
        _assertVerdict(Verdicts.EQUIVOCATED);
    }

    function test_WhenTheRequesterDoesNotJoin_TheProviderHasItsBondBack() public {
        _openByProvider(RIGHT_RESULT);
        _ruleAfterEvidence();
        _assertEnd(Verdicts.REQUESTER_ABSENT, 0, int96(FEES_1), 0);
        _assertAppeal(AppealResult.NONE);
    }

    function test_WhenTheProviderDoesNotJoin_ItIsAsIfItHadFailed() public {
        matter.channel.salt = 98;
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
        bytes32 channelId = _backing();
        vm.prank(provider);
        reputation.allocate(address(token), channelId, 2e6);
        _openOver(RIGHT_RESULT);
        _ruleAfterEvidence();
        _assertEnd(Verdicts.PROVIDER_ABSENT, 0, int96(2e6), 0);
        _assertStake(0, 0);
    }

    // The provider's appeal against a complaint

    function test_WhenTheProviderIsRight_ThePenaltyIsStruck() public {
        _openByProvider(RIGHT_RESULT);
        _join();
        _passEvidence();
        court.draw(matter);
        _finish(RIGHT_RESULT);
        _assertEnd(Verdicts.RIGHT, -int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1), FEES_1);
        _assertAppeal(AppealResult.STRUCK);
    }

    function test_WhenTheProviderIsWrong_ItsAppealIsDismissed() public {
        _openByProvider(WRONG_RESULT);
        _join();
        _passEvidence();
        court.draw(matter);
        _finish(RIGHT_RESULT);
        _assertVerdict(Verdicts.WRONG);
        _assertAppeal(AppealResult.DISMISSED);
    }

    // When

    function test_WhenTheEvidenceIsNotOver_ThereIsNoRuling() public {
        _open(requester, _noReceipt(), _proof());
        uint256 until = _dispute().evidenceBy;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, until, until));
        court.rule(matter);
    }

    function test_WhenItCanStillBeAppealed_ThereIsNoRuling() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        uint256 until = uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW + CourtDefaults.APPEAL_WINDOW;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, until, until));
        court.rule(matter);
        vm.warp(until + 1);
        vm.prank(stranger);
        court.rule(matter);
    }

    function test_WhenItIsRuled_ItCannotBeRuledOrOpenedAgain() public {
        _judge(RIGHT_RESULT, RIGHT_RESULT);
        bytes memory reason =
            abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.RULED);
        vm.expectRevert(reason);
        court.rule(matter);
        vm.expectRevert(reason);
        _openOver(RIGHT_RESULT);
    }

    function test_WhenNothingIsOpen_ThereIsNoRuling() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.NONE));
        court.rule(matter);
    }

    // One stake, two disputes

    function test_WhenTwoDisputesDrawOnOneChannel_ItStaysPinnedUntilBothAreRuled() public {
        _open(requester, _noReceipt(), _proof());
        vm.prank(provider);
        reputation.startRelease(address(token), _backing());
        bytes32 first = matter.agreement.salt;
        matter.agreement.salt = keccak256("second");
        _open(requester, _noReceipt(), _proof());
        vm.assertEq(_pins(_backing()), 2, "pins");
        _ruleAfterEvidence();
        vm.assertEq(_pins(_backing()), 1, "pins");
        vm.warp(block.timestamp + 31 days);
        vm.expectRevert();
        reputation.finishRelease(address(token), provider, _backing());
        matter.agreement.salt = first;
        court.rule(matter);
        reputation.finishRelease(address(token), provider, _backing());
    }

    // Steps

    function _judge(bytes32 shown, bytes32 found) private {
        _drawOver(shown);
        _finish(found);
    }

    function _finish(bytes32 found) private {
        _voteAll(found);
        _passAppeals();
        court.rule(matter);
    }

    function _ruleAfterEvidence() private {
        _passEvidence();
        court.rule(matter);
    }

    function _openByProvider(bytes32 resultHash) private {
        _open(provider, _signed(_receipt(resultHash)), _noProof());
    }

    function _join() private {
        vm.prank(requester);
        court.join(matter, _proof());
    }

    function _assertEnd(Verdict verdict, int96 ofRequester, int96 ofProvider, uint96 fees) private view {
        _assertVerdict(verdict);
        _assertGains(ofRequester, ofProvider);
        vm.assertEq(_balance(address(court)), fees, "what the jury earned, and no more");
        vm.assertEq(_pins(_backing()), 0, "pins");
    }

    function _assertStake(uint96 left, uint96 burned) private view {
        vm.assertEq(_allocated(_backing()), left, "what still backs the channel");
        vm.assertEq(reputation.burned(address(token)), burned, "burned");
    }

    function _assertAppeal(AppealResult result) private view {
        vm.assertEq(uint256(reputation.appealOf(provider, _id())), uint256(result), "appeal");
    }
}

/// Every verdict over an escrow: PRICE and a bonus of a twentieth of STAKE are in it, of STAKE FEES_1 became the provider's bond.
contract GivenEveryVerdictOverAnEscrow is InEscrow {
    uint96 private constant BONUS = STAKE / 20;

    function test_WhenItIsRight_TheProviderHasItsCostAndBonus() public {
        _judge(RIGHT_RESULT, RIGHT_RESULT);
        _assertEnd(Verdicts.RIGHT, -int96(COST + BONUS + FEES_1), int96(COST + BONUS + FEES_1), FEES_1, 0);
    }

    function test_WhenItIsRightButFailed_ThereIsNoBonus() public {
        MarketTypes.Receipt memory receipt = _receiptOf(_id(), RIGHT_RESULT);
        receipt.exitCode = 3;
        SignedReceipt memory signed = _signed(receipt);
        escrow.deliver(terms, signed.receipt, signed.signature);
        _open(requester, signed);
        _passEvidence();
        court.draw(matter);
        _voteAllWith(3);
        _passAppeals();
        court.rule(matter);
        _assertEnd(Verdicts.RIGHT, -int96(COST + FEES_1), int96(COST + FEES_1), FEES_1, 0);
    }

    function test_WhenItIsWrong_TheRequesterHasAllBackAndTheStakeIsBurned() public {
        _judge(WRONG_RESULT, RIGHT_RESULT);
        _assertEnd(Verdicts.WRONG, 0, 0, FEES_1, STAKE - FEES_1);
    }

    function test_WhenTheOutputCannotBeGot_ItCostsAQuarter() public {
        _judge(RIGHT_RESULT, bytes32(uint256(2)));
        _assertEnd(Verdicts.UNDELIVERED, 0, 0, FEES_1, STAKE / 4);
    }

    function test_WhenTheInputCannotBeGot_TheReceiptStands() public {
        _judge(RIGHT_RESULT, bytes32(uint256(1)));
        _assertEnd(Verdicts.INPUT_MISSING, -int96(COST + BONUS + FEES_1), int96(COST + BONUS + FEES_1), FEES_1, 0);
    }

    function test_WhenMachinesFail_TheOpenerPaysTheFees() public {
        _judge(RIGHT_RESULT, bytes32(uint256(3)));
        _assertEnd(Verdicts.HOST_FAILURE, -int96(COST + BONUS + FEES_1), int96(COST + BONUS + FEES_1), FEES_1, 0);
    }

    function test_WhenThereIsNoMajority_TheRequesterHasTheEscrow() public {
        _drawOver(RIGHT_RESULT);
        _passCommits();
        _passAppeals();
        court.rule(matter);
        _assertEnd(Verdicts.UNDECIDED, -int96(FEES_1 / 2), int96(FEES_1 / 2), FEES_1, 0);
    }

    function test_WhenTwoReceiptsWereSigned_TheStakeIsBurned() public {
        _open(requester, _deliver(RIGHT_RESULT));
        court.showReceipt(matter, _signed(_receiptOf(_id(), WRONG_RESULT)));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.EQUIVOCATED, 0, int96(FEES_1), 0, STAKE - FEES_1);
    }

    function test_WhenNothingWasDelivered_ItCostsAQuarter() public {
        _pass(10 minutes);
        _open(requester, _noReceipt());
        _ruleAfterEvidence();
        _assertEnd(Verdicts.UNDELIVERED, 0, int96(FEES_1), 0, STAKE / 4);
    }

    function test_WhenAReceiptIsShownAfterAMissedDelivery_ItIsLate() public {
        SignedReceipt memory early = _signed(_receiptOf(_id(), RIGHT_RESULT));
        _pass(10 minutes);
        _open(requester, _noReceipt());
        court.showReceipt(matter, early);
        _ruleAfterEvidence();
        _assertEnd(Verdicts.LATE, 0, int96(FEES_1), 0, STAKE / 10);
    }

    function test_WhenItWasRefundedBefore_OnlyThePenaltyIsLeft() public {
        _pass(10 minutes);
        escrow.refund(terms);
        _open(requester, _noReceipt());
        _ruleAfterEvidence();
        _assertEnd(Verdicts.UNDELIVERED, 0, int96(FEES_1), 0, STAKE / 4);
    }

    function test_WhenItWasAccepted_TheReceiptIsOwed() public {
        _open(requester, _deliver(RIGHT_RESULT));
        court.showAcceptance(matter, RATING, _acceptanceOf(_dispute().receiptHash));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.ACCEPTED, -int96(COST + BONUS), int96(COST + BONUS + FEES_1), 0, 0);
    }

    function test_WhenTheRequesterDoesNotJoin_TheReceiptIsOwed() public {
        _open(provider, _deliver(RIGHT_RESULT));
        _ruleAfterEvidence();
        _assertEnd(Verdicts.REQUESTER_ABSENT, -int96(COST + BONUS), int96(COST + BONUS + FEES_1), 0, 0);
    }

    function test_WhenNoJuryIsDrawnTwice_TheReceiptIsOwedAndTheOpenersBondLost() public {
        _open(requester, _deliver(RIGHT_RESULT));
        _passEvidence();
        _roll(height + CourtDefaults.DRAW_BLOCKS + 1);
        court.reseed(matter);
        _roll(uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
        court.rule(matter);
        _assertEnd(
            Verdicts.STALLED, -int96(COST + BONUS + FEES_1), int96(COST + BONUS + 2 * FEES_1), 0, 0
        );
    }

    // An escrow that ended without the court

    function test_WhenThePartiesSettledMeanwhile_OnlyBondsAreLeft() public {
        _open(requester, _deliver(RIGHT_RESULT));
        Approval memory split = Approval({kind: 3, toProvider: 50e6, validUntil: uint40(block.timestamp)});
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Approve(bytes32 id,uint8 kind,uint96 toProvider,uint40 validUntil)"), _backing(), split
            )
        );
        bytes32 digest = _digest(address(escrow), structHash);
        escrow.settle(terms, split, _sign(REQUESTER_KEY, digest), _sign(PROVIDER_KEY, digest));
        court.showReceipt(matter, _signed(_receiptOf(_id(), WRONG_RESULT)));
        _ruleAfterEvidence();
        vm.assertEq(uint256(escrow.stateOf(escrowId).status), uint256(EscrowStatus.SPLIT), "the parties' word stays");
        _assertGains(-int96(50e6), int96(50e6 + FEES_1));
        vm.assertEq(_balance(address(court)), 0, "left behind");
    }

    function test_WhenTheCourtsTimeRanOut_OnlyBondsAreLeft() public {
        _open(requester, _deliver(RIGHT_RESULT));
        vm.warp(block.timestamp + 14 days + 1);
        escrow.refund(terms);
        _roll(_dispute().seedBlock + 1);
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        _assertGains(-int96(FEES_1), int96(FEES_1));
    }

    function _judge(bytes32 shown, bytes32 found) private {
        _drawOver(shown);
        _voteAll(found);
        _passAppeals();
        court.rule(matter);
    }

    function _voteAllWith(int32 exitCode) private {
        _voteAll(
            Vote({resultHash: RIGHT_RESULT, fuelUsed: FUEL, exitCode: exitCode, memoryProbe: PROBE}),
            0,
            Vote({resultHash: RIGHT_RESULT, fuelUsed: FUEL, exitCode: exitCode, memoryProbe: PROBE})
        );
    }

    function _ruleAfterEvidence() private {
        _passEvidence();
        court.rule(matter);
    }

    function _assertEnd(Verdict verdict, int96 ofRequester, int96 ofProvider, uint96 fees, uint96 burned) private view {
        _assertVerdict(verdict);
        vm.assertEq(uint256(escrow.stateOf(escrowId).status), uint256(EscrowStatus.RULED), "escrow");
        _assertGains(ofRequester, ofProvider);
        vm.assertEq(_balance(address(court)), fees, "what the jury earned, and no more");
        vm.assertEq(_balance(address(escrow)), 0, "left in the escrow");
        vm.assertEq(reputation.burned(address(token)), burned, "burned");
        (, uint96 committed,) = reputation.accountOf(address(token), provider);
        vm.assertEq(committed, 0, "stake still bound");
    }
}
