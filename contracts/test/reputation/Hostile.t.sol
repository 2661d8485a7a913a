// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayouts} from "../../src/interfaces/IPayouts.sol";
import {HostileToken} from "../kit/Hostile.sol";
import {StakeKit} from "../kit/StakeKit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// A token that an owner allowed by mistake, with stake in it, and stake in a good token beside.
contract GivenStakeInAHostileToken is StakeKit {
    HostileToken private _bad;
    address private _good;

    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
        _good = money;
        _bad = new HostileToken();
        _bad.mint(alice, 10 * STAKE);
        money = address(_bad);
        vm.prank(owner);
        reputation.setDepositCap(money, type(uint96).max);
        _deposit(alice, STAKE);
    }

    function test_WhenItKeepsAFee_DepositsAreRefused() public {
        _bad.become(HostileToken.Mood.TAKES_FEE);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.WrongTokenAmount.selector, STAKE, STAKE - STAKE / 100));
        reputation.deposit(money, STAKE);
    }

    function test_WhenItAnswersFalse_DepositsAreRefused() public {
        _bad.become(HostileToken.Mood.ANSWERS_FALSE);
        vm.prank(alice);
        vm.expectRevert();
        reputation.deposit(money, STAKE);
        _assertAccount(STAKE, 0);
    }

    function test_WhenItAnswersNothing_AllWorks() public {
        _bad.become(HostileToken.Mood.SILENT);
        _deposit(alice, STAKE);
        _leaveWith(2 * STAKE);
        vm.assertEq(_bad.balanceOf(alice), 10 * STAKE);
    }

    function test_Invariant11_WhenItTurnsBad_WithdrawalsBecomeCredit() public {
        HostileToken.Mood[6] memory moods = [
            HostileToken.Mood.ANSWERS_FALSE,
            HostileToken.Mood.ANSWERS_GARBAGE,
            HostileToken.Mood.ANSWERS_SHORT,
            HostileToken.Mood.REVERTS,
            HostileToken.Mood.BURNS_GAS,
            HostileToken.Mood.ANSWERS_AT_LENGTH
        ];
        for (uint256 i = 0; i < moods.length; ++i) {
            uint256 start = vm.snapshotState();
            _bad.become(moods[i]);
            _leaveWith(STAKE);
            _assertAccount(0, 0);
            vm.assertEq(reputation.credit(money, alice) + _bad.balanceOf(alice), 10 * STAKE, "credited or paid");
            vm.revertToState(start);
        }
    }

    function test_Invariant10_11_WhenPausedAndBlocked_TheCreditGoesWhereTheAgentSays() public {
        _bad.blockReceiver(alice);
        _leaveWith(STAKE);
        vm.prank(owner);
        reputation.pause();
        vm.prank(alice);
        reputation.withdrawCredit(money, stranger);
        vm.assertEq(_bad.balanceOf(stranger), STAKE);
        vm.assertEq(reputation.credit(money, alice), 0);
    }

    function test_Invariant11_WhenItBlocksTheInjured_TheSlashCountsAllTheSame() public {
        _allocate(STAKE);
        _bad.blockReceiver(bob);
        _slash(CHANNEL, STAKE, STAKE / 4);
        _assertAccount(0, 0);
        vm.assertEq(reputation.credit(money, bob), STAKE / 4);
        vm.assertEq(reputation.burned(money), STAKE - STAKE / 4);
    }

    function test_Invariant13_WhenItCallsBack_NothingThatMovesMoneyGoesThrough() public {
        vm.prank(alice);
        reputation.startUnbonding(_good, STAKE);
        vm.prank(alice);
        reputation.startUnbonding(money, STAKE / 2);
        _passDelay();
        bytes[4] memory calls = [
            abi.encodeCall(reputation.finishUnbonding, (_good, alice)),
            abi.encodeCall(reputation.finishUnbonding, (money, alice)),
            abi.encodeCall(reputation.deposit, (money, 1)),
            abi.encodeCall(reputation.withdrawCredit, (money, stranger))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 start = vm.snapshotState();
            _bad.callBack(address(reputation), calls[i]);
            reputation.finishUnbonding(money, alice);
            vm.assertEq(_bad.refusal(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.assertEq(_bad.balanceOf(alice), 9 * STAKE + STAKE / 2, "paid once");
            vm.assertEq(token.balanceOf(address(reputation)), STAKE, "the other token is untouched");
            vm.revertToState(start);
        }
    }

    function test_Invariant13_WhenItCallsBackWhileItComesIn_NothingGoesThrough() public {
        vm.prank(alice);
        reputation.startUnbonding(_good, STAKE);
        _passDelay();
        _bad.callBack(address(reputation), abi.encodeCall(reputation.finishUnbonding, (_good, alice)));
        _deposit(alice, 1);
        vm.assertEq(_bad.refusal(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(token.balanceOf(address(reputation)), STAKE);
    }

    function _leaveWith(uint96 amount) private {
        _startUnbonding(amount);
        _passDelay();
        reputation.finishUnbonding(money, alice);
    }
}
