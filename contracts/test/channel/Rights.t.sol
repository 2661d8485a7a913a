// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CloseTerms, RebaseTerms, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// The (actor x state x action) table of everything that moves money or time, for both modes, paused and not.
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
        CLAIM_BATCH,
        CLAIM_FOR,
        START_CLOSE,
        START_CLOSE_WITH_PROMISE,
        RESPOND,
        RESPOND_FOR,
        REBASE,
        REBASE_UNSIGNED,
        SETTLE,
        COOP_CLOSE,
        COOP_CLOSE_UNSIGNED,
        WITHDRAW_CREDIT,
        SET_CAP,
        PAUSE,
        UNPAUSE
    }

    uint8 private _mode;
    bool private _paused;

    function test_Simplex_OnlyTheTableGoesThrough() public {
        _checkTable(SIMPLEX, false);
    }

    function test_Simplex_WhenPaused_OnlyEntryStops() public {
        _checkTable(SIMPLEX, true);
    }

    function test_Duplex_OnlyTheTableGoesThrough() public {
        _checkTable(DUPLEX, false);
    }

    function test_Duplex_WhenPaused_OnlyEntryStops() public {
        _checkTable(DUPLEX, true);
    }

    /// The table itself: who may do what, and when.
    function _isAllowed(address actor, State state, Action action) private view returns (bool) {
        bool isParty = actor == alice || actor == bob;
        bool isSimplex = _mode == SIMPLEX;
        bool isDepositor = isSimplex ? actor == alice : isParty;
        bool isLive = state == State.OPEN || state == State.CLOSING;
        if (action == Action.OPEN) return isDepositor && state == State.NONE && !_paused;
        if (action == Action.FUND) return isDepositor && state == State.OPEN && !_paused;
        if (action == Action.CLAIM || action == Action.CLAIM_BATCH) return isSimplex && actor == bob && isLive;
        if (action == Action.CLAIM_FOR) return isSimplex && actor == tower && isLive;
        if (action == Action.START_CLOSE) return isParty && state == State.OPEN;
        if (action == Action.START_CLOSE_WITH_PROMISE) {
            return (isSimplex ? actor == bob : isParty) && state == State.OPEN;
        }
        if (action == Action.RESPOND) return (isSimplex ? actor == bob : isParty) && state == State.CLOSING;
        if (action == Action.RESPOND_FOR) return actor == tower && state == State.CLOSING;
        if (action == Action.REBASE) return !isSimplex && state == State.OPEN;
        if (action == Action.SETTLE) return state == State.DUE;
        if (action == Action.COOP_CLOSE) return isLive || state == State.DUE;
        if (action == Action.SET_CAP) return actor == owner;
        if (action == Action.PAUSE) return actor == owner && !_paused;
        if (action == Action.UNPAUSE) return actor == owner && _paused;
        return false;
    }

    function _checkTable(uint8 mode, bool paused) private {
        (_mode, _paused) = (mode, paused);
        params.mode = mode;
        _use(params);
        address[5] memory actors = [alice, bob, stranger, tower, owner];
        uint256 start = vm.snapshotState();
        for (uint8 state = 0; state <= uint8(State.CLOSED); ++state) {
            for (uint256 actor = 0; actor < actors.length; ++actor) {
                for (uint8 action = 0; action <= uint8(Action.UNPAUSE); ++action) {
                    _bring(State(state));
                    _check(actors[actor], Action(action), _isAllowed(actors[actor], State(state), Action(action)));
                    vm.revertToState(start);
                }
            }
        }
    }

    function _check(address actor, Action action, bool allowed) private {
        _enrich(actor);
        bytes32 before = _snapshotOf(id);
        uint256 held = token.balanceOf(address(channels));
        bytes memory call = _callOf(action, actor);
        vm.prank(actor);
        (bool done, bytes memory answer) = address(channels).call(call);
        // A batch never reverts: its one item is paid or skipped.
        if (action == Action.CLAIM_BATCH) done = done && abi.decode(answer, (uint96[]))[0] > 0;
        vm.assertTrue(done == allowed, string.concat("action ", vm.toString(uint8(action))));
        if (done) return;
        vm.assertEq(_snapshotOf(id), before, "state");
        vm.assertEq(token.balanceOf(address(channels)), held, "held");
    }

    function _callOf(Action action, address actor) private view returns (bytes memory) {
        // What the other side promised the actor; a stranger tries with partyA's promise.
        SignedPromise memory promised = _promiseFrom(_mode == SIMPLEX || actor != alice, 0, 300);
        if (action == Action.OPEN) return abi.encodeCall(channels.open, (params, DEPOSIT));
        if (action == Action.FUND) return abi.encodeCall(channels.fund, (params, 5));
        if (action == Action.CLAIM) return abi.encodeCall(channels.claim, (params, promised));
        if (action == Action.CLAIM_BATCH) return abi.encodeCall(channels.claimBatch, (_batchOf(params, promised)));
        if (action == Action.CLAIM_FOR) {
            return abi.encodeCall(channels.claimFor, (params, promised, _authority(KEY_B)));
        }
        if (action == Action.START_CLOSE) return abi.encodeCall(channels.startClose, (params, _noPromise()));
        if (action == Action.START_CLOSE_WITH_PROMISE) {
            return abi.encodeCall(channels.startClose, (params, promised));
        }
        if (action == Action.RESPOND) return abi.encodeCall(channels.respond, (params, promised));
        if (action == Action.RESPOND_FOR) {
            return abi.encodeCall(channels.respondFor, (params, promised, _authority(KEY_B)));
        }
        if (action == Action.SETTLE) return abi.encodeCall(channels.settle, (params));
        if (action == Action.WITHDRAW_CREDIT) {
            return abi.encodeCall(channels.withdrawCredit, (address(token), stranger));
        }
        if (action == Action.SET_CAP) return abi.encodeCall(channels.setDepositCap, (address(token), 5));
        if (action == Action.PAUSE) return abi.encodeCall(channels.pause, ());
        if (action == Action.UNPAUSE) return abi.encodeCall(channels.unpause, ());
        return _agreedCall(action);
    }

    function _agreedCall(Action action) private view returns (bytes memory) {
        bool signed = action == Action.COOP_CLOSE || action == Action.REBASE;
        if (action == Action.REBASE || action == Action.REBASE_UNSIGNED) {
            RebaseTerms memory rebase = RebaseTerms(0, 0, DEPOSIT - 10, 4, 6, type(uint40).max);
            bytes32 hash = _rebaseDigest(rebase);
            bytes memory second = signed ? _sign(KEY_B, hash) : new bytes(65);
            return abi.encodeCall(channels.rebase, (params, rebase, _sign(KEY_A, hash), second));
        }
        CloseTerms memory terms = CloseTerms({epoch: 0, payA: DEPOSIT, payB: 0, validUntil: type(uint40).max});
        bytes32 digest = _closeDigest(terms);
        bytes memory byB = signed ? _sign(KEY_B, digest) : new bytes(65);
        return abi.encodeCall(channels.coopClose, (params, terms, _sign(KEY_A, digest), byB));
    }

    /// The pause comes last, or nothing could be opened.
    function _bring(State state) private {
        if (state >= State.OPEN) _open(DEPOSIT);
        if (state >= State.CLOSING) _startCloseByA();
        if (state >= State.DUE) _passWindow();
        if (state == State.CLOSED) channels.settle(params);
        if (!_paused) return;
        vm.prank(owner);
        channels.pause();
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
