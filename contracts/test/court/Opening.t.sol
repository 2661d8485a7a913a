// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Dispute, DisputeStatus, IDisputeArbiter, SignedReceipt} from "../../src/interfaces/IDisputeArbiter.sol";
import {EscrowStatus, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IMarketDomain} from "../../src/interfaces/IMarketDomain.sol";
import {FactSet} from "../../src/libraries/Facts.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {Side, Sides} from "../../src/libraries/Sides.sol";
import {Verdict, Verdicts} from "../../src/libraries/Verdicts.sol";
import {CourtDefaults, InEscrow, OverChannel} from "./CourtKit.sol";

contract GivenAnAgreementOverAChannel is OverChannel {
    function test_WhenTheRequesterOpens_ItTakesBothBondsAndItsDeposit() public {
        _openOver(WRONG_RESULT);
        Dispute memory dispute = _dispute();
        vm.assertEq(uint256(dispute.status), uint256(DisputeStatus.OPEN), "status");
        vm.assertTrue(dispute.opener == Sides.REQUESTER && dispute.appellant == Sides.REQUESTER, "opener");
        vm.assertEq(dispute.requesterBond, FEES_1, "its bond");
        vm.assertEq(dispute.providerBond, FEES_1, "the bond from the provider's stake");
        vm.assertEq(dispute.deposit, PRICE - PAID, "deposit");
        vm.assertEq(dispute.paid, PAID, "paid");
        vm.assertTrue(_has(FactSet.JOINED) && _has(FactSet.ANSWERED) && _has(FactSet.PINNED), "facts");
        vm.assertFalse(_has(FactSet.LATE), "late");
        _assertGains(-int256(uint256(FEES_1 + PRICE - PAID)), 0);
        vm.assertEq(_balance(address(court)), 2 * FEES_1 + PRICE - PAID, "held");
        vm.assertEq(_allocated(_backing()), ALLOCATED - FEES_1, "allocated");
        vm.assertEq(_pins(_backing()), 1, "pinned");
    }

    function test_WhenOpened_ItFixesDeadlinesSeedAndJuryAtOnce() public {
        _openOver(WRONG_RESULT);
        Dispute memory dispute = _dispute();
        vm.assertEq(dispute.evidenceBy, block.timestamp + CourtDefaults.EVIDENCE_WINDOW, "evidence");
        // 3 hours in blocks of at least 12 seconds, and 5 more.
        vm.assertEq(dispute.seedBlock, height + 905, "seed");
        vm.assertEq(dispute.eligible, 20, "eligible");
        vm.assertEq(dispute.snapshot.total, 20 * uint256(PLEDGE), "snapshot");
        vm.assertEq(dispute.firstRound, 0, "round");
        vm.assertEq(dispute.cost, COST, "cost");
    }

    function test_WhenAPledgeGrowsLater_TheSnapshotStaysAsItWas() public {
        _openOver(WRONG_RESULT);
        uint96 before = _dispute().snapshot.total;
        _pledge(5, PLEDGE);
        vm.assertEq(_dispute().snapshot.total, before, "snapshot");
    }

    function test_WhenTheRequesterHasNoReceiptInTime_ItMustWaitUntilDeliverBy() public {
        vm.warp(matter.agreement.deliverBy);
        vm.expectRevert(IDisputeArbiter.ReceiptMissing.selector);
        _open(requester, _noReceipt(), _proof());
        vm.warp(matter.agreement.deliverBy + 1);
        _open(requester, _noReceipt(), _proof());
        vm.assertFalse(_has(FactSet.ANSWERED), "answered");
        vm.assertEq(_dispute().receiptHash, bytes32(0));
    }

    function test_WhenTheReviewIsOver_ItIsTooLate() public {
        uint256 until = uint256(matter.agreement.deliverBy) + matter.agreement.reviewSeconds;
        SignedReceipt memory shown = _signed(_receipt(WRONG_RESULT));
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.DisputeTooLate.selector, until, until + 1));
        _open(requester, shown, _proof());
        vm.warp(until);
        _open(requester, shown, _proof());
    }

    function test_WhenTheProviderOpens_ItsStakeGivesTheBondAndTheRequesterHasNotJoined() public {
        _open(provider, _signed(_receipt(RIGHT_RESULT)), _noProof());
        Dispute memory dispute = _dispute();
        vm.assertTrue(dispute.opener == Sides.PROVIDER, "opener");
        vm.assertEq(dispute.providerBond, FEES_1, "bond");
        vm.assertEq(dispute.requesterBond, 0, "other bond");
        vm.assertEq(dispute.deposit, 0, "deposit");
        vm.assertFalse(_has(FactSet.JOINED), "joined");
        _assertGains(0, 0);
    }

    function test_WhenTheProviderHasNoReceipt_ItCannotOpen() public {
        vm.expectRevert(IDisputeArbiter.ReceiptMissing.selector);
        _open(provider, _noReceipt(), _noProof());
    }

    function test_WhenTheProvidersStakeIsTooSmall_ItPaysTheRestItself() public {
        _allocateOnly(1e6);
        _open(provider, _signed(_receipt(RIGHT_RESULT)), _noProof());
        vm.assertEq(_dispute().providerBond, FEES_1, "bond");
        _assertGains(0, -int256(uint256(FEES_1 - 1e6)));
    }

    function test_WhenTheStakeDoesNotCoverTheOthersBond_TheProviderHasYetToJoin() public {
        _allocateOnly(1e6);
        _openOver(WRONG_RESULT);
        vm.assertEq(_dispute().providerBond, 1e6, "what there was");
        vm.assertFalse(_has(FactSet.JOINED), "joined");
    }

    function test_WhenNothingBacksTheProvider_ItOpensWithoutAPin() public {
        _useChannel(99);
        _openOver(WRONG_RESULT);
        vm.assertFalse(_has(FactSet.PINNED), "pinned");
        vm.assertEq(_dispute().providerBond, 0, "bond");
    }

    function test_WhenNothingWasPaid_TheDepositIsTheWholePrice() public {
        _open(requester, _signed(_receipt(WRONG_RESULT)), _noProof());
        vm.assertEq(_dispute().deposit, PRICE, "deposit");
        vm.assertEq(_dispute().paid, 0, "paid");
    }

    function test_WhenMoreThanThePriceIsSaidToBePaid_OnlyThePriceCounts() public {
        _open(
            requester, _signed(_receipt(WRONG_RESULT)), _signed(MarketTypes.Progress(_id(), 9, FUEL, PRICE + 1))
        );
        vm.assertEq(_dispute().paid, PRICE, "paid");
        vm.assertEq(_dispute().deposit, 0, "deposit");
    }

    function test_WhenTheProofIsOfAnotherAgreement_ItRefuses() public {
        bytes32 other = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherAgreement.selector, other, _id()));
        _open(
            requester, _signed(_receipt(WRONG_RESULT)), _signed(MarketTypes.Progress(other, 3, FUEL, PAID))
        );
    }

    function test_WhenAStrangerOpens_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotParty.selector, stranger));
        _open(stranger, _signed(_receipt(WRONG_RESULT)), _proof());
    }

    function test_WhenItIsOpenAlready_ItRefuses() public {
        _openOver(WRONG_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.OPEN));
        _openOver(WRONG_RESULT);
    }

    function test_WhenTheAgreementIsUnsigned_ItRefuses() public {
        SignedReceipt memory shown = _signed(_receipt(WRONG_RESULT));
        bytes memory byRequester = _sign(REQUESTER_KEY, _id());
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, provider));
        vm.prank(requester);
        court.open(matter, byRequester, "", shown, _noProof());
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, requester));
        vm.prank(requester);
        court.open(matter, "", byRequester, shown, _noProof());
    }

    function test_WhenItIsAnotherChannel_ItRefuses() public {
        matter.channel.salt += 1;
        bytes32 given = keccak256(abi.encode(matter.channel));
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherChannel.selector, given, _backing()));
        _openOver(WRONG_RESULT);
    }

    /// Else an agreement between an agent and its own twin could draw on stake that backs another.
    function test_WhenBothAgentsStandOnOneSideOfTheChannel_ItRefuses() public {
        matter.channel.partyA = stranger;
        (matter.channel.signerA, matter.channel.partyB, matter.channel.signerB) = (stranger, requester, provider);
        bytes32 channelId = keccak256(abi.encode(matter.channel));
        matter.agreement.channelId = channelId;
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherChannel.selector, channelId, channelId));
        _openOver(WRONG_RESULT);
    }

    function test_WhenAgentsStandInTheChannelByTheirKeys_ItIsTheirs() public {
        (matter.channel.partyA, matter.channel.partyB) = (stranger, owner);
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
        _openOver(WRONG_RESULT);
        vm.assertEq(uint256(_dispute().status), uint256(DisputeStatus.OPEN), "status");
    }

    function test_WhenTheSettlementIsUnknown_ItRefuses() public {
        matter.agreement.settlement = 2;
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SettlementUnknown.selector, uint8(2)));
        _openOver(WRONG_RESULT);
    }

    function test_WhenTheReceiptIsOfAnotherAgreement_ItRefuses() public {
        bytes32 other = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.OtherAgreement.selector, other, _id()));
        _open(requester, _signed(_receiptOf(other, WRONG_RESULT)), _proof());
    }

    function test_WhenTheReceiptsCostIsNotItsFuels_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt(WRONG_RESULT);
        receipt.cost += 1;
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.CostMismatch.selector, COST + 1, COST));
        _open(requester, _signed(receipt), _proof());
    }

    function test_WhenTheReceiptsFuelIsAboveTheLimit_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt(WRONG_RESULT);
        receipt.fuelUsed = matter.agreement.maxFuel + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeArbiter.FuelAboveLimit.selector, receipt.fuelUsed, matter.agreement.maxFuel
            )
        );
        _open(requester, _signed(receipt), _proof());
    }

    function test_WhenItFinishedLate_ThatIsNoted() public {
        MarketTypes.Receipt memory receipt = _receipt(RIGHT_RESULT);
        receipt.finishedAt += 1;
        _open(requester, _signed(receipt), _proof());
        vm.assertTrue(_has(FactSet.LATE), "late");
    }

    function test_WhenTheProgramFailed_ItIsNoSuccess() public {
        MarketTypes.Receipt memory receipt = _receipt(RIGHT_RESULT);
        receipt.exitCode = -1;
        _open(requester, _signed(receipt), _proof());
        vm.assertFalse(_has(FactSet.SUCCESS), "success");
    }

    function _allocateOnly(uint96 amount) private {
        _useChannel(98);
        bytes32 channelId = _backing();
        vm.prank(provider);
        reputation.allocate(address(token), channelId, amount);
    }

    function _useChannel(uint64 salt) private {
        matter.channel.salt = salt;
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
    }
}

