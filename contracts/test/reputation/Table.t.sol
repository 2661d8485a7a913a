// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchor} from "../../src/interfaces/IReputation.sol";
import {JurySnapshot, SeatOutcome} from "../../src/interfaces/IJury.sol";
import {StakeKit} from "../kit/StakeKit.sol";

/// Invariant 9. Who may do what with an agent's stake, when: every actor tries every action in every state. What is not in the table must change
/// nothing.
contract Invariant09_GivenEveryActorStateAndAction is StakeKit {
    /// One row per action, one letter per state: A anyone, R the agent, E escrow, C arbiter, O owner, - nobody.
    struct Row {
        string name;
        bytes allowed;
        bytes call;
    }

    /// In the order of the letters. DUE: its delay has passed. SEATED_DUE: left the jury, seated, delay passed.
    string[14] private _states = [
        "EMPTY",
        "FREE",
        "ALLOCATED",
        "RELEASING",
        "RELEASE_DUE",
        "PINNED_DUE",
        "UNBONDING",
        "UNBONDING_DUE",
        "PLEDGED",
        "SEATED",
        "SEATED_DUE",
        "LOCKED",
        "HELD",
        "SLASHED"
    ];
    uint96 private constant PART = 60e6;
    uint96 private constant BIT = 10e6;
    Row[] private _rows;
    bool private _isPaused;

    function setUp() public override {
        super.setUp();
        _rowsOfAgents();
        _rowsOfEscrow();
        _rowsOfCourt();
        _row("setDepositCap", "OOOOOOOOOOOOOO", abi.encodeCall(reputation.setDepositCap, (money, 1)));
        _row("setMinPledge", "OOOOOOOOOOOOOO", abi.encodeCall(reputation.setMinPledge, (money, 1)));
    }

    function test_OnlyTheTableIsAllowed() public {
        _tryAll(false);
    }

    function test_WhilePausedTheSameIsAllowed_ButEntry() public {
        _tryAll(true);
    }

    function _tryAll(bool paused) private {
        for (uint256 state = 0; state < _states.length; ++state) {
            uint256 start = vm.snapshotState();
            _enter(state);
            if (paused) _pause();
            for (uint256 i = 0; i < _rows.length; ++i) {
                _tryActors(_rows[i], state);
            }
            vm.revertToState(start);
        }
    }

    // Rows

    function _rowsOfAgents() private {
        _row("deposit", "RRRRRRRRRRRRRR", abi.encodeCall(reputation.deposit, (money, BIT)));
        _row("allocate", "-RR---RRRRRRRR", abi.encodeCall(reputation.allocate, (money, CHANNEL, BIT)));
        _row("startRelease", "--R----------R", abi.encodeCall(reputation.startRelease, (money, CHANNEL)));
        _row("finishRelease", "----A---------", abi.encodeCall(reputation.finishRelease, (money, alice, CHANNEL)));
        _row("startUnbonding", "-RRRRRRRRRRRRR", abi.encodeCall(reputation.startUnbonding, (money, BIT)));
        _row("finishUnbonding", "-------A------", abi.encodeCall(reputation.finishUnbonding, (money, alice)));
        _row("joinJury", "-RRRRRRRRRRRRR", abi.encodeCall(reputation.joinJury, (money, BIT)));
        _row("leaveJury", "--------RR----", abi.encodeCall(reputation.leaveJury, (money, BIT)));
        _row("withdrawCredit", "--------------", abi.encodeCall(reputation.withdrawCredit, (money, stranger)));
        _row("anchor", "AAAAAAAAAAAAAA", abi.encodeCall(reputation.anchor, (1, Anchor("root", 1, 1))));
        _row("vouch", "AAAAAAAAAAAAAA", abi.encodeCall(reputation.vouch, (bob, 1)));
        _row("endVouch", "--------------", abi.encodeCall(reputation.endVouch, (bob)));
    }

    function _rowsOfEscrow() private {
        _row("lock", "-EEEEEEEEEEEEE", abi.encodeCall(reputation.lock, (money, alice, BIT)));
        _row("unlock", "--EEEEEEEEEEEE", abi.encodeCall(reputation.unlock, (money, alice, BIT)));
        _row("hold", "EEEEEEEEEEEEEE", abi.encodeCall(reputation.hold, (money, alice, ESCROW_ID, BIT)));
        _row("endHold", "EEEEEEEEEEEEEE", abi.encodeCall(reputation.endHold, (money, alice, ESCROW_ID)));
    }

    function _rowsOfCourt() private {
        SeatOutcome[] memory seats = new SeatOutcome[](1);
        seats[0] = SeatOutcome(alice, BIT, 1);
        JurySnapshot memory none;
        _row("pin", "--CCCC-------C", abi.encodeCall(reputation.pin, (money, alice, CHANNEL)));
        _row("unpin", "-----C--------", abi.encodeCall(reputation.unpin, (money, alice, CHANNEL)));
        _row("seize", "CCCCCCCCCCCCCC", abi.encodeCall(reputation.seize, (money, alice, CHANNEL, BIT)));
        _row("slash", "CCCCCCCCCCCCC-", abi.encodeCall(reputation.slash, (_order(CHANNEL, BIT, 1))));
        _row("recordAppeal", "CCCCCCCCCCCCCC", abi.encodeCall(reputation.recordAppeal, (alice, DISPUTE, true)));
        _row("takeSnapshot", "CCCCCCCCCCCCCC", abi.encodeCall(reputation.takeSnapshot, (money)));
        _row("seatJury", "CCCCCCCCCCCCCC", abi.encodeCall(reputation.seatJury, (_ordered(none, "", 7), BIT)));
        _row("settleSeats", "---------CC---", abi.encodeCall(reputation.settleSeats, (money, seats)));
    }

    function _row(string memory name, bytes memory allowed, bytes memory call) private {
        assert(allowed.length == _states.length);
        _rows.push(Row({name: name, allowed: allowed, call: call}));
    }

    // States

    function _enter(uint256 state) private {
        if (state == 0) return;
        _deposit(alice, STAKE);
        bool isAllocated = (state >= 2 && state <= 5) || state == 13;
        if (isAllocated) _allocate(PART);
        if (state >= 3 && state <= 5) _startRelease();
        if (state == 5) {
            vm.prank(arbiter);
            reputation.pin(money, alice, CHANNEL);
        }
        if (state == 6 || state == 7) _startUnbonding(PART);
        if (state >= 8 && state <= 10) _join(alice, PART);
        if (state == 9 || state == 10) _seat(_snapshot(), "seed", 1, BIT);
        if (state == 10) _leave(alice, PART);
        if (state == 4 || state == 5 || state == 7 || state == 10) _passDelay();
        if (state == 11 || state == 12) {
            vm.prank(escrow);
            reputation.lock(money, alice, PART);
        }
        if (state == 12) {
            vm.prank(escrow);
            reputation.hold(money, alice, ESCROW_ID, PART);
        }
        if (state == 13) _slash(CHANNEL, 5e6, 1e6);
    }

    // Trials

    function _tryActors(Row memory row, uint256 state) private {
        _try(row, state, alice, "R");
        _try(row, state, escrow, "E");
        _try(row, state, arbiter, "C");
        _try(row, state, owner, "O");
        _try(row, state, stranger, "-");
    }

    function _try(Row memory row, uint256 state, address actor, bytes1 letter) private {
        string memory label = string.concat(row.name, " in ", _states[state], " by ", string(abi.encodePacked(letter)));
        bytes1 allowed = _isPaused && _isEntry(bytes4(row.call)) ? bytes1("-") : row.allowed[state];
        bool expected = allowed == "A" || (allowed == letter && allowed != "-");
        uint256 start = vm.snapshotState();
        bytes32 before = _world();
        vm.prank(actor);
        (bool done,) = address(reputation).call(row.call);
        vm.assertTrue(done == expected, label);
        if (!expected) vm.assertEq(_world(), before, label);
        vm.revertToState(start);
    }

    function _world() private view returns (bytes32) {
        return keccak256(abi.encode(_stakeWorld(), _juryWorld(), token.balanceOf(arbiter), token.balanceOf(alice)));
    }

    function _pause() private {
        _isPaused = true;
        vm.prank(owner);
        reputation.pause();
    }

    function _isEntry(bytes4 action) private view returns (bool) {
        return action == reputation.deposit.selector || action == reputation.allocate.selector
            || action == reputation.joinJury.selector || action == reputation.vouch.selector;
    }

    function _stakeWorld() private view returns (bytes32) {
        (uint96 total, uint96 committed, uint16 slashes) = reputation.accountOf(money, alice);
        (uint96 amount, uint40 releaseAt, uint16 pins) = reputation.allocationOf(money, alice, CHANNEL);
        (uint96 held,,) = reputation.allocationOf(money, alice, ESCROW_ID);
        (uint96 unbonding, uint40 finishAt) = reputation.unbondingOf(money, alice);
        return keccak256(abi.encode(total, committed, slashes, amount, releaseAt, pins, held, unbonding, finishAt));
    }

    function _juryWorld() private view returns (bytes32) {
        (uint96 pledged, uint96 seated) = reputation.jurorOf(money, alice);
        (uint32 members, uint96 weight) = reputation.juryOf(money);
        return keccak256(abi.encode(pledged, seated, members, weight, reputation.depositCap(money)));
    }
}
