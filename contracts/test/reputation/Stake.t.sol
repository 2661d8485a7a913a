// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntryRules} from "../../src/interfaces/IEntryRules.sol";
import {Permit} from "../../src/interfaces/IPaymentChannel.sol";
import {AppealResult} from "../../src/interfaces/IReputation.sol";
import {IStake} from "../../src/interfaces/IStake.sol";
import {StakeKit} from "../kit/StakeKit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

contract GivenNoStake is StakeKit {
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function test_WhenDeposited_ItIsFree() public {
        vm.expectEmit(address(reputation));
        emit IStake.Deposited(money, alice, STAKE);
        _deposit(alice, STAKE);
        _deposit(alice, 1);
        _assertAccount(STAKE + 1, 0);
        vm.assertEq(token.balanceOf(address(reputation)), STAKE + 1);
    }

    function test_WhenDepositedByPermit_NoAllowanceIsNeeded() public {
        vm.prank(alice);
        token.approve(address(reputation), 0);
        Permit memory permit = _permit(STAKE);
        uint256 start = vm.snapshotState();
        vm.prank(alice);
        reputation.depositWithPermit(money, STAKE, permit);
        _assertAccount(STAKE, 0);
        vm.revertToState(start);
        vm.prank(stranger);
        token.permit(alice, address(reputation), STAKE, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(alice);
        reputation.depositWithPermit(money, STAKE, permit);
        _assertAccount(STAKE, 0);
    }

    function test_WhenThePermitIsBad_ItRefuses() public {
        vm.prank(alice);
        token.approve(address(reputation), 0);
        Permit memory permit = _permit(STAKE - 1);
        vm.expectRevert();
        vm.prank(alice);
        reputation.depositWithPermit(money, STAKE, permit);
    }

    function test_WhenNothingIsDeposited_ItRefuses() public {
        vm.expectRevert(IStake.AmountMissing.selector);
        _deposit(alice, 0);
    }

    function test_WhenTheTokenIsNotAllowed_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, stranger));
        vm.prank(alice);
        reputation.deposit(stranger, 1);
    }

    function test_WhenTheCapIsReached_ItRefuses() public {
        vm.prank(owner);
        reputation.setDepositCap(money, STAKE);
        _deposit(alice, STAKE);
        _deposit(bob, STAKE);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, STAKE + 1, STAKE));
        _deposit(alice, 1);
    }

    function test_WhenThereIsNothingToTake_NothingIsTaken() public {
        _expectNotFree(0, 1);
        _allocate(1);
        _expectNotFree(0, 1);
        _startUnbonding(1);
        _expectNotFree(0, 1);
        vm.prank(escrow);
        reputation.lock(money, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.NothingUnbonding.selector, money, alice));
        reputation.finishUnbonding(money, alice);
        vm.expectRevert(abi.encodeWithSelector(IStake.NothingAllocated.selector, money, alice, CHANNEL));
        _startRelease();
    }

    function _permit(uint256 amount) private view returns (Permit memory permit) {
        permit.deadline = block.timestamp;
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPE, alice, address(reputation), amount, token.nonces(alice), permit.deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
        (permit.v, permit.r, permit.s) = vm.sign(0xA, digest);
    }
}

