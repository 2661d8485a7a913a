// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DisputeStatus, IDisputeArbiter, SignedProgress, SignedReceipt} from "../../src/interfaces/IDisputeArbiter.sol";
import {ChannelParams, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {IMarketDomain} from "../../src/interfaces/IMarketDomain.sol";
import {FactSet} from "../../src/libraries/Facts.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {CourtDefaults, InEscrow, OverChannel} from "./CourtKit.sol";

/// The provider opened, so the requester owes its bond and a deposit.
contract GivenAProvidersDispute is OverChannel {
    uint256 private _openedAt;

    function setUp() public override {
        super.setUp();
        _open(provider, _signed(_receipt(RIGHT_RESULT)), _noProof());
        _openedAt = block.timestamp;
    }

    function test_WhenTheRequesterJoins_ItGivesBondAndDeposit() public {
        _join(requester);
        _assertGains(-int256(uint256(FEES_1 + PRICE - PAID)), 0);
        vm.assertTrue(_has(FactSet.JOINED), "joined");
        vm.assertEq(_dispute().requesterBond, FEES_1, "bond");
        vm.assertEq(_dispute().deposit, PRICE - PAID, "deposit");
    }

    function test_WhenTheWindowEnds_ItIsStillInTimeAndThenNot() public {
        uint256 until = _openedAt + CourtDefaults.BOND_WINDOW;
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, until, until + 1));
        _join(requester);
        vm.warp(until);
        _join(requester);
    }

    function test_WhenTheOpenerJoins_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotOwed.selector, _id()));
        _join(provider);
    }

    function test_WhenAStrangerJoins_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotParty.selector, stranger));
        _join(stranger);
    }

    function test_WhenItJoinsTwice_ItRefuses() public {
        _join(requester);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotOwed.selector, _id()));
        _join(requester);
    }

    function test_WhenItsProofIsNotTheProviders_ItRefuses() public {
        SignedProgress memory forged = _proof();
        forged.progress.paid = PRICE;
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, provider));
        vm.prank(requester);
        court.join(matter, forged);
    }

    function _join(address party) private {
        vm.prank(party);
        court.join(matter, _proof());
    }
}

/// The requester opened; the provider's stake was too small for its bond.
contract GivenARequestersDisputeAgainstLittleStake is OverChannel {
    function setUp() public override {
        super.setUp();
        matter.channel.salt = 98;
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
        bytes32 channelId = _backing();
        vm.prank(provider);
        reputation.allocate(address(token), channelId, 1e6);
        _openOver(WRONG_RESULT);
    }

    function test_WhenTheProviderJoins_ItGivesTheRestOfItsBond() public {
        vm.prank(provider);
        court.join(matter, _noProof());
        vm.assertEq(_dispute().providerBond, FEES_1, "bond");
        vm.assertTrue(_has(FactSet.JOINED), "joined");
        vm.assertEq(_balance(provider), providerBefore - (FEES_1 - 1e6), "paid");
        vm.assertEq(_dispute().deposit, PRICE - PAID, "the deposit is the requester's");
    }
}

contract GivenADisputeWithoutAReceipt is OverChannel {
    uint256 private _openedAt;

    function setUp() public override {
        super.setUp();
        _open(requester, _noReceipt(), _proof());
        _openedAt = block.timestamp;
    }

    function test_WhenAnyoneShowsTheReceiptInTime_ItIsAnswered() public {
        vm.warp(_openedAt + CourtDefaults.ANSWER_WINDOW);
        SignedReceipt memory shown = _signed(_receipt(RIGHT_RESULT));
        vm.prank(stranger);
        court.showReceipt(matter, shown);
        vm.assertTrue(_has(FactSet.ANSWERED) && _has(FactSet.SUCCESS), "answered");
        vm.assertEq(_dispute().receiptHash, _receiptHash(shown.receipt));
        vm.assertEq(_dispute().cost, COST, "cost");
    }

    function test_WhenItComesLater_ItDoesNotCount() public {
        uint256 until = _openedAt + CourtDefaults.ANSWER_WINDOW;
        SignedReceipt memory shown = _signed(_receipt(RIGHT_RESULT));
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, until, until + 1));
        court.showReceipt(matter, shown);
    }

    function test_WhenAcceptanceOrPaymentIsShownFirst_ItRefuses() public {
        bytes memory signature = _acceptanceOf(bytes32(0));
        vm.expectRevert(IDisputeArbiter.ReceiptMissing.selector);
        court.showAcceptance(matter, RATING, signature);
        SignedPromise memory payment = _paymentFor(_backing(), 0, true, REQUESTER_KEY);
        vm.expectRevert(IDisputeArbiter.ReceiptMissing.selector);
        court.showPayment(matter, channels, payment);
    }
}

