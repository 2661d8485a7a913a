// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    RebaseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";
import {HostileReceiver} from "../kit/Hostile.sol";

/// One test for each exit. The contract is paused, and the token not even allowed any more, before the exit is tried.
contract Invariant10_WhilePausedEveryExitWorks is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
    }

    function test_Invariant10_Claim() public {
        _shut();
        _claim(300);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_ClaimOfNativeCoin() public {
        _openNative(500);
        _shut();
        _claim(300);
        vm.assertEq(bob.balance, 300);
    }

    function test_Invariant10_ClaimFor() public {
        _shut();
        SignedPromise memory promised = _promise(300);
        vm.prank(tower);
        channels.claimFor(params, promised, _authority(KEY_B));
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_ClaimBatch() public {
        _shut();
        Claim[] memory claims = _batchOf(params, _promise(300));
        vm.prank(bob);
        channels.claimBatch(claims);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_ClaimBatchFor() public {
        _shut();
        Authority[] memory authorities = new Authority[](1);
        authorities[0] = _authority(KEY_B);
        Claim[] memory claims = _batchOf(params, _promise(300));
        vm.prank(tower);
        channels.claimBatchFor(claims, authorities);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_ClaimBatchPacked() public {
        ChannelParams memory chosen = _params(address(token), 8);
        chosen.partyA = signerA;
        _use(chosen);
        _enrich(signerA);
        _open(DEPOSIT);
        _shut();
        SignedPromise memory item = _promise(300);
        vm.prank(bob);
        channels.claimBatchPacked(
            signerB,
            address(token),
            WINDOW,
            abi.encodePacked(signerA, params.salt, item.sent, item.memo, item.signature)
        );
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_StartCloseRespondAndSettle() public {
        _shut();
        _startCloseByA();
        _respond(300);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_StartCloseWithPromise() public {
        _shut();
        SignedPromise memory promised = _promise(300);
        vm.prank(bob);
        channels.startClose(params, promised);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob), 300);
    }

    function test_Invariant10_RespondFor() public {
        _shut();
        _startCloseByA();
        SignedPromise memory promised = _promise(300);
        vm.prank(tower);
        channels.respondFor(params, promised, _authority(KEY_B));
        vm.assertEq(channels.promised(id), 300);
    }

    function test_Invariant10_CoopClose() public {
        _shut();
        CloseTerms memory terms = CloseTerms(0, DEPOSIT - 300, 300, uint40(block.timestamp));
        bytes32 digest = _closeDigest(terms);
        channels.coopClose(params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest));
        vm.assertEq(token.balanceOf(bob), 300);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function test_Invariant10_Rebase() public {
        _openDuplex(address(token), 100, 40);
        _shut();
        uint256 before = token.balanceOf(bob);
        _rebase(RebaseTerms(0, 20, 30, 0, 90, uint40(block.timestamp)));
        vm.assertEq(token.balanceOf(bob) - before, 90);
    }

    function test_Invariant10_DuplexExit() public {
        _openDuplex(address(token), 100, 40);
        _shut();
        uint256 before = token.balanceOf(bob);
        _startCloseByA();
        _respondTo(true, 70);
        _respondTo(false, 10);
        _passWindow();
        channels.settle(params);
        vm.assertEq(token.balanceOf(bob) - before, 100);
    }

    function test_Invariant10_WithdrawCredit() public {
        HostileReceiver receiver = new HostileReceiver();
        receiver.become(HostileReceiver.Mood.REVERTS);
        ChannelParams memory chosen = _params(address(0), 6);
        chosen.partyB = address(receiver);
        _use(chosen);
        _open(500);
        _shut();
        _claim(300);
        receiver.run(address(channels), abi.encodeCall(channels.withdrawCredit, (address(0), stranger)));
        vm.assertEq(stranger.balance, 300);
    }

    function _shut() private {
        vm.startPrank(owner);
        channels.pause();
        channels.setDepositCap(address(token), 0);
        channels.setDepositCap(address(0), 0);
        vm.stopPrank();
    }
}
