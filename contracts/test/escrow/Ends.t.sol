// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowState, EscrowStatus, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {Funded} from "../kit/EscrowKit.sol";

contract GivenNoDelivery is Funded {
    function test_WhenItIsNotDueYet_NobodyRefunds() public {
        vm.warp(terms.deliverBy);
        address[4] memory all = [requester, provider, stranger, arbiter];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.DeliveryNotOver.selector, terms.deliverBy, terms.deliverBy));
            vm.prank(all[i]);
            escrow.refund(terms);
        }
    }

    function test_WhenTheRequesterRefunds_AllIsOver() public {
        _passDelivery();
        vm.expectEmit(address(escrow));
        emit IEscrow.Paid(id, EscrowStatus.REFUNDED, 0, PRICE + BONUS);
        vm.prank(requester);
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
        vm.assertEq(_state().until, 0);
    }

    function test_WhenAnybodyElseRefunds_MoneyReturnsAndStakeStays() public {
        _passDelivery();
        vm.prank(provider);
        escrow.refund(terms);
        _assertStatus(EscrowStatus.REFUNDED);
        vm.assertEq(token.balanceOf(requester), requesterBefore);
        vm.assertEq(_committed(provider), STAKE);
        vm.assertEq(_state().until, terms.deliverBy + terms.reviewSeconds);
    }

    function test_WhenNobodyDisputesIt_AnyoneUnlocksTheStake() public {
        _passDelivery();
        escrow.refund(terms);
        uint40 until = _state().until;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.StakeInDoubt.selector, until, until));
        escrow.unlockStake(terms);
        vm.warp(until + 1);
        vm.expectEmit(address(escrow));
        emit IEscrow.StakeUnlocked(id);
        vm.prank(stranger);
        escrow.unlockStake(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
        _expectWrongStatus(EscrowStatus.REFUNDED);
        escrow.unlockStake(terms);
    }

    function test_WhenNobodyCouldDisputeItAnyMore_ARefundEndsAll() public {
        _passDisputes();
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
        _expectWrongStatus(EscrowStatus.REFUNDED);
        escrow.unlockStake(terms);
    }

    function test_WhenRefundedTwice_ItRefuses() public {
        _passDelivery();
        escrow.refund(terms);
        _expectWrongStatus(EscrowStatus.REFUNDED);
        vm.prank(requester);
        escrow.refund(terms);
    }

    function test_WhenRefunded_NothingElsePays() public {
        _passDelivery();
        escrow.refund(terms);
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        _expectWrongStatus(EscrowStatus.REFUNDED);
        escrow.releaseAccepted(terms, receipt, byProvider, RATING, byRequester);
        Approval memory approval = Approval(1, PRICE, uint40(block.timestamp));
        byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        _expectWrongStatus(EscrowStatus.REFUNDED);
        escrow.settle(terms, approval, byRequester, byProvider);
    }

    function test_WhenTheRequesterDisputesAfterARefund_OnlyTheStakeIsAtStake() public {
        _passDelivery();
        escrow.refund(terms);
        _dispute(requester);
        _assertStatus(EscrowStatus.DISPUTED);
        (uint96 held,, uint16 pins) = reputation.allocationOf(address(token), provider, _backing());
        vm.assertEq(held, STAKE);
        vm.assertEq(pins, 1);
        vm.prank(arbiter);
        reputation.seize(address(token), provider, _backing(), 5e6);
        vm.assertTrue(_rule(PRICE, true));
        _assertEnded(EscrowStatus.RULED, 0);
        vm.assertEq(_total(provider), DEPOSITED - 5e6);
    }

    function test_WhenARefundedEscrowIsDisputed_NothingPaysItAgain() public {
        _passDelivery();
        escrow.refund(terms);
        _dispute(requester);
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        _expectWrongStatus(EscrowStatus.DISPUTED);
        escrow.releaseAccepted(terms, receipt, byProvider, RATING, byRequester);
        Approval memory approval = Approval(1, PRICE, uint40(block.timestamp));
        byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        _expectWrongStatus(EscrowStatus.DISPUTED);
        escrow.settle(terms, approval, byRequester, byProvider);
    }

    function test_WhenARefundedEscrowIsDisputedAndTheCourtStalls_TheStakeIsFree() public {
        _passDelivery();
        escrow.refund(terms);
        _dispute(requester);
        vm.warp(_state().until + 1);
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
    }

    function _backing() private view returns (bytes32) {
        return keccak256(abi.encode(terms));
    }
}