contract GivenAShownReceipt is OverChannel {
    bytes32 private _shown;

    function setUp() public override {
        super.setUp();
        _openOver(RIGHT_RESULT);
        _shown = _receiptHash(_receipt(RIGHT_RESULT));
    }

    // Another receipt

    function test_WhenAnotherIsShownUntilTheEndOfTheEvidence_TheProviderEquivocated() public {
        SignedReceipt memory other = _signed(_receipt(WRONG_RESULT));
        vm.warp(_dispute().evidenceBy);
        court.showReceipt(matter, other);
        vm.assertTrue(_has(FactSet.EQUIVOCATED), "equivocated");
        vm.assertEq(_dispute().receiptHash, _shown, "the first stays");
    }

    function test_WhenAnotherDiffersInOneFieldOnly_ThatCountsToo() public {
        MarketTypes.Receipt memory receipt = _receipt(RIGHT_RESULT);
        receipt.finishedAt -= 1;
        court.showReceipt(matter, _signed(receipt));
        vm.assertTrue(_has(FactSet.EQUIVOCATED), "equivocated");
    }

    function test_WhenTheSameIsShownAgain_ItIsNothingNew() public {
        SignedReceipt memory same = _signed(_receipt(RIGHT_RESULT));
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingNew.selector, _id()));
        court.showReceipt(matter, same);
    }

    function test_WhenAThirdIsShown_ItIsNothingNew() public {
        court.showReceipt(matter, _signed(_receipt(WRONG_RESULT)));
        SignedReceipt memory third = _signed(_receipt(keccak256("third")));
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingNew.selector, _id()));
        court.showReceipt(matter, third);
    }

    function test_WhenAReceiptOfAnotherAgreementIsShown_ItRefuses() public {
        SignedReceipt memory other = _signed(_receiptOf(bytes32("other"), WRONG_RESULT));
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherAgreement.selector, bytes32("other"), _id()));
        court.showReceipt(matter, other);
    }

    function test_WhenTheEvidenceIsOver_NothingCanBeShown() public {
        uint256 until = _dispute().evidenceBy;
        SignedReceipt memory other = _signed(_receipt(WRONG_RESULT));
        bytes memory accepted = _acceptanceOf(_shown);
        bytes memory refunded = _acceptanceOf(_refundHash(_id(), _backing(), 1));
        SignedPromise memory payment = _paymentFor(_backing(), _shown, true, REQUESTER_KEY);
        vm.warp(until + 1);
        bytes memory over = abi.encodeWithSelector(IDisputeArbiter.WindowOver.selector, until, until + 1);
        _refuseAll(over, other, accepted, refunded, payment);
    }

    /// What is shown must not depend on who will judge it, even where blocks come faster than they should.
    function test_WhenTheSeedsBlockIsReached_NothingCanBeShown() public {
        SignedReceipt memory other = _signed(_receipt(WRONG_RESULT));
        bytes memory accepted = _acceptanceOf(_shown);
        bytes memory refunded = _acceptanceOf(_refundHash(_id(), _backing(), 1));
        SignedPromise memory payment = _paymentFor(_backing(), _shown, true, REQUESTER_KEY);
        uint48 seedBlock = _dispute().seedBlock;
        _roll(seedBlock);
        bytes memory reached =
            abi.encodeWithSelector(IDisputeArbiter.SeedBlockReached.selector, seedBlock, uint256(seedBlock));
        _refuseAll(reached, other, accepted, refunded, payment);
        _roll(seedBlock - 1);
        court.showReceipt(matter, other);
    }

    // Acceptance

    function test_WhenItsAcceptanceIsShown_TheReceiptStands() public {
        bytes memory signature = _acceptanceOf(_shown);
        vm.warp(_dispute().evidenceBy);
        vm.prank(stranger);
        court.showAcceptance(matter, RATING, signature);
        vm.assertTrue(_has(FactSet.ACCEPTED), "accepted");
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingNew.selector, _id()));
        court.showAcceptance(matter, RATING, signature);
    }

    function test_WhenAnotherReceiptWasAccepted_ItRefuses() public {
        bytes memory signature = _acceptanceOf(_receiptHash(_receipt(WRONG_RESULT)));
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester));
        court.showAcceptance(matter, RATING, signature);
    }

    function test_WhenTheRatingIsAnother_ItRefuses() public {
        bytes memory signature = _acceptanceOf(_shown);
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester));
        court.showAcceptance(matter, RATING + 1, signature);
    }

    // Payment

    function test_WhenAPromiseWithTheReceiptAsItsMemoIsShown_ItIsAcceptedAndPaid() public {
        court.showPayment(matter, channels, _paymentFor(_backing(), _shown, true, REQUESTER_KEY));
        vm.assertTrue(_has(FactSet.ACCEPTED), "accepted");
        vm.assertEq(_dispute().paid, COST, "paid");
    }

    function test_WhenMoreWasProvenBefore_ThatStays() public {
        matter.agreement.salt = keccak256("paid in full");
        _open(requester, _signed(_receipt(RIGHT_RESULT)), _signed(MarketTypes.Progress(_id(), 9, FUEL, COST + 5)));
        bytes32 shown = _receiptHash(_receipt(RIGHT_RESULT));
        court.showPayment(matter, channels, _paymentFor(_backing(), shown, true, REQUESTER_KEY));
        vm.assertEq(_dispute().paid, COST + 5, "paid");
    }

    function test_WhenTheMemoIsAnother_ItRefuses() public {
        SignedPromise memory payment = _paymentFor(_backing(), bytes32("other"), true, REQUESTER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherAgreement.selector, bytes32("other"), _shown));
        court.showPayment(matter, channels, payment);
    }

    function test_WhenThePromiseIsTheProviders_ItRefuses() public {
        SignedPromise memory payment = _paymentFor(_backing(), _shown, true, PROVIDER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester));
        court.showPayment(matter, channels, payment);
    }

    function test_WhenThePromiseIsOfTheOtherDirectionChannelOrContract_ItRefuses() public {
        bytes memory refusal = abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester);
        SignedPromise memory payment = _paymentFor(_backing(), _shown, false, REQUESTER_KEY);
        vm.expectRevert(refusal);
        court.showPayment(matter, channels, payment);
        payment = _paymentFor(bytes32("other channel"), _shown, true, REQUESTER_KEY);
        vm.expectRevert(refusal);
        court.showPayment(matter, channels, payment);
        payment = _paymentFor(_backing(), _shown, true, REQUESTER_KEY);
        vm.expectRevert(refusal);
        court.showPayment(matter, address(court), payment);
    }

    function test_WhenTheReceiptWasAcceptedBefore_ItIsNothingNew() public {
        court.showAcceptance(matter, RATING, _acceptanceOf(_shown));
        SignedPromise memory payment = _paymentFor(_backing(), _shown, true, REQUESTER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingNew.selector, _id()));
        court.showPayment(matter, channels, payment);
    }

    // Refund

    function test_WhenAnAcceptedRefundIsShown_ItCounts() public {
        court.showRefund(matter, 10e6, RATING, _acceptanceOf(_refundHash(_id(), _backing(), 10e6)));
        vm.assertEq(_dispute().refunded, 10e6, "refunded");
    }

    function test_WhenItIsNotMoreThanBefore_ItIsNothingNew() public {
        bytes memory signature = _acceptanceOf(_refundHash(_id(), _backing(), 10e6));
        court.showRefund(matter, 10e6, RATING, signature);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NothingNew.selector, _id()));
        court.showRefund(matter, 10e6, RATING, signature);
        court.showRefund(matter, 11e6, RATING, _acceptanceOf(_refundHash(_id(), _backing(), 11e6)));
        vm.assertEq(_dispute().refunded, 11e6, "refunded");
    }

    function test_WhenNobodyAcceptedTheRefund_ItRefuses() public {
        bytes memory signature = _acceptanceOf(_refundHash(_id(), _backing(), 10e6));
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester));
        court.showRefund(matter, 10e6 + 1, RATING, signature);
    }

    function _refuseAll(
        bytes memory reason,
        SignedReceipt memory other,
        bytes memory accepted,
        bytes memory refunded,
        SignedPromise memory payment
    ) private {
        vm.expectRevert(reason);
        court.showReceipt(matter, other);
        vm.expectRevert(reason);
        court.showAcceptance(matter, RATING, accepted);
        vm.expectRevert(reason);
        court.showPayment(matter, channels, payment);
        vm.expectRevert(reason);
        court.showRefund(matter, 1, RATING, refunded);
    }
}