contract GivenFreeStake is StakeKit {
    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
    }

    function test_WhenAllocated_ItBacksOneChannelOnly() public {
        vm.expectEmit(address(reputation));
        emit IStake.Allocated(money, alice, CHANNEL, 60e6);
        _allocate(60e6);
        _assertAllocation(CHANNEL, 60e6, 0, 0);
        _assertAccount(STAKE, 60e6);
        _expectNotFree(40e6, 40e6 + 1);
        vm.prank(alice);
        reputation.allocate(money, "another", 40e6 + 1);
        _allocate(40e6);
        _assertAllocation(CHANNEL, STAKE, 0, 0);
    }

    function test_WhenNothingIsAllocated_ItRefuses() public {
        vm.expectRevert(IStake.AmountMissing.selector);
        _allocate(0);
    }

    function test_WhenUnbonded_ItIsPaidAfterTheDelay() public {
        uint40 finishAt = uint40(block.timestamp) + DELAY;
        vm.expectEmit(address(reputation));
        emit IStake.UnbondingStarted(money, alice, 30e6, finishAt);
        _startUnbonding(30e6);
        _assertAccount(STAKE, 30e6);
        (uint96 amount, uint40 due) = reputation.unbondingOf(money, alice);
        vm.assertEq(amount, 30e6);
        vm.assertEq(due, finishAt);
        vm.warp(finishAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.StillLocked.selector, finishAt, finishAt - 1));
        reputation.finishUnbonding(money, alice);
        vm.warp(finishAt);
        uint256 before = token.balanceOf(alice);
        vm.expectEmit(address(reputation));
        emit IStake.Withdrawn(money, alice, 30e6);
        vm.prank(stranger);
        reputation.finishUnbonding(money, alice);
        vm.assertEq(token.balanceOf(alice) - before, 30e6);
        _assertAccount(STAKE - 30e6, 0);
    }

    function test_WhenMoreIsUnbonded_TheDelayStartsAgainForAll() public {
        _startUnbonding(30e6);
        vm.warp(block.timestamp + DELAY - 1);
        _startUnbonding(5e6);
        vm.warp(block.timestamp + 1);
        vm.expectRevert();
        reputation.finishUnbonding(money, alice);
        vm.warp(block.timestamp + DELAY - 1);
        reputation.finishUnbonding(money, alice);
        _assertAccount(STAKE - 35e6, 0);
    }

    function test_WhenNothingIsUnbonded_ItRefuses() public {
        vm.expectRevert(IStake.AmountMissing.selector);
        _startUnbonding(0);
    }

    function test_WhenUnbonding_ItBacksNothing() public {
        _startUnbonding(30e6);
        _expectNotFree(70e6, 70e6 + 1);
        vm.prank(escrow);
        reputation.lock(money, alice, 70e6 + 1);
    }

    function test_WhenAnEscrowLocksAndUnlocks_ItIsFreeAgain() public {
        vm.prank(escrow);
        reputation.lock(money, alice, STAKE);
        _assertAccount(STAKE, STAKE);
        _expectNotFree(0, 1);
        _startUnbonding(1);
        vm.prank(escrow);
        reputation.unlock(money, alice, STAKE);
        _assertAccount(STAKE, 0);
    }

    function test_WhenAnEscrowUnlocksMoreThanIsCommitted_ItRefuses() public {
        vm.expectRevert();
        vm.prank(escrow);
        reputation.unlock(money, alice, 1);
    }

    function test_WhenItIsInAnotherToken_ItDoesNotCount() public {
        vm.prank(owner);
        reputation.setDepositCap(stranger, 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeNotFree.selector, stranger, alice, 0, 1));
        vm.prank(alice);
        reputation.allocate(stranger, CHANNEL, 1);
    }

    function testFuzz_WhateverIsCommitted_TheRestIsFree(uint96 locked, uint96 allocated, uint96 wanted) public {
        locked = uint96(bound(locked, 0, STAKE));
        allocated = uint96(bound(allocated, 0, STAKE - locked));
        vm.prank(escrow);
        reputation.lock(money, alice, locked);
        if (allocated > 0) _allocate(allocated);
        uint96 free = STAKE - locked - allocated;
        wanted = uint96(bound(wanted, 1, STAKE + 1));
        if (wanted > free) _expectNotFree(free, wanted);
        _startUnbonding(wanted);
    }
}

contract GivenAnAllocation is StakeKit {
    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
        _allocate(60e6);
    }

    function test_WhenReleased_ItIsFreeAfterTheDelay() public {
        uint40 releaseAt = uint40(block.timestamp) + DELAY;
        vm.expectEmit(address(reputation));
        emit IStake.ReleaseStarted(money, alice, CHANNEL, releaseAt);
        _startRelease();
        _assertAllocation(CHANNEL, 60e6, releaseAt, 0);
        vm.warp(releaseAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.StillLocked.selector, releaseAt, releaseAt - 1));
        reputation.finishRelease(money, alice, CHANNEL);
        vm.warp(releaseAt);
        vm.expectEmit(address(reputation));
        emit IStake.Released(money, alice, CHANNEL, 60e6);
        vm.prank(stranger);
        reputation.finishRelease(money, alice, CHANNEL);
        _assertAccount(STAKE, 0);
        _assertAllocation(CHANNEL, 0, 0, 0);
        _allocate(1);
    }

    function test_WhenReleasedTwice_TheDelayDoesNotMove() public {
        _startRelease();
        uint40 releaseAt = uint40(block.timestamp) + DELAY;
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IStake.ReleaseHasStarted.selector, CHANNEL, releaseAt));
        _startRelease();
        vm.expectRevert(abi.encodeWithSelector(IStake.ReleaseHasStarted.selector, CHANNEL, releaseAt));
        _allocate(1);
    }

    function test_WhenItsReleaseNeverStarted_ItStays() public {
        _passDelay();
        vm.expectRevert(abi.encodeWithSelector(IStake.ReleaseNotStarted.selector, CHANNEL));
        reputation.finishRelease(money, alice, CHANNEL);
    }

    function test_WhenADisputeDrawsOnIt_ItStays() public {
        _startRelease();
        vm.startPrank(arbiter);
        reputation.pin(money, alice, CHANNEL);
        reputation.pin(money, alice, CHANNEL);
        vm.stopPrank();
        _passDelay();
        vm.expectRevert(abi.encodeWithSelector(IStake.InDispute.selector, CHANNEL, 2));
        reputation.finishRelease(money, alice, CHANNEL);
        vm.startPrank(arbiter);
        reputation.unpin(money, alice, CHANNEL);
        vm.expectRevert(abi.encodeWithSelector(IStake.InDispute.selector, CHANNEL, 1));
        reputation.finishRelease(money, alice, CHANNEL);
        reputation.unpin(money, alice, CHANNEL);
        reputation.finishRelease(money, alice, CHANNEL);
        vm.expectRevert(abi.encodeWithSelector(IStake.NotPinned.selector, CHANNEL));
        reputation.unpin(money, alice, CHANNEL);
        vm.stopPrank();
        _assertAccount(STAKE, 0);
    }

    function test_WhenSlashedBeforeItsRelease_LittleIsLeftToFree() public {
        _startRelease();
        _slash(CHANNEL, 60e6, 0);
        _passDelay();
        reputation.finishRelease(money, alice, CHANNEL);
        _assertAccount(STAKE - 60e6, 0);
        _allocate(1);
    }
}

