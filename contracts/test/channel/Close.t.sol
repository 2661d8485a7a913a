// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, IPaymentChannel, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenAnOpenChannelToClose is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
    }

    function test_WhenThePayerStarts_ItWaitsOneWindow() public {
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Closing(id, uint40(block.timestamp) + WINDOW);
        _startCloseByA();
        _assertChannel(DEPOSIT, 0, ChannelStatus.CLOSING);
        vm.assertEq(_closeAt(), block.timestamp + WINDOW);
    }

    function test_WhenThePayeeStartsWithAPromise_ItRecordsThePromise() public {
        SignedPromise memory promised = _promise(300);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Closing(id, uint40(block.timestamp) + WINDOW);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Responded(id, 300);
        vm.prank(bob);
        channels.startClose(params, promised);
        vm.assertEq(channels.promised(id), 300);
    }

    function test_WhenThePayerStartsWithItsOwnPromise_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayee.selector, alice, bob));
        channels.startClose(params, promised);
    }

    function test_WhenThePayeeStartsWithAClaimedPromise_ItRefuses() public {
        _claim(300);
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, 300, 300));
        channels.startClose(params, promised);
    }

    function test_WhenAStrangerStarts_ItRefuses() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotParty.selector, stranger));
        channels.startClose(params, _noPromise());
    }

    function test_WhenSomebodyRespondsOrSettles_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        _expectWrongStatus(ChannelStatus.OPEN);
        channels.respond(params, promised);
        _expectWrongStatus(ChannelStatus.OPEN);
        channels.settle(params);
    }
}

contract GivenAClosingChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
        _startCloseByA();
    }

    function test_WhenEitherPartyStartsAgain_CloseAtStands() public {
        uint40 closeAt = _closeAt();
        vm.warp(block.timestamp + 1);
        vm.prank(bob);
        _expectWrongStatus(ChannelStatus.CLOSING);
        channels.startClose(params, _noPromise());
        vm.assertEq(_closeAt(), closeAt);
    }

    function test_WhenThePayeeResponds_ItRecordsThePromiseAndKeepsCloseAt() public {
        uint40 closeAt = _closeAt();
        vm.warp(closeAt - 1);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Responded(id, 300);
        _respond(300);
        vm.assertEq(channels.promised(id), 300);
        vm.assertEq(_closeAt(), closeAt);
    }

    function test_WhenAPromiseIsNotGreater_ItRefuses() public {
        _respond(300);
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, 300, 300));
        channels.respond(params, promised);
    }

    function test_WhenAPromiseIsNotGreaterThanTheClaims_ItRefuses() public {
        _claim(300);
        SignedPromise memory promised = _promise(200);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, 200, 300));
        channels.respond(params, promised);
    }

    function test_WhenAnotherResponds_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotParty.selector, stranger));
        channels.respond(params, promised);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayee.selector, alice, bob));
        channels.respond(params, promised);
    }

    function test_WhenTheWindowIsOver_RespondingIsRefused() public {
        _passWindow();
        SignedPromise memory promised = _promise(300);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WindowOver.selector, _closeAt(), block.timestamp));
        vm.prank(bob);
        channels.respond(params, promised);
    }

    function test_WhenTheWindowIsNotOver_SettlingIsRefused() public {
        vm.warp(_closeAt() - 1);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WindowNotOver.selector, _closeAt(), block.timestamp));
        channels.settle(params);
    }

    function test_WhenNobodyResponds_ThePayerGetsAllBack() public {
        uint256 before = token.balanceOf(alice);
        _passWindow();
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, DEPOSIT, 0);
        vm.prank(stranger);
        channels.settle(params);
        vm.assertEq(token.balanceOf(alice) - before, DEPOSIT);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function test_WhenThePayeeResponded_BothGetTheirs() public {
        uint256 before = token.balanceOf(alice);
        _respond(300);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(alice) - before, DEPOSIT - 300);
        vm.assertEq(token.balanceOf(bob), 300);
        vm.assertEq(channels.promised(id), 0);
    }

    function test_WhenClaimsExceedTheResponse_TheClaimsStand() public {
        _respond(200);
        _claim(300);
        _passWindow();
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, DEPOSIT - 300, 0);
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_WhenThePromiseExceedsTheDeposit_ThePayeeGetsTheDeposit() public {
        _respond(type(uint96).max);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob), DEPOSIT);
    }
}

contract GivenAClosedChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
        _claim(100);
        _startCloseByA();
        _passWindow();
        channels.settle(params);
    }

    function test_WhenAnythingIsTried_ItStaysClosed() public {
        SignedPromise memory promised = _promise(300);
        vm.startPrank(bob);
        _expectWrongStatus(ChannelStatus.CLOSED);
        channels.claim(params, promised);
        _expectWrongStatus(ChannelStatus.CLOSED);
        channels.startClose(params, _noPromise());
        _expectWrongStatus(ChannelStatus.CLOSED);
        channels.respond(params, promised);
        _expectWrongStatus(ChannelStatus.CLOSED);
        channels.settle(params);
        vm.assertEq(channels.claimBatch(_batchOf(params, promised))[0], 0, "batch");
        vm.stopPrank();
        vm.startPrank(alice);
        _expectWrongStatus(ChannelStatus.CLOSED);
        channels.fund(params, 1);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.AlreadyUsed.selector, id));
        channels.open(params, DEPOSIT);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(address(channels)), 0);
    }
}
