// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AppealResult, IReputation} from "../../src/interfaces/IReputation.sol";
import {IStake} from "../../src/interfaces/IStake.sol";
import {Slash} from "../../src/interfaces/IStakeCourt.sol";
import {ITestToken} from "../kit/ChannelKit.sol";
import {HostileToken} from "../kit/Hostile.sol";
import {StakeKit} from "../kit/StakeKit.sol";

contract GivenStakeBeforeTheCourt is StakeKit {
    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
        _allocate(60e6);
    }

    function test_WhenSeized_TheArbiterHasTheTokens() public {
        vm.expectEmit(address(reputation));
        emit IStake.Seized(money, alice, CHANNEL, 25e6);
        vm.prank(arbiter);
        vm.assertEq(reputation.seize(money, alice, CHANNEL, 25e6), 25e6);
        vm.assertEq(token.balanceOf(arbiter), 25e6);
        _assertAccount(STAKE - 25e6, 35e6);
        _assertAllocation(CHANNEL, 35e6, 0, 0);
    }

    function test_WhenMoreIsSeizedThanAllocated_OnlyThatIsTaken() public {
        vm.prank(arbiter);
        vm.assertEq(reputation.seize(money, alice, CHANNEL, STAKE), 60e6);
        vm.prank(arbiter);
        vm.assertEq(reputation.seize(money, alice, CHANNEL, 1), 0);
        _assertAccount(40e6, 0);
    }

    function test_WhenSlashed_TheInjuredGetsItsLossAndTheRestIsBurned() public {
        uint256 before = token.balanceOf(bob);
        vm.expectEmit(address(reputation));
        emit IStake.Slashed(DISPUTE, alice, money, bob, 15e6, 5e6);
        (uint96 compensated, uint96 burned) = _slash(CHANNEL, 20e6, 15e6);
        vm.assertEq(compensated, 15e6);
        vm.assertEq(burned, 5e6);
        vm.assertEq(token.balanceOf(bob) - before, 15e6);
        vm.assertEq(reputation.burned(money), 5e6);
        vm.assertEq(token.balanceOf(address(reputation)), STAKE - 15e6);
        _assertAccount(STAKE - 20e6, 40e6);
        (,, uint16 slashes) = reputation.accountOf(money, alice);
        vm.assertEq(slashes, 1);
    }

    function test_WhenSlashedTwiceInOneDispute_ItRefuses() public {
        _slash(CHANNEL, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IStake.AlreadySlashed.selector, DISPUTE, alice));
        _slash(CHANNEL, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IStake.AlreadySlashed.selector, DISPUTE, alice));
        _slash("another", 1, 0);
    }

    function test_WhenAnotherDisputeOrAgentIsSlashed_ItCounts() public {
        _slash(CHANNEL, 1, 0);
        Slash memory order = _order(CHANNEL, 2, 0);
        order.dispute = "another";
        vm.startPrank(arbiter);
        reputation.slash(order);
        order = _order(CHANNEL, 4, 0);
        order.agent = bob;
        (uint96 compensated, uint96 burned) = reputation.slash(order);
        vm.stopPrank();
        vm.assertEq(compensated + burned, 0);
        _assertAccount(STAKE - 3, 60e6 - 3);
    }

    function testFuzz_WhateverIsSlashed_ItNeverPassesAllocationOrLoss(uint96 amount, uint96 loss) public {
        uint256 before = token.balanceOf(bob);
        (uint96 compensated, uint96 burned) = _slash(CHANNEL, amount, loss);
        uint96 taken = amount < 60e6 ? amount : 60e6;
        vm.assertEq(uint256(compensated) + burned, taken);
        vm.assertLe(compensated, loss, "loss");
        vm.assertEq(token.balanceOf(bob) - before, compensated);
        _assertAccount(STAKE - taken, 60e6 - taken);
    }

    function test_WhenTheInjuredCannotBePaid_ItHasACredit() public {
        HostileToken bad = new HostileToken();
        bad.mint(alice, STAKE);
        money = address(bad);
        vm.prank(owner);
        reputation.setDepositCap(money, type(uint96).max);
        _deposit(alice, STAKE);
        _allocate(STAKE);
        bad.blockReceiver(bob);
        _slash(CHANNEL, 20e6, 15e6);
        vm.assertEq(reputation.credit(money, bob), 15e6);
        vm.prank(bob);
        reputation.withdrawCredit(money, stranger);
        vm.assertEq(bad.balanceOf(stranger), 15e6);
    }

    function test_WhenTheTokenCallsBack_NothingElseMoves() public {
        HostileToken bad = new HostileToken();
        bad.mint(alice, STAKE);
        address good = money;
        money = address(bad);
        vm.prank(owner);
        reputation.setDepositCap(money, type(uint96).max);
        _deposit(alice, STAKE);
        _startUnbonding(STAKE);
        _passDelay();
        vm.prank(alice);
        reputation.startUnbonding(good, 1);
        bad.callBack(address(reputation), abi.encodeCall(reputation.finishUnbonding, (address(bad), alice)));
        reputation.finishUnbonding(money, alice);
        vm.assertEq(bad.balanceOf(alice), STAKE);
        bad.callBack(address(reputation), abi.encodeCall(reputation.deposit, (money, 1)));
        _deposit(alice, 1);
        vm.assertEq(bad.balanceOf(address(reputation)), 1);
    }

    function test_WhenPinnedWithoutAllocation_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IStake.NothingAllocated.selector, money, bob, CHANNEL));
        vm.prank(arbiter);
        reputation.pin(money, bob, CHANNEL);
    }

    function test_WhenAnEscrowIsDisputed_ItsLockIsAnAllocation() public {
        vm.startPrank(escrow);
        reputation.lock(money, alice, 30e6);
        reputation.hold(money, alice, ESCROW_ID, 30e6);
        vm.stopPrank();
        _assertAllocation(ESCROW_ID, 30e6, 0, 1);
        _assertAccount(STAKE, 90e6);
        _slash(ESCROW_ID, 10e6, 10e6);
        vm.prank(escrow);
        reputation.endHold(money, alice, ESCROW_ID);
        _assertAllocation(ESCROW_ID, 0, 0, 0);
        _assertAccount(STAKE - 10e6, 60e6);
    }

    function test_WhenTheAgentAllocatedToTheEscrowsId_ItCannotLeaveEarly() public {
        vm.prank(alice);
        reputation.allocate(money, ESCROW_ID, 5e6);
        vm.prank(alice);
        reputation.startRelease(money, ESCROW_ID);
        vm.startPrank(escrow);
        reputation.lock(money, alice, 30e6);
        reputation.hold(money, alice, ESCROW_ID, 30e6);
        vm.stopPrank();
        _passDelay();
        vm.expectRevert(abi.encodeWithSelector(IStake.InDispute.selector, ESCROW_ID, 1));
        reputation.finishRelease(money, alice, ESCROW_ID);
        vm.prank(escrow);
        reputation.endHold(money, alice, ESCROW_ID);
        _assertAccount(STAKE, 60e6);
    }

    function test_WhenAnAppealEnds_ItIsRecordedOnce() public {
        vm.expectEmit(address(reputation));
        emit IReputation.AppealRecorded(alice, DISPUTE, AppealResult.STRUCK);
        vm.startPrank(arbiter);
        reputation.recordAppeal(alice, DISPUTE, true);
        reputation.recordAppeal(bob, DISPUTE, false);
        vm.expectRevert(abi.encodeWithSelector(IReputation.AlreadyAppealed.selector, alice, DISPUTE));
        reputation.recordAppeal(alice, DISPUTE, false);
        vm.stopPrank();
        vm.assertEq(uint256(reputation.appealOf(alice, DISPUTE)), uint256(AppealResult.STRUCK));
        vm.assertEq(uint256(reputation.appealOf(bob, DISPUTE)), uint256(AppealResult.DISMISSED));
        vm.assertEq(uint256(reputation.appealOf(bob, "none")), uint256(AppealResult.NONE));
    }

    function test_ItNamesWhoItServes() public view {
        vm.assertEq(reputation.escrow(), escrow);
        vm.assertEq(reputation.arbiter(), arbiter);
        vm.assertEq(reputation.releaseDelay(), DELAY);
    }
}