contract GivenAnEscrow is InEscrow {
    function test_WhenADeliveryIsDisputed_TheEscrowStandsStillAndItsStakeGivesTheBond() public {
        _open(requester, _deliver(WRONG_RESULT));
        vm.assertEq(uint256(escrow.stateOf(escrowId).status), uint256(EscrowStatus.DISPUTED), "escrow");
        vm.assertEq(_allocated(_backing()), STAKE - FEES_1, "stake");
        vm.assertTrue(_has(FactSet.JOINED), "joined");
        vm.assertFalse(_has(FactSet.LATE), "late");
        vm.assertFalse(_has(FactSet.PINNED), "the escrow pins");
        vm.assertEq(_dispute().deposit, 0, "deposit");
        vm.assertEq(_balance(address(court)), 2 * FEES_1, "held");
    }

    function test_WhenTheProviderOpens_TheRequesterHasYetToJoin() public {
        _open(provider, _deliver(RIGHT_RESULT));
        vm.assertFalse(_has(FactSet.JOINED), "joined");
        vm.assertEq(_dispute().requesterBond, 0, "bond");
    }

    function test_WhenNothingWasDelivered_AReceiptComesTooLate() public {
        _pass(10 minutes);
        _open(requester, _noReceipt());
        vm.assertTrue(_has(FactSet.LATE), "late");
        vm.assertFalse(_has(FactSet.ANSWERED), "answered");
    }

    function test_WhenDeliveryIsNotDueYet_TheEscrowRefuses() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IEscrow.DeliveryNotOver.selector, matter.agreement.deliverBy, block.timestamp
            )
        );
        _open(requester, _noReceipt());
    }

    function test_WhenItWasRefundedForLackOfDelivery_ThePenaltyCanStillBeAsked() public {
        _pass(10 minutes);
        escrow.refund(terms);
        _open(requester, _noReceipt());
        vm.assertEq(uint256(escrow.stateOf(escrowId).status), uint256(EscrowStatus.DISPUTED), "escrow");
    }

    function test_WhenThereIsNoSuchEscrow_ItRefuses() public {
        matter.agreement.salt = keccak256("never funded");
        (, escrowId) = escrow.termsOf(matter.agreement);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.WrongStatus.selector, escrowId, EscrowStatus.NONE));
        _open(requester, _noReceipt());
    }

    function test_WhenAStrangerOpens_ItRefuses() public {
        SignedReceipt memory shown = _deliver(WRONG_RESULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.NotParty.selector, stranger));
        _open(stranger, shown);
    }
}

