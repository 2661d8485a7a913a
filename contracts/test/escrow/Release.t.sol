// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowState, EscrowStatus, EscrowTerms, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {EscrowKit, Funded} from "../kit/EscrowKit.sol";

contract GivenAFundedEscrow is Funded {
    function test_WhenTheReceiptIsDelivered_TheReviewStarts() public {
        MarketTypes.Receipt memory receipt = _receipt();
        uint40 until = uint40(block.timestamp) + agreement.reviewSeconds;
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        vm.expectEmit(address(escrow));
        emit IEscrow.Delivered(id, _receiptHash(receipt), receipt.resultHash, COST, until);
        vm.prank(stranger);
        escrow.deliver(terms, receipt, byProvider);
        EscrowState memory state = _state();
        vm.assertEq(state.cost, COST);
        vm.assertEq(state.until, until);
        vm.assertTrue(state.isSuccess && !state.isPaid);
        _assertStatus(EscrowStatus.DELIVERED);
    }

    function test_WhenDeliveredInTheLastSecond_ItCounts() public {
        vm.warp(terms.deliverBy);
        _deliver();
        _assertStatus(EscrowStatus.DELIVERED);
    }

    function test_WhenDeliveredLate_ItRefuses() public {
        _passDelivery();
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.DeliveryOver.selector, terms.deliverBy, terms.deliverBy + 1));
        escrow.deliver(terms, receipt, byProvider);
    }

    function test_WhenTheReceiptIsOfAnotherAgreement_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt();
        receipt.agreementHash = "another";
        _refusesDelivery(
            receipt, abi.encodeWithSelector(IEscrow.OtherAgreement.selector, bytes32("another"), terms.agreementHash)
        );
    }

    function test_WhenMoreFuelWasUsedThanAllowed_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt();
        receipt.fuelUsed = terms.maxFuel + 1;
        _refusesDelivery(
            receipt, abi.encodeWithSelector(IEscrow.FuelAboveLimit.selector, terms.maxFuel + 1, terms.maxFuel)
        );
    }

    function test_WhenTheCostDoesNotFollowTheFuel_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt();
        receipt.cost = COST + 1;
        _refusesDelivery(receipt, abi.encodeWithSelector(IEscrow.CostMismatch.selector, COST + 1, COST));
        receipt.cost = COST - 1;
        _refusesDelivery(receipt, abi.encodeWithSelector(IEscrow.CostMismatch.selector, COST - 1, COST));
    }

    function test_WhenOneUnitOfFuelBegan_ItIsRoundedUp() public {
        MarketTypes.Receipt memory receipt = _receipt();
        receipt.fuelUsed = 1;
        receipt.cost = 10e6 + 2;
        _deliver(receipt);
        vm.assertEq(_state().cost, 10e6 + 2);
    }

    function test_WhenTermsDifferInAnyWord_NothingIsKnownOfIt() public {
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory words = abi.encode(terms);
        for (uint256 i = 0; i < words.length / 32; ++i) {
            bytes memory changed = bytes.concat(words);
            changed[32 * i + 31] ^= 0x01;
            EscrowTerms memory other = abi.decode(changed, (EscrowTerms));
            vm.expectRevert(
                abi.encodeWithSelector(IEscrow.WrongStatus.selector, keccak256(abi.encode(other)), EscrowStatus.NONE)
            );
            escrow.deliver(other, receipt, byProvider);
        }
    }

    function test_WhenTheRequesterAccepts_TheCostIsPaidAtOnce() public {
        vm.prank(stranger);
        _releaseAccepted(_receipt());
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_WhenThePartiesCallThemselves_TheOtherSignatureIsEnough() public {
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        uint256 start = vm.snapshotState();
        vm.prank(requester);
        escrow.releaseAccepted(terms, receipt, byProvider, RATING, "");
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
        vm.revertToState(start);
        vm.prank(provider);
        escrow.releaseAccepted(terms, receipt, "", RATING, byRequester);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_WhenAcceptedAfterDeliverBy_ItIsPaid() public {
        _passDisputes();
        _releaseAccepted(_receipt());
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_WhenAReceiptThatTheProviderDidNotSignIsAccepted_ItRefuses() public {
        MarketTypes.Receipt memory cheap = _receipt();
        (cheap.fuelUsed, cheap.cost) = (0, 10e6);
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(cheap));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, provider));
        vm.prank(requester);
        escrow.releaseAccepted(terms, cheap, "", RATING, byRequester);
    }

    function test_WhenNothingWasDelivered_ItIsNotReleased() public {
        _expectWrongStatus(EscrowStatus.FUNDED);
        vm.prank(requester);
        escrow.release(terms);
    }

    function testFuzz_WhateverFuelIsUsed_CostFollowsItAndNeverPassesThePrice(
        uint64 fuel,
        uint96 base,
        uint96 perMfuel,
        uint96 price
    ) public view {
        EscrowTerms memory any = terms;
        (any.basePrice, any.pricePerMfuel, any.maxPrice) = (base, perMfuel, price);
        uint256 exact = base + (uint256(fuel) * perMfuel + 999_999) / 1_000_000;
        vm.assertEq(escrow.costOf(any, fuel), exact < price ? exact : price);
    }

    function testFuzz_TheBonusIsATwentiethOfTheStake(uint96 stake) public view {
        vm.assertEq(escrow.bonusOf(stake), uint256(stake) / 20);
    }

    function _refusesDelivery(MarketTypes.Receipt memory receipt, bytes memory problem) private {
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        vm.expectRevert(problem);
        escrow.deliver(terms, receipt, byProvider);
    }
}