contract GivenBothApprove is Funded {
    function test_WhenTheyRelease_TheProviderAlsoGetsTheBonus() public {
        _settle(_approval(1, 70e6));
        _assertEnded(EscrowStatus.RELEASED, 70e6 + BONUS);
    }

    function test_WhenTheyRefund_TheRequesterGetsAll() public {
        _settle(_approval(2, 0));
        _assertEnded(EscrowStatus.REFUNDED, 0);
    }

    function test_WhenTheySplit_TheRestAndTheBonusReturn() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.Paid(id, EscrowStatus.SPLIT, 30e6, PRICE - 30e6 + BONUS);
        _settle(_approval(3, 30e6));
        _assertEnded(EscrowStatus.SPLIT, 30e6);
    }

    function test_WhenDeliveredOrDisputed_TheyStillSettle() public {
        _deliver();
        uint256 start = vm.snapshotState();
        _settle(_approval(3, 1));
        _assertEnded(EscrowStatus.SPLIT, 1);
        vm.revertToState(start);
        _dispute(provider);
        _settle(_approval(3, 2));
        _assertEnded(EscrowStatus.SPLIT, 2);
        vm.assertFalse(_rule(PRICE, true), "ruled");
        _assertEnded(EscrowStatus.SPLIT, 2);
    }

    function test_WhenOneOfThemCalls_TheOtherSignatureIsEnough() public {
        Approval memory approval = _approval(3, 30e6);
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        bytes memory byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        uint256 start = vm.snapshotState();
        vm.prank(requester);
        escrow.settle(terms, approval, "", byProvider);
        _assertEnded(EscrowStatus.SPLIT, 30e6);
        vm.revertToState(start);
        vm.prank(provider);
        escrow.settle(terms, approval, byRequester, "");
        _assertEnded(EscrowStatus.SPLIT, 30e6);
    }

    function test_WhenOneSignatureIsMissing_ItRefuses() public {
        Approval memory approval = _approval(3, 30e6);
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, provider));
        escrow.settle(terms, approval, byRequester, byRequester);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, provider));
        vm.prank(requester);
        escrow.settle(terms, approval, "", "");
    }

    function test_WhenItIsInItsLastSecond_ItCounts() public {
        Approval memory approval = _approval(3, 30e6);
        vm.warp(approval.validUntil);
        _settle(approval);
        _assertEnded(EscrowStatus.SPLIT, 30e6);
    }

    function test_WhenItHasExpired_ItRefuses() public {
        Approval memory approval = _approval(3, 30e6);
        vm.warp(approval.validUntil + 1);
        _refuses(
            approval,
            abi.encodeWithSelector(IEscrow.ApprovalExpired.selector, approval.validUntil, approval.validUntil + 1)
        );
    }

    function test_WhenItIsOfNoKind_ItRefuses() public {
        Approval[5] memory wrong =
            [_approval(0, 0), _approval(4, 0), _approval(2, 1), _approval(1, PRICE + 1), _approval(3, PRICE + 1)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory problem =
                abi.encodeWithSelector(IEscrow.ApprovalUnknown.selector, wrong[i].kind, wrong[i].toProvider, PRICE);
            _refuses(wrong[i], problem);
        }
    }

    function test_WhenItIsUsedTwice_ItRefuses() public {
        Approval memory approval = _approval(3, 30e6);
        _settle(approval);
        _refuses(approval, abi.encodeWithSelector(IEscrow.WrongStatus.selector, id, EscrowStatus.SPLIT));
    }

    function test_WhenItIsOfAnotherEscrow_ItRefuses() public {
        Approval memory approval = _approval(3, 30e6);
        bytes32 digest = _approvalHash(approval);
        bytes memory byRequester = _sign(REQUESTER_KEY, digest);
        bytes memory byProvider = _sign(PROVIDER_KEY, digest);
        _use(_agreementOver(address(token), 2));
        _fund();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, requester));
        escrow.settle(terms, approval, byRequester, byProvider);
    }

    function testFuzz_WhateverTheySplit_SumsHold(uint96 toProvider) public {
        toProvider = uint96(bound(toProvider, 0, PRICE));
        _settle(_approval(3, toProvider));
        _assertEnded(EscrowStatus.SPLIT, toProvider);
    }

    function _approval(uint8 kind, uint96 toProvider) private view returns (Approval memory) {
        return Approval({kind: kind, toProvider: toProvider, validUntil: uint40(block.timestamp) + 600});
    }

    function _refuses(Approval memory approval, bytes memory problem) private {
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        bytes memory byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        vm.expectRevert(problem);
        escrow.settle(terms, approval, byRequester, byProvider);
    }
}

