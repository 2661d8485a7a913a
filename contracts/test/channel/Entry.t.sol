// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, IPaymentChannel} from "../../src/interfaces/IPaymentChannel.sol";
import {IEntryRules} from "../../src/interfaces/IEntryRules.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

contract GivenACapOnDeposits is ChannelKit {
    function setUp() public override {
        super.setUp();
        _setCap(address(token), DEPOSIT);
    }

    function test_ItIsReported() public view {
        vm.assertEq(channels.depositCap(address(token)), DEPOSIT);
        vm.assertEq(channels.depositCap(address(0)), type(uint96).max);
        vm.assertEq(channels.depositCap(stranger), 0);
    }

    function test_WhenAnotherThanTheOwnerSetsIt_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", alice));
        channels.setDepositCap(address(token), 1);
    }

    function test_WhenItIsSet_ItSaysSo() public {
        vm.expectEmit(address(channels));
        emit IEntryRules.DepositCapSet(address(token), 5);
        _setCap(address(token), 5);
    }

    function test_WhenADepositIsAtTheCap_ItIsTaken() public {
        _open(DEPOSIT);
        _assertChannel(DEPOSIT, 0, ChannelStatus.OPEN);
    }

    function test_WhenADepositIsAboveTheCap_ItIsRefused() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, DEPOSIT + 1, DEPOSIT));
        channels.open(params, DEPOSIT + 1);
    }

    function test_WhenAFurtherDepositWouldExceedTheCap_ItIsRefused() public {
        _open(DEPOSIT);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, DEPOSIT + 1, DEPOSIT));
        channels.fund(params, 1);
    }

    function test_WhenSomeWasClaimed_OnlyWhatIsHeldCounts() public {
        _open(DEPOSIT);
        _claim(100);
        _fundBy(alice, 100);
        _assertChannel(DEPOSIT + 100, 100, ChannelStatus.OPEN);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, DEPOSIT + 1, DEPOSIT));
        channels.fund(params, 1);
    }

    function test_WhenBothSidesDeposit_TheyShareTheCap() public {
        _openDuplex(address(token), DEPOSIT - 10, 10);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, DEPOSIT + 1, DEPOSIT));
        channels.fund(params, 1);
    }

    function test_WhenItIsLowered_WhatIsHeldStillLeaves() public {
        _open(DEPOSIT);
        _setCap(address(token), 0);
        _claim(100);
        _startCloseByA();
        _respond(250);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob), 250);
        vm.assertEq(token.balanceOf(address(channels)), 0);
    }

    function test_WhenItIsZero_NoneComesIn() public {
        _open(10);
        _setCap(address(token), 0);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, address(token)));
        channels.fund(params, 1);
        params.salt = 9;
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, address(token)));
        channels.open(params, 1);
    }

    function test_WhenATokenWasNeverAllowed_NoneComesIn() public {
        params.token = stranger;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, stranger));
        channels.open(params, 1);
    }

    function test_WhenNativeCoinIsNotAllowed_NoneComesIn() public {
        _setCap(address(0), 0);
        _use(_params(address(0), 2));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, address(0)));
        channels.open{value: 1}(params, 1);
    }

    function test_WhenSixteenTokensAreKnown_NoneIsAddedButAllCanBeChanged() public {
        for (uint160 i = 0; i < 14; ++i) {
            _setCap(address(i + 1000), 1);
        }
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TooManyTokens.selector, 16));
        channels.setDepositCap(address(2000), 1);
        _setCap(address(1000), 0);
        vm.assertEq(channels.depositCap(address(1000)), 0);
    }

    function _setCap(address money, uint96 cap) private {
        vm.prank(owner);
        channels.setDepositCap(money, cap);
    }
}

contract GivenAPausedContract is ChannelKit {
    function setUp() public override {
        super.setUp();
        vm.prank(owner);
        channels.pause();
    }

    function test_NothingComesInInAnyToken() public {
        address[2] memory monies = [address(token), address(0)];
        for (uint256 i = 0; i < monies.length; ++i) {
            _use(_params(monies[i], 4));
            vm.prank(alice);
            vm.expectRevert(Pausable.EnforcedPause.selector);
            channels.open{value: monies[i] == address(0) ? 1 : 0}(params, 1);
        }
    }

    function test_WhenACapIsSetMeanwhile_ThePauseStands() public {
        vm.startPrank(owner);
        channels.setDepositCap(address(token), 5);
        channels.setDepositCap(stranger, 5);
        vm.stopPrank();
        address[2] memory monies = [address(token), stranger];
        for (uint256 i = 0; i < monies.length; ++i) {
            _use(_params(monies[i], 4));
            vm.prank(alice);
            vm.expectRevert(Pausable.EnforcedPause.selector);
            channels.open(params, 1);
        }
    }

    function test_WhenItIsLifted_MoneyComesInAgain() public {
        vm.prank(owner);
        channels.unpause();
        _open(5);
        _openNative(5);
    }

    function test_WhenItIsPausedTwice_ItRefuses() public {
        vm.startPrank(owner);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        channels.pause();
        channels.unpause();
        vm.expectRevert(Pausable.ExpectedPause.selector);
        channels.unpause();
    }

    function test_WhenTheOwnerGivesUp_ItStaysSoAndNobodyLiftsIt() public {
        vm.startPrank(owner);
        Ownable2Step(address(channels)).renounceOwnership();
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", owner));
        channels.unpause();
        vm.assertTrue(Pausable(address(channels)).paused());
    }
}