contract GivenADeliveredEscrow is Funded {
    function setUp() public override {
        super.setUp();
        _deliver();
    }

    function test_WhenTheRequesterReleases_TheCostIsPaid() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.Paid(id, EscrowStatus.RELEASED, COST + BONUS, PRICE - COST);
        vm.prank(requester);
        escrow.release(terms);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_WhenTheReviewIsOver_AnyoneReleases() public {
        _passReview();
        vm.prank(stranger);
        escrow.release(terms);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_WhenTheReviewLasts_NobodyElseReleases() public {
        uint40 until = _state().until;
        vm.warp(until);
        address[3] memory others = [provider, stranger, arbiter];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.ReviewNotOver.selector, until, until));
            vm.prank(others[i]);
            escrow.release(terms);
        }
    }

    function test_WhenReleasedTwice_ItRefuses() public {
        _passReview();
        escrow.release(terms);
        _expectWrongStatus(EscrowStatus.RELEASED);
        escrow.release(terms);
    }

    function test_WhenDeliveredAgain_ItRefuses() public {
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        _expectWrongStatus(EscrowStatus.DELIVERED);
        escrow.deliver(terms, receipt, byProvider);
    }

    function test_WhenRefunded_ItRefuses() public {
        _passDisputes();
        _expectWrongStatus(EscrowStatus.DELIVERED);
        vm.prank(requester);
        escrow.refund(terms);
    }

    function test_WhenAnotherReceiptIsAccepted_ThatOneIsPaid() public {
        MarketTypes.Receipt memory cheaper = _receipt();
        (cheaper.fuelUsed, cheaper.cost) = (5e6, 20e6);
        _releaseAccepted(cheaper);
        _assertEnded(EscrowStatus.RELEASED, 20e6 + BONUS);
    }
}

contract GivenAReceiptOfAProgramThatFailed is Funded {
    function test_WhenReleased_TheCostIsPaidWithoutTheBonus() public {
        MarketTypes.Receipt memory receipt = _receipt();
        (receipt.outcome, receipt.exitCode) = (0, 1);
        _deliver(receipt);
        _passReview();
        escrow.release(terms);
        _assertEnded(EscrowStatus.RELEASED, COST);
    }

    function test_WhenAccepted_TheCostIsPaidWithoutTheBonus() public {
        MarketTypes.Receipt memory receipt = _receipt();
        (receipt.outcome, receipt.exitCode) = (2, 0);
        _releaseAccepted(receipt);
        _assertEnded(EscrowStatus.RELEASED, COST);
    }
}