contract GivenADispute is Funded {
    function setUp() public override {
        super.setUp();
        _deliver();
        _dispute(requester);
    }

    function test_ItWaitsForTheCourtAndPinsTheStake() public view {
        EscrowState memory state = _state();
        vm.assertEq(state.until, block.timestamp + LONGEST_DISPUTE);
        vm.assertEq(state.cost, COST);
        _assertStatus(EscrowStatus.DISPUTED);
        (uint96 held, uint40 releaseAt, uint16 pins) =
            reputation.allocationOf(address(token), provider, keccak256(abi.encode(terms)));
        vm.assertEq(held, STAKE);
        vm.assertEq(releaseAt, 0);
        vm.assertEq(pins, 1);
        vm.assertEq(_committed(provider), STAKE);
    }

    function test_WhenTheProviderIsRight_ItGetsCostAndBonus() public {
        vm.assertTrue(_rule(COST, true));
        _assertEnded(EscrowStatus.RULED, COST + BONUS);
    }

    function test_WhenTheProviderIsWrong_TheRequesterGetsAll() public {
        vm.assertTrue(_rule(0, false));
        _assertEnded(EscrowStatus.RULED, 0);
    }

    function testFuzz_WhateverIsRuled_ItIsClampedToThePrice(uint96 toProvider, bool isSuccess) public {
        vm.assertTrue(_rule(toProvider, isSuccess));
        uint256 paid = toProvider < PRICE ? toProvider : PRICE;
        _assertEnded(EscrowStatus.RULED, isSuccess ? paid + BONUS : paid);
    }

    function test_WhenRuledTwice_TheSecondChangesNothing() public {
        vm.assertTrue(_rule(COST, true));
        vm.assertFalse(_rule(0, false), "ruled twice");
        _assertEnded(EscrowStatus.RULED, COST + BONUS);
    }

    function test_WhenStakeWasSeizedAndSlashed_TheRestIsFree() public {
        vm.startPrank(arbiter);
        reputation.seize(address(token), provider, keccak256(abi.encode(terms)), 3e6);
        vm.stopPrank();
        _rule(0, false);
        vm.assertEq(_committed(provider), 0);
        vm.assertEq(_total(provider), DEPOSITED - 3e6);
        vm.assertEq(token.balanceOf(arbiter), 3e6);
    }

    function test_WhenTheAcceptanceTurnsUp_ItBarsTheDispute() public {
        _releaseAccepted(_receipt());
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
        vm.assertFalse(_rule(0, false), "ruled");
    }

    function test_WhenTheCourtIsInTime_NobodyRefunds() public {
        uint40 until = _state().until;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.CourtNotOver.selector, until, until));
        vm.prank(requester);
        escrow.refund(terms);
    }

    function test_WhenTheCourtStalls_AnyoneRefunds() public {
        vm.warp(_state().until + 1);
        vm.prank(stranger);
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
        vm.assertFalse(_rule(COST, true), "ruled late");
    }

    function test_WhenReleased_ItRefuses() public {
        vm.warp(block.timestamp + 30 days);
        _expectWrongStatus(EscrowStatus.DISPUTED);
        vm.prank(requester);
        escrow.release(terms);
    }

    function test_WhenDisputedAgain_ItRefuses() public {
        _expectWrongStatus(EscrowStatus.DISPUTED);
        _dispute(provider);
    }
}

