// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, CloseTerms, IPaymentChannel, SignedPromise} from "../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "./kit/ChannelKit.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// The (actor x state x action) table of everything that moves money or time.
contract GivenEveryActorStateAndAction is ChannelKit {
    enum State {
        NONE,
        OPEN,
        CLOSING,
        DUE,
        CLOSED
    }
    enum Action {
        OPEN,
        FUND,
        CLAIM,
        START_CLOSE,
        START_CLOSE_WITH_PROMISE,
        RESPOND,
        SETTLE,
        COOP_CLOSE,
        COOP_CLOSE_UNSIGNED,
        WITHDRAW_CREDIT
    }

    function test_OnlyTheTableGoesThrough() public {
        _checkTable();
    }

    function test_WhenPaused_OnlyEntryStops() public {
        vm.prank(owner);
        channels.pause();
        _checkTable();
    }

    function _checkTable() private {
        address[4] memory actors = [alice, bob, stranger, owner];
        bool paused = Pausable(address(channels)).paused();
        uint256 start = vm.snapshotState();
        for (uint8 state = 0; state <= uint8(State.CLOSED); ++state) {
            for (uint256 actor = 0; actor < actors.length; ++actor) {
                for (uint8 action = 0; action <= uint8(Action.WITHDRAW_CREDIT); ++action) {
                    _bring(State(state));
                    bool allowed = _isAllowed(actors[actor], State(state), Action(action), paused);
                    _check(actors[actor], Action(action), allowed);
                    vm.revertToState(start);
                }
            }
        }
    }

    function _check(address actor, Action action, bool allowed) private {
        _enrich(actor);
        bytes32 before = _snapshotOf(id);
        uint256 held = token.balanceOf(address(channels));
        bytes memory call = _callOf(action);
        vm.prank(actor);
        (bool done,) = address(channels).call(call);
        vm.assertTrue(done == allowed, string.concat("action ", vm.toString(uint8(action))));
        if (done) return;
        vm.assertEq(_snapshotOf(id), before, "state");
        vm.assertEq(token.balanceOf(address(channels)), held, "held");
    }

    function _isAllowed(address actor, State state, Action action, bool paused) private view returns (bool) {
        bool live = state == State.OPEN || state == State.CLOSING;
        if (action == Action.OPEN) return actor == alice && state == State.NONE && !paused;
        if (action == Action.FUND) return actor == alice && state == State.OPEN && !paused;
        if (action == Action.CLAIM) return actor == bob && live;
        if (action == Action.START_CLOSE) return (actor == alice || actor == bob) && state == State.OPEN;
        if (action == Action.START_CLOSE_WITH_PROMISE) return actor == bob && state == State.OPEN;
        if (action == Action.RESPOND) return actor == bob && state == State.CLOSING;
        if (action == Action.SETTLE) return state == State.DUE;
        if (action == Action.COOP_CLOSE) return live || state == State.DUE;
        return false;
    }

    function _callOf(Action action) private view returns (bytes memory) {
        SignedPromise memory promised = _promise(300);
        if (action == Action.OPEN) return abi.encodeCall(channels.open, (params, DEPOSIT));
        if (action == Action.FUND) return abi.encodeCall(channels.fund, (params, 5));
        if (action == Action.CLAIM) return abi.encodeCall(channels.claim, (params, promised));
        if (action == Action.START_CLOSE) return abi.encodeCall(channels.startClose, (params, _noPromise()));
        if (action == Action.START_CLOSE_WITH_PROMISE) {
            return abi.encodeCall(channels.startClose, (params, promised));
        }
        if (action == Action.RESPOND) return abi.encodeCall(channels.respond, (params, promised));
        if (action == Action.SETTLE) return abi.encodeCall(channels.settle, (params));
        if (action == Action.WITHDRAW_CREDIT) {
            return abi.encodeCall(channels.withdrawCredit, (address(token), stranger));
        }
        CloseTerms memory terms = CloseTerms({epoch: 0, payA: DEPOSIT, payB: 0, validUntil: type(uint40).max});
        bytes32 digest = _closeDigest(terms);
        bytes memory byB = action == Action.COOP_CLOSE ? _sign(KEY_B, digest) : new bytes(65);
        return abi.encodeCall(channels.coopClose, (params, terms, _sign(KEY_A, digest), byB));
    }

    /// Reaches the state even while paused: the pause is lifted for the opening.
    function _bring(State state) private {
        if (state == State.NONE) return;
        bool paused = Pausable(address(channels)).paused();
        vm.startPrank(owner);
        if (paused) channels.unpause();
        vm.stopPrank();
        _open(DEPOSIT);
        vm.startPrank(owner);
        if (paused) channels.pause();
        vm.stopPrank();
        if (state >= State.CLOSING) _startCloseByA();
        if (state >= State.DUE) _passWindow();
        if (state == State.CLOSED) channels.settle(params);
    }
}

contract GivenAnOwner is ChannelKit {
    function test_WhenAnotherPauses_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", alice));
        channels.pause();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", alice));
        channels.unpause();
    }

    function test_WhenItPauses_OpeningSaysWhy() public {
        vm.prank(owner);
        channels.pause();
        vm.prank(alice);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        channels.open(params, DEPOSIT);
    }

    function test_WhenItHandsOver_TheNewOwnerMustAccept() public {
        Ownable2Step ownable = Ownable2Step(address(channels));
        vm.prank(owner);
        ownable.transferOwnership(stranger);
        vm.assertEq(ownable.owner(), owner);
        vm.prank(stranger);
        ownable.acceptOwnership();
        vm.assertEq(ownable.owner(), stranger);
    }
}