contract Invariant12_GivenManyDeliveredEscrows is EscrowKit {
    uint256 private constant COUNT = 4;
    EscrowTerms[] private _items;

    function setUp() public override {
        super.setUp();
        _stake(provider, STAKE * uint96(COUNT));
        for (uint256 salt = 1; salt <= COUNT; ++salt) {
            _use(_agreementOver(address(token), salt));
            _fund();
            _deliver();
            _items.push(terms);
        }
    }

    function test_WhenReleasedTogether_EachIsPaid() public {
        _passReview();
        bool[] memory done = escrow.releaseBatch(_items);
        for (uint256 i = 0; i < COUNT; ++i) {
            vm.assertTrue(done[i]);
        }
        vm.assertEq(token.balanceOf(address(escrow)), 0);
        vm.assertEq(_committed(provider), 0);
    }

    function test_WhenOneIsBad_ItChangesOnlyItself() public {
        _passReview();
        _disputeItem(1);
        escrow.release(_items[2]);
        EscrowTerms[] memory items = new EscrowTerms[](COUNT + 1);
        for (uint256 i = 0; i < COUNT; ++i) {
            items[i] = _items[i];
        }
        items[COUNT] = _items[0];
        bool[] memory done = escrow.releaseBatch(items);
        vm.assertTrue(done[0] && done[3]);
        vm.assertTrue(!done[1] && !done[2] && !done[COUNT]);
        vm.assertEq(uint256(escrow.stateOf(escrow.idOf(_items[1])).status), uint256(EscrowStatus.DISPUTED));
        vm.assertEq(token.balanceOf(address(escrow)), PRICE + BONUS);
    }

    function test_WhenTheRequesterCalls_ItNeedNotWait() public {
        vm.prank(requester);
        bool[] memory done = escrow.releaseBatch(_items);
        vm.assertTrue(done[0] && done[COUNT - 1]);
    }

    function test_WhenReviewsLast_NoneIsReleased() public {
        vm.prank(provider);
        bool[] memory done = escrow.releaseBatch(_items);
        for (uint256 i = 0; i < COUNT; ++i) {
            vm.assertFalse(done[i], "released");
        }
    }

    function testFuzz_WhateverTheOrder_ItEqualsSingles(uint256 order, uint8 disputed) public {
        EscrowTerms[] memory items = new EscrowTerms[](COUNT);
        for (uint256 i = 0; i < COUNT; ++i) {
            items[i] = _items[(i + order % COUNT) % COUNT];
            if (disputed & (1 << i) != 0) _disputeItem(i);
        }
        vm.warp(_items[0].deliverBy + _items[0].reviewSeconds + 1);
        uint256 start = vm.snapshotState();
        escrow.releaseBatch(items);
        bytes32 batched = _all();
        vm.revertToState(start);
        for (uint256 i = 0; i < COUNT; ++i) {
            (bool done,) = address(escrow).call(abi.encodeCall(escrow.release, (_items[i])));
            vm.assertTrue(done || disputed & (1 << i) != 0);
        }
        vm.assertEq(_all(), batched);
    }

    function _disputeItem(uint256 index) private {
        uint256 time = block.timestamp;
        vm.warp(_items[index].deliverBy);
        vm.prank(arbiter);
        escrow.dispute(_items[index], requester);
        vm.warp(time);
    }

    function _all() private view returns (bytes32 hash) {
        hash = keccak256(abi.encode(token.balanceOf(provider), token.balanceOf(requester), _committed(provider)));
        for (uint256 i = 0; i < COUNT; ++i) {
            hash = keccak256(abi.encode(hash, escrow.stateOf(escrow.idOf(_items[i]))));
        }
    }
}