contract GivenSomebodyWantsToDispute is Funded {
    function test_WhenItIsNotTheArbiterWhoCalls_ItRefuses() public {
        _deliver();
        address[3] memory others = [requester, provider, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.ArbiterOnly.selector, others[i]));
            vm.prank(others[i]);
            escrow.dispute(terms, requester);
            vm.expectRevert(abi.encodeWithSelector(IEscrow.ArbiterOnly.selector, others[i]));
            vm.prank(others[i]);
            escrow.rule(terms, 0, false);
        }
    }

    function test_WhenDelivered_EitherPartyMayUntilTheReviewEnds() public {
        _deliver();
        vm.warp(_state().until);
        uint256 start = vm.snapshotState();
        vm.expectEmit(address(escrow));
        emit IEscrow.Disputed(id, requester, uint40(block.timestamp) + LONGEST_DISPUTE);
        _dispute(requester);
        vm.revertToState(start);
        _dispute(provider);
        _assertStatus(EscrowStatus.DISPUTED);
    }

    function test_WhenTheReviewIsOver_NobodyMay() public {
        _deliver();
        uint40 until = _state().until;
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DisputeTooLate.selector, until, until + 1));
        _dispute(requester);
    }

    function test_WhenAStrangerAsks_ItRefuses() public {
        _deliver();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotParty.selector, stranger));
        _dispute(stranger);
    }

    function test_WhenNothingIsDueYet_ItRefuses() public {
        vm.warp(terms.deliverBy);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DeliveryNotOver.selector, terms.deliverBy, terms.deliverBy));
        _dispute(requester);
    }

    function test_WhenDeliveryIsMissing_TheRequesterMayForTheTimeOfAReview() public {
        uint256 until = terms.deliverBy + terms.reviewSeconds;
        vm.warp(until);
        uint256 start = vm.snapshotState();
        _dispute(requester);
        _assertStatus(EscrowStatus.DISPUTED);
        vm.revertToState(start);
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DisputeTooLate.selector, until, until + 1));
        _dispute(requester);
    }

    function test_WhenDeliveryIsMissing_TheProviderMayNot() public {
        _passDelivery();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotParty.selector, provider));
        _dispute(provider);
    }

    function test_WhenTheRequesterTookItsRefund_ItMayNot() public {
        _passDelivery();
        vm.prank(requester);
        escrow.refund(terms);
        _expectWrongStatus(EscrowStatus.REFUNDED);
        _dispute(requester);
    }

    function test_WhenAccepted_NobodyMay() public {
        _releaseAccepted(_receipt());
        _expectWrongStatus(EscrowStatus.RELEASED);
        _dispute(requester);
    }

    function test_WhenNoStakeIsLocked_ItRulesOverTheMoneyAlone() public {
        MarketTypes.Agreement memory made = _agreementOver(address(token), 5);
        made.stake = 0;
        _use(made);
        _fund();
        _deliver();
        _dispute(requester);
        uint256 before = token.balanceOf(provider);
        _rule(10e6, true);
        vm.assertEq(token.balanceOf(provider) - before, 10e6);
        _assertStatus(EscrowStatus.RULED);
    }
}
