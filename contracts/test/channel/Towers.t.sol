// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelParams,
    ChannelStatus,
    Claim,
    IPaymentChannel,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenATowerOfThePayee is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
    }

    function test_WhenItClaims_ThePayeeIsPaid() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(tower);
        channels.claimFor(params, promised, _authority(KEY_B));
        vm.assertEq(token.balanceOf(bob), 300);
        vm.assertEq(token.balanceOf(tower), 0);
    }

    function test_WhenItResponds_ThePromiseIsRecorded() public {
        _startCloseByA();
        SignedPromise memory promised = _promise(300);
        vm.prank(tower);
        channels.respondFor(params, promised, _authority(KEY_B));
        vm.assertEq(channels.promised(id), 300);
    }

    function test_WhenItStartsTheClose_ItRefuses() public {
        SignedPromise memory promised = _promise(300);
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotParty.selector, tower));
        channels.startClose(params, promised);
    }

    function test_WhenItShowsLessThanIsKnown_ItLowersNothing() public {
        _startCloseByA();
        _respond(300);
        SignedPromise memory stale = _promise(200);
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, 200, 300));
        channels.respondFor(params, stale, _authority(KEY_B));
    }

    function test_WhenItsLeaveExpired_ItRefuses() public {
        Authority memory authority = _authority(KEY_B);
        vm.warp(authority.validUntil);
        vm.prank(tower);
        channels.claimFor(params, _promise(1), authority);
        vm.warp(authority.validUntil + 1);
        bytes memory expired = abi.encodeWithSelector(
            IPaymentChannel.AuthorityExpired.selector, authority.validUntil, authority.validUntil + 1
        );
        SignedPromise memory promised = _promise(300);
        vm.startPrank(tower);
        vm.expectRevert(expired);
        channels.claimFor(params, promised, authority);
        vm.expectRevert(expired);
        channels.respondFor(params, promised, authority);
        vm.assertEq(channels.claimBatchFor(_batchOf(params, promised), _listOf(authority))[0], 0, "batch");
    }

    function test_WhenAnotherUsesItsLeave_ItRefuses() public {
        _refuse(stranger, _authority(KEY_B));
    }

    function test_WhenThePayerGaveTheLeave_ItRefuses() public {
        _refuse(tower, _authority(KEY_A));
    }

    function test_WhenNobodySignedTheLeave_ItRefuses() public {
        _refuse(tower, Authority(type(uint40).max, ""));
        _refuse(tower, Authority(type(uint40).max, new bytes(65)));
    }

    function test_WhenTheLeaveNamesAnotherTime_ItRefuses() public {
        Authority memory authority = _authority(KEY_B);
        authority.validUntil += 1;
        _refuse(tower, authority);
    }

    function test_WhenTheLeaveIsForAnotherChannel_ItRefuses() public {
        ChannelParams memory here = params;
        _use(_params(address(token), 9));
        Authority memory elsewhere = _authority(KEY_B);
        _use(here);
        _refuse(tower, elsewhere);
    }

    function test_WhenAuthoritiesAreMissing_TheBatchIsRefused() public {
        Claim[] memory claims = _batchOf(params, _promise(300));
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.AuthoritiesMissing.selector, 1, 0));
        channels.claimBatchFor(claims, new Authority[](0));
    }

    function test_WhenItServesSeveralClients_EachGetsItsOwn() public {
        Claim[] memory claims = new Claim[](4);
        Authority[] memory authorities = new Authority[](4);
        (claims[0], authorities[0]) = _served(_params(address(token), 1), 10, false);
        (claims[1], authorities[1]) = _served(_params(address(token), 2), 20, true);
        ChannelParams memory other = _params(address(token), 3);
        other.partyB = stranger;
        (claims[2], authorities[2]) = _served(other, 30, true);
        (claims[3], authorities[3]) = _served(_params(address(token), 4), 40, true);
        authorities[3].signature = authorities[2].signature; // not of this client's channel
        vm.prank(tower);
        uint96[] memory paid = channels.claimBatchFor(claims, authorities);
        vm.assertEq(paid[0] + paid[1] + paid[2], 60);
        vm.assertEq(paid[3], 0);
        vm.assertEq(token.balanceOf(bob), 30);
        vm.assertEq(token.balanceOf(stranger), 30);
    }

    function _served(ChannelParams memory chosen, uint96 sent, bool opens)
        private
        returns (Claim memory item, Authority memory authority)
    {
        _use(chosen);
        if (opens) _open(DEPOSIT);
        return (Claim(chosen, _promise(sent)), _authority(KEY_B));
    }

    function _refuse(address caller, Authority memory authority) private {
        uint256 start = vm.snapshotState();
        SignedPromise memory promised = _promise(300);
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotTower.selector, caller));
        channels.claimFor(params, promised, authority);
        vm.assertEq(channels.claimBatchFor(_batchOf(params, promised), _listOf(authority))[0], 0, "batch");
        vm.stopPrank();
        _startCloseByA();
        vm.prank(caller);
        vm.expectRevert();
        channels.respondFor(params, promised, authority);
        vm.revertToState(start);
    }

    function _listOf(Authority memory authority) private pure returns (Authority[] memory list) {
        list = new Authority[](1);
        list[0] = authority;
    }
}

contract GivenTowersOfBothSidesOfADuplexChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _openDuplex(address(token), 100, 40);
    }

    function test_WhenTheChannelIsOpen_NeitherClaims() public {
        SignedPromise memory promised = _promiseFrom(true, 0, 30);
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ModeNotSupported.selector, DUPLEX));
        channels.claimFor(params, promised, _authority(KEY_B));
    }

    function test_WhenItIsClosing_EachShowsWhatItsClientIsOwed() public {
        _startCloseByA();
        SignedPromise memory byA = _promiseFrom(true, 0, 90);
        SignedPromise memory byB = _promiseFrom(false, 0, 30);
        vm.startPrank(tower);
        channels.respondFor(params, byA, _authority(KEY_B));
        channels.respondFor(params, byB, _authority(KEY_A));
        vm.assertEq(channels.promised(id), 90);
        vm.assertEq(channels.promisedByB(id), 30);
    }

    function test_WhenItShowsItsOwnClientsPromise_ItRefuses() public {
        _startCloseByA();
        SignedPromise memory byA = _promiseFrom(true, 0, 90);
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, signerB));
        channels.respondFor(params, byA, _authority(KEY_A));
    }

    function test_WhenTheChannelIsSimplex_ThePayersTowerHasNothingToShow() public {
        _use(_params(address(token), 1));
        _open(DEPOSIT);
        _startCloseByA();
        SignedPromise memory promised = _promise(90);
        vm.prank(tower);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayee.selector, tower, bob));
        channels.respondFor(params, promised, _authority(KEY_A));
        _assertChannel(DEPOSIT, 0, ChannelStatus.CLOSING);
    }
}