/// The requester pays from the B side, with a key of its own.
contract GivenARequesterOnTheOtherSide is OverChannel {
    uint256 private constant CHANNEL_KEY = 0xC0DE;

    function test_WhenItPaidByItsChannelsKey_ThatIsShown() public {
        address signer = vm.addr(CHANNEL_KEY);
        matter.channel = ChannelParams(provider, requester, provider, signer, address(token), 1 hours, 1, 7);
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
        _openOver(RIGHT_RESULT);
        bytes32 shown = _receiptHash(_receipt(RIGHT_RESULT));
        SignedPromise memory payment = _paymentFor(_backing(), shown, false, REQUESTER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, signer));
        court.showPayment(matter, channels, payment);
        court.showPayment(matter, channels, _paymentFor(_backing(), shown, false, CHANNEL_KEY));
        vm.assertTrue(_has(FactSet.ACCEPTED), "accepted");
    }
}

contract GivenADisputeOverAnEscrow is InEscrow {
    function test_WhenAPromiseIsShown_ThereIsNoChannelItCouldBeFor() public {
        _open(requester, _deliver(RIGHT_RESULT));
        SignedPromise memory payment = _paymentFor(0, _dispute().receiptHash, true, REQUESTER_KEY);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SettlementUnknown.selector, uint8(1)));
        court.showPayment(matter, channels, payment);
    }

    function test_WhenTheRequesterJoins_ItGivesTheBondOnly() public {
        _open(provider, _deliver(RIGHT_RESULT));
        uint256 before = _balance(requester);
        vm.prank(requester);
        court.join(matter, _noProof());
        vm.assertEq(before - _balance(requester), FEES_1, "bond");
        vm.assertEq(_dispute().deposit, 0, "deposit");
    }

    function test_WhenNothingIsOpen_NothingCanBeShown() public {
        SignedReceipt memory shown = _signed(_receiptOf(_id(), RIGHT_RESULT));
        bytes memory reason =
            abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.NONE);
        vm.expectRevert(reason);
        court.showReceipt(matter, shown);
        vm.expectRevert(reason);
        court.showAcceptance(matter, RATING, "");
        vm.expectRevert(reason);
        court.showRefund(matter, 1, RATING, "");
        vm.expectRevert(reason);
        vm.prank(requester);
        court.join(matter, _noProof());
    }
}
