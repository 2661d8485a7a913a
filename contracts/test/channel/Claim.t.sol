// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ChannelParams,
    ChannelStatus,
    Claim,
    IPaymentChannel,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenAPromise is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
    }

    function test_WhenThePayeeClaims_ItPaysWhatIsPromised() public {
        SignedPromise memory promised = _promise(300);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Claimed(id, 300, 300);
        vm.prank(bob);
        channels.claim(params, promised);
        vm.assertEq(token.balanceOf(bob), 300);
        _assertChannel(DEPOSIT, 300, ChannelStatus.OPEN);
    }

    function test_WhenAGreaterOneFollows_ItPaysTheDifference() public {
        _claim(300);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Claimed(id, 450, 150);
        _claim(450);
        vm.assertEq(token.balanceOf(bob), 450);
    }

    function test_WhenItExceedsTheDeposit_ItPaysTheDeposit() public {
        _claim(DEPOSIT + 1);
        vm.assertEq(token.balanceOf(bob), DEPOSIT);
    }

    function test_WhenTheDepositGrowsLater_TheSamePromisePaysTheRest() public {
        _claim(DEPOSIT + 10);
        vm.prank(alice);
        channels.fund(params, 4);
        _claim(DEPOSIT + 10);
        vm.assertEq(token.balanceOf(bob), DEPOSIT + 4);
    }

    function test_WhenItWasClaimed_ItPaysNoSecondTime() public {
        _claim(300);
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NothingToClaim.selector, 300, 300));
        channels.claim(params, promised);
    }

    function test_WhenItIsOlderThanTheLastClaim_ItRefuses() public {
        _claim(300);
        SignedPromise memory promised = _promise(299);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NothingToClaim.selector, 299, 300));
        channels.claim(params, promised);
    }

    function test_WhenAnotherClaims_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayee.selector, alice, bob));
        channels.claim(params, promised);
    }

    function test_WhenItNamesAnotherEpoch_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        promised.epoch = 1;
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 1, 0));
        channels.claim(params, promised);
    }

    function test_WhenTheChannelIsClosing_ItPaysBeforeCloseAt() public {
        _startCloseByA();
        vm.warp(_closeAt() - 1);
        _claim(300);
        vm.assertEq(token.balanceOf(bob), 300);
        _assertChannel(DEPOSIT, 300, ChannelStatus.CLOSING);
    }

    function test_WhenTheWindowIsOver_ItRefuses() public {
        _startCloseByA();
        _passWindow();
        SignedPromise memory promised = _promise(300);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WindowOver.selector, _closeAt(), block.timestamp));
        vm.prank(bob);
        channels.claim(params, promised);
    }

    function test_WhenTheChannelNeverOpened_ItRefuses() public {
        _use(_params(address(token), 99));
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        _expectWrongStatus(ChannelStatus.NONE);
        channels.claim(params, promised);
    }

    function test_WhenItIsInNativeCoin_ItPaysNativeCoin() public {
        _openNative(1 ether);
        _claim(0.25 ether);
        vm.assertEq(bob.balance, 0.25 ether);
    }
}

contract GivenABatch is ChannelKit {
    function test_WhenItHoldsBadItems_OnlyTheseAreSkipped() public {
        Claim[] memory claims = _mixedBatch();
        vm.prank(bob);
        uint96[] memory paid = channels.claimBatch(claims);
        uint96[9] memory expected = [uint96(100), 0, 0, 0, 0, 0, 0, 50, 7];
        for (uint256 i = 0; i < expected.length; ++i) {
            vm.assertEq(paid[i], expected[i], vm.toString(i));
        }
        vm.assertEq(token.balanceOf(bob), 157);
    }

    function test_WhenTokensDiffer_ItPaysEachOnce() public {
        Claim[] memory claims = new Claim[](4);
        claims[0] = _item(_params(address(token), 1), 10, true);
        claims[1] = _item(_params(address(token), 2), 20, true);
        claims[2] = _item(_params(address(0), 3), 30, true);
        claims[3] = _item(_params(address(token), 4), 40, true);
        bytes memory transfer = abi.encodeCall(token.transfer, (bob, 30));
        vm.expectCall(address(token), transfer, 1);
        vm.prank(bob);
        channels.claimBatch(claims);
        vm.assertEq(token.balanceOf(bob), 70);
        vm.assertEq(bob.balance, 30);
    }

    function test_WhenItIsEmpty_ItDoesNothing() public {
        vm.prank(bob);
        vm.assertEq(channels.claimBatch(new Claim[](0)).length, 0);
    }

    function testFuzz_Invariant12_BatchOfNEqualsNSinglesInAnyOrder(uint96[6] memory sent, uint256 order) public {
        Claim[] memory claims = new Claim[](6);
        for (uint64 i = 0; i < 6; ++i) {
            // Two claims on each of three channels, one of them in native coin, so that order matters inside a channel.
            ChannelParams memory chosen = _params(i % 3 == 2 ? address(0) : address(token), i % 3);
            claims[i] = _item(chosen, uint96(bound(sent[i], 0, 2 * DEPOSIT)), i < 3);
        }
        uint256 start = vm.snapshotState();
        vm.prank(bob);
        channels.claimBatch(claims);
        bytes32 batched = _outcome(claims);
        vm.revertToState(start);
        for (uint256 left = 6; left > 0; --left) {
            order = uint256(keccak256(abi.encode(order)));
            uint256 pick = order % left;
            vm.prank(bob);
            try channels.claim(claims[pick].params, claims[pick].signedPromise) {} catch {}
            (claims[pick], claims[left - 1]) = (claims[left - 1], claims[pick]);
        }
        vm.assertEq(_outcome(claims), batched);
    }

    function _outcome(Claim[] memory claims) private view returns (bytes32) {
        uint256 sum = 0;
        for (uint256 i = 0; i < claims.length; ++i) {
            sum += uint128(uint256(_snapshotOf(_idOf(claims[i].params))));
        }
        return keccak256(abi.encode(sum, token.balanceOf(bob), bob.balance));
    }

    function _item(ChannelParams memory chosen, uint96 sent, bool opens) private returns (Claim memory) {
        _use(chosen);
        if (opens) _open(DEPOSIT);
        return Claim(chosen, _promise(sent));
    }

    function _mixedBatch() private returns (Claim[] memory claims) {
        claims = new Claim[](9);
        claims[0] = _item(_params(address(token), 1), 100, true);
        claims[1] = _item(_params(address(token), 1), 90, false); // stale
        claims[2] = _item(_params(address(token), 2), 100, false); // never opened
        claims[3] = _item(_params(address(token), 3), 100, true);
        claims[3].signedPromise.signature[5] ^= 0x01; // forged
        claims[4] = _item(_params(address(token), 4), 100, true);
        claims[4].signedPromise.epoch = 3; // another epoch
        claims[5] = _item(_params(address(token), 5), 100, true);
        _startCloseByA();
        _passWindow(); // too late
        ChannelParams memory foreign = _params(address(token), 6);
        foreign.partyB = stranger;
        claims[6] = _item(foreign, 100, true); // another's
        claims[7] = _item(_params(address(token), 1), 150, false); // on top of the first
        claims[8] = _item(_params(address(token), 7), 7, true);
    }
}