/// Value at stake is maxPrice + stake; a round decides over at most seats x SEAT_STAKE.
contract GivenAHearing is OverChannel {
    function test_WhenTheValueGrows_ALargerFirstJuryIsNeeded() public {
        _assertHearing(1, 0, FEES_1);
        _assertHearing(150e6, 0, FEES_1);
        _assertHearing(150e6 + 1, 1, FEES_2);
        _assertHearing(350e6, 1, FEES_2);
        _assertHearing(350e6 + 1, 2, FEES_3);
        _assertHearing(750e6, 2, FEES_3);
    }

    function test_WhenNoJuryCoversTheValue_ItIsRefused() public {
        _use(750e6 + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeArbiter.ValueAboveCap.selector, uint256(750e6 + 1), uint256(750e6))
        );
        court.requireHearing(matter);
    }

    function test_WhenTheValueIsTheLargestThereIs_ItDoesNotOverflow() public {
        (matter.agreement.maxPrice, matter.agreement.stake) = (type(uint96).max, type(uint96).max);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeArbiter.ValueAboveCap.selector, 2 * uint256(type(uint96).max), uint256(750e6)
            )
        );
        court.requireHearing(matter);
    }

    function test_WhenItStartsWithTheLargestJury_ThatOneIsDrawnAndPaid() public {
        _use(750e6);
        _openOver(RIGHT_RESULT);
        vm.assertEq(_dispute().requesterBond, FEES_3, "bond");
        _passEvidence();
        court.draw(matter);
        vm.assertEq(_jurors().length, CourtDefaults.THIRD, "jurors");
        _voteAll(RIGHT_RESULT);
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        vm.assertEq(_balance(address(court)), FEES_3, "fees of one round only");
    }

    function test_WhenTheTokenIsUnknown_ItIsRefused() public {
        matter.agreement.token = address(0xdead);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.TokenNotHeard.selector, address(0xdead)));
        court.requireHearing(matter);
    }

    function test_WhenAPartySitsInTheJury_ItIsNotCounted() public {
        _pledgeAs(provider);
        _pledgeAs(requester);
        (uint32 members,) = reputation.juryOf(address(token));
        vm.assertEq(members, 22, "members");
        _openOver(RIGHT_RESULT);
        vm.assertEq(_dispute().eligible, 20, "eligible");
    }

    function test_WhenTooFewWouldBeLeft_ItIsRefused() public {
        for (uint256 i = 2; i < pool.length; ++i) {
            vm.prank(pool[i]);
            reputation.leaveJury(address(token), PLEDGE);
        }
        _pledgeAs(provider);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.JuryTooSmall.selector, uint256(2), uint256(3)));
        court.requireHearing(matter);
        _pledge(1, PLEDGE);
        court.requireHearing(matter);
    }

    function _pledgeAs(address agent) private {
        if (agent != provider) _stake(agent, PLEDGE);
        vm.prank(agent);
        reputation.joinJury(address(token), PLEDGE);
    }

    function _use(uint96 value) private {
        // The proof of payment stays below the price.
        matter.agreement.stake = value > PRICE ? value - PRICE : 0;
        if (value < PRICE) matter.agreement.maxPrice = value;
    }

    function _assertHearing(uint96 value, uint8 round, uint96 bond) private {
        _use(value);
        (uint8 given, uint96 asked) = court.requireHearing(matter);
        vm.assertEq(given, round, "round");
        vm.assertEq(asked, bond, "bond");
        matter.agreement.maxPrice = PRICE;
    }
}
