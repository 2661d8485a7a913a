// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, IPaymentChannel, RebaseTerms, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenTermsOfARebase is ChannelKit {
    RebaseTerms private _terms;

    function setUp() public override {
        super.setUp();
        _openDuplex(address(token), 100, 40);
        _terms = RebaseTerms({
            epoch: 0, newDepA: 20, newDepB: 60, outA: 10, outB: 50, validUntil: uint40(block.timestamp + 600)
        });
    }

    function test_WhenAnyoneHandsThemIn_MoneyMovesAndLeavesAsSigned() public {
        (uint256 a, uint256 b) = (token.balanceOf(alice), token.balanceOf(bob));
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Rebased(id, 1, 20, 60, 10, 50);
        vm.prank(stranger);
        _rebase(_terms);
        _assertState(20, 60, 1);
        vm.assertEq(token.balanceOf(alice) - a, 10);
        vm.assertEq(token.balanceOf(bob) - b, 50);
        vm.assertEq(token.balanceOf(address(channels)), 80);
    }

    function test_WhenAllIsTakenOut_TheChannelStaysOpenAndCanBeFunded() public {
        (_terms.newDepA, _terms.newDepB, _terms.outA, _terms.outB) = (0, 0, 0, 140);
        _rebase(_terms);
        _assertState(0, 0, 1);
        _fundBy(alice, 9);
        _assertState(9, 0, 1);
    }

    function test_WhenItIsDone_PromisesOfTheOldEpochAreVoidAndNewOnesCount() public {
        SignedPromise memory old = _promiseFrom(true, 0, 90);
        _rebase(_terms);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 0, 1));
        channels.startClose(params, old);
        channels.startClose(params, _promiseFrom(true, 1, 5));
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 0, 1));
        channels.respond(params, old);
        vm.stopPrank();
        _passWindow();
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, 15, 65);
        channels.settle(params);
    }

    function test_WhenTheyAreUsedAgain_ItRefuses() public {
        _rebase(_terms);
        _refuse(abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 0, 1));
    }

    function test_WhenTheyExpired_ItRefuses() public {
        vm.warp(_terms.validUntil + 1);
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsExpired.selector, _terms.validUntil, _terms.validUntil + 1));
    }

    function test_WhenTheyAreAtTheirLastSecond_ItRebases() public {
        vm.warp(_terms.validUntil);
        _rebase(_terms);
        _assertState(20, 60, 1);
    }

    function test_WhenTheyDoNotAddUp_ItRefuses() public {
        _terms.outA += 1;
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, 141, 140));
        _terms.outA -= 2;
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, 139, 140));
        (_terms.newDepA, _terms.newDepB) = (type(uint96).max, type(uint96).max);
        _refuse(
            abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, 2 * uint256(type(uint96).max) + 59, 140)
        );
    }

    function test_WhenItIsClosing_ItRefuses() public {
        _startCloseByA();
        _refuse(abi.encodeWithSelector(IPaymentChannel.WrongStatus.selector, id, ChannelStatus.CLOSING));
    }

    function test_WhenTheChannelIsSimplex_ItRefuses() public {
        _use(_params(address(token), 1));
        _open(140);
        _refuse(abi.encodeWithSelector(IPaymentChannel.ModeNotSupported.selector, SIMPLEX));
    }

    function test_WhenOneSideSignedTwice_ItRefuses() public {
        bytes32 digest = _rebaseDigest(_terms);
        bytes memory byA = _sign(KEY_A, digest);
        bytes memory byB = _sign(KEY_B, digest);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, signerB));
        channels.rebase(params, _terms, byA, byA);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, signerA));
        channels.rebase(params, _terms, byB, byB);
    }

    function test_WhenTheLastEpochIsReached_ItRefusesAndTheChannelStillCloses() public {
        _setEpoch(type(uint16).max);
        _terms.epoch = type(uint16).max;
        _refuse(abi.encodeWithSelector(IPaymentChannel.EpochsExhausted.selector, id));
        _startCloseByA();
        _passWindow();
        channels.settle(params);
    }

    function testFuzz_ItConservesTheSum(uint96 depA, uint96 depB, uint96[3] memory cuts) public {
        _use(params);
        params.salt = 77;
        _use(params);
        depA = uint96(bound(depA, 1, type(uint96).max / 4));
        depB = uint96(bound(depB, 1, type(uint96).max / 4));
        token.mint(alice, depA);
        token.mint(bob, depB);
        _open(depA);
        _fundBy(bob, depB);
        uint96 left = depA + depB;
        _terms.newDepA = uint96(bound(cuts[0], 0, left));
        left -= _terms.newDepA;
        _terms.newDepB = uint96(bound(cuts[1], 0, left));
        left -= _terms.newDepB;
        _terms.outA = uint96(bound(cuts[2], 0, left));
        _terms.outB = left - _terms.outA;
        uint256 before = token.balanceOf(alice) + token.balanceOf(bob);
        _rebase(_terms);
        uint256 paid = token.balanceOf(alice) + token.balanceOf(bob) - before;
        vm.assertEq(paid + _terms.newDepA + _terms.newDepB, uint256(depA) + depB);
        _assertState(_terms.newDepA, _terms.newDepB, 1);
    }

    function _refuse(bytes memory reason) private {
        bytes32 digest = _rebaseDigest(_terms);
        (bytes memory byA, bytes memory byB) = (_sign(KEY_A, digest), _sign(KEY_B, digest));
        vm.expectRevert(reason);
        channels.rebase(params, _terms, byA, byB);
    }

    function _assertState(uint96 depA, uint96 depB, uint16 epoch) private view {
        (uint96 a, uint96 b,, ChannelStatus status, uint16 now_) = channels.channel(id);
        vm.assertEq(a, depA, "depA");
        vm.assertEq(b, depB, "depB");
        vm.assertEq(uint256(status), uint256(ChannelStatus.OPEN), "status");
        vm.assertEq(now_, epoch, "epoch");
    }

    /// 65,535 rebases are too many to make: the epoch is written into the channel's word.
    function _setEpoch(uint16 epoch) private {
        bytes32 slot = keccak256(abi.encode(id, CHANNELS_SLOT));
        uint256 word = uint256(vm.load(address(channels), slot));
        vm.store(address(channels), slot, bytes32((word & (type(uint256).max >> 16)) | (uint256(epoch) << 240)));
        (,,,, uint16 written) = channels.channel(id);
        vm.assertEq(written, epoch, "the layout of the channel's word");
    }
}