contract Invariant10_GivenAPausedReputation is StakeKit {
    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
        _allocate(10e6);
        _startRelease();
        _startUnbonding(10e6);
        _join(alice, 10e6);
        vm.prank(alice);
        reputation.vouch(bob, 500);
        vm.prank(escrow);
        reputation.lock(money, alice, 20e6);
        vm.startPrank(owner);
        reputation.setDepositCap(money, 0);
        reputation.pause();
        vm.stopPrank();
    }

    function test_ItTakesNothingIn() public {
        bytes[4] memory calls = [
            abi.encodeCall(reputation.deposit, (money, 1)),
            abi.encodeCall(reputation.allocate, (money, "another", 1)),
            abi.encodeCall(reputation.joinJury, (money, 1)),
            abi.encodeCall(reputation.vouch, (stranger, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(alice);
            (bool done, bytes memory answer) = address(reputation).call(calls[i]);
            vm.assertFalse(done, "entry");
            vm.assertEq(bytes32(answer), bytes32(Pausable.EnforcedPause.selector));
        }
    }

    function test_ItFinishesReleases() public {
        _passDelay();
        reputation.finishRelease(money, alice, CHANNEL);
        _assertAccount(STAKE, 40e6);
    }

    function test_ItStartsReleases() public {
        vm.prank(owner);
        reputation.unpause();
        vm.prank(alice);
        reputation.allocate(money, "another", 1);
        vm.prank(owner);
        reputation.pause();
        vm.prank(alice);
        reputation.startRelease(money, "another");
    }

    function test_ItUnbonds() public {
        _startUnbonding(5e6);
        _passDelay();
        reputation.finishUnbonding(money, alice);
        _assertAccount(STAKE - 15e6, 40e6);
    }

    function test_ItLetsJurorsGo() public {
        _leave(alice, 10e6);
        _passDelay();
        reputation.finishUnbonding(money, alice);
        _assertAccount(STAKE - 20e6, 30e6);
    }

    function test_ItUnlocksAndHoldsForTheEscrow() public {
        vm.startPrank(escrow);
        reputation.unlock(money, alice, 10e6);
        reputation.hold(money, alice, ESCROW_ID, 10e6);
        reputation.endHold(money, alice, ESCROW_ID);
        vm.stopPrank();
        _assertAccount(STAKE, 30e6);
    }

    function test_ItServesTheCourt() public {
        vm.prank(arbiter);
        reputation.pin(money, alice, CHANNEL);
        _slash(CHANNEL, 10e6, 4e6);
        vm.prank(arbiter);
        reputation.unpin(money, alice, CHANNEL);
        _assertAccount(STAKE - 10e6, 40e6);
    }

    function test_ItEndsVouches() public {
        vm.prank(alice);
        reputation.endVouch(bob);
        (,, uint40 endsAt) = reputation.vouchOf(bob, alice);
        vm.assertEq(endsAt, block.timestamp + DELAY);
    }

    function test_ItSettlesSeatsAndSeizes() public {
        vm.prank(owner);
        reputation.unpause();
        address[] memory jurors = _seat(_snapshot(), "seed", 1, 5e6);
        vm.prank(owner);
        reputation.pause();
        _settleSeat(jurors[0], 5e6, 2e6);
        vm.prank(arbiter);
        reputation.seize(money, alice, CHANNEL, 3e6);
        vm.assertEq(token.balanceOf(arbiter), 5e6);
        _assertAccount(STAKE - 5e6, 45e6);
    }

    function test_ItRecordsAppeals() public {
        vm.prank(arbiter);
        reputation.recordAppeal(alice, DISPUTE, true);
        vm.assertTrue(reputation.appealOf(alice, DISPUTE) == AppealResult.STRUCK);
    }
}
