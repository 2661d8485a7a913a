// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JurySnapshot} from "../../src/interfaces/IJury.sol";
import {IReputation} from "../../src/interfaces/IReputation.sol";
import {Slash} from "../../src/interfaces/IStakeCourt.sol";
import {ITestToken} from "./ChannelKit.sol";
import {HostileToken} from "./Hostile.sol";
import {StakeKit} from "./StakeKit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Lets the invariant runner play five agents, the escrow, the arbiter, strangers, the owner, a blocking token and the clock. What it
/// expects it keeps in its own books.
contract StakeHandler is StakeKit {
    struct Seat {
        address juror;
        uint96 locked;
    }

    uint256 public constant COUNT = 5;
    HostileToken public immutable bad = new HostileToken();
    address[] private _agents;
    bytes32[2] private _channels = [CHANNEL, bytes32("another")];
    mapping(address agent => uint96) public lockedByEscrow;
    mapping(address agent => mapping(bytes32 backing => uint16)) private _pins;
    mapping(bytes32 dispute => mapping(address agent => bool)) private _slashed;
    Seat[] private _seats;
    JurySnapshot[] private _snapshots;
    bytes32[] private _draws;

    constructor() {
        vm.warp(1_800_000_000);
        money = address(bad);
        token = ITestToken(money);
        _deploy();
        for (uint160 i = 0; i < COUNT; ++i) {
            _agents.push(address(0x10000 + i));
            bad.mint(_agents[i], 1e30);
            _deposit(_agents[i], STAKE);
        }
    }

    // What agents may do

    function deposit(uint256 who, uint96 amount) external {
        if (_isPaused()) return;
        _deposit(_agent(who), uint96(bound(amount, 1, STAKE)));
    }

    function allocate(uint256 who, uint256 where, uint96 amount) external {
        address agent = _agent(who);
        bytes32 channel = _channels[where % 2];
        (, uint40 releaseAt,) = reputation.allocationOf(money, agent, channel);
        if (_isPaused() || releaseAt != 0 || _free(agent) == 0) return;
        amount = uint96(bound(amount, 1, _free(agent)));
        vm.prank(agent);
        reputation.allocate(money, channel, amount);
    }

    function startRelease(uint256 who, uint256 where) external {
        address agent = _agent(who);
        bytes32 channel = _channels[where % 2];
        (uint96 amount, uint40 releaseAt,) = reputation.allocationOf(money, agent, channel);
        if (amount == 0 || releaseAt != 0) return;
        vm.prank(agent);
        reputation.startRelease(money, channel);
    }

    function finishRelease(uint256 who, uint256 where) external {
        address agent = _agent(who);
        bytes32 channel = _channels[where % 2];
        (, uint40 releaseAt, uint16 pins) = reputation.allocationOf(money, agent, channel);
        bool isDue = releaseAt != 0 && block.timestamp >= releaseAt && pins == 0;
        vm.prank(stranger);
        (bool done,) = address(reputation).call(abi.encodeCall(reputation.finishRelease, (money, agent, channel)));
        vm.assertTrue(done == isDue, "a release at the wrong time");
    }

    function startUnbonding(uint256 who, uint96 amount) external {
        address agent = _agent(who);
        if (_free(agent) == 0) return;
        amount = uint96(bound(amount, 1, _free(agent)));
        vm.prank(agent);
        reputation.startUnbonding(money, amount);
    }

    /// Succeeds exactly when it is due and no seat is locked.
    function finishUnbonding(uint256 who) external {
        address agent = _agent(who);
        (uint96 amount, uint40 finishAt) = reputation.unbondingOf(money, agent);
        (, uint96 seated) = reputation.jurorOf(money, agent);
        bool isDue = amount > 0 && block.timestamp >= finishAt && seated == 0;
        vm.prank(stranger);
        (bool done,) = address(reputation).call(abi.encodeCall(reputation.finishUnbonding, (money, agent)));
        vm.assertTrue(done == isDue, "unbonded at the wrong time");
    }

    function joinJury(uint256 who, uint96 amount) external {
        address agent = _agent(who);
        if (_isPaused() || _free(agent) == 0) return;
        _join(agent, uint96(bound(amount, 1, _free(agent))));
    }

    function leaveJury(uint256 who, uint96 amount) external {
        address agent = _agent(who);
        (uint96 pledged,) = reputation.jurorOf(money, agent);
        if (pledged == 0) return;
        _leave(agent, amount % 2 == 0 ? pledged : uint96(bound(amount, 1, pledged)));
    }

    // What the escrow may do

    function lock(uint256 who, uint96 amount) external {
        address agent = _agent(who);
        amount = uint96(bound(amount, 0, _free(agent)));
        vm.prank(escrow);
        reputation.lock(money, agent, amount);
        lockedByEscrow[agent] += amount;
    }

    function unlock(uint256 who, uint96 amount) external {
        address agent = _agent(who);
        amount = uint96(bound(amount, 0, lockedByEscrow[agent]));
        vm.prank(escrow);
        reputation.unlock(money, agent, amount);
        lockedByEscrow[agent] -= amount;
    }

    function hold(uint256 who) external {
        address agent = _agent(who);
        (,, uint16 pins) = reputation.allocationOf(money, agent, ESCROW_ID);
        if (pins > 0) return;
        vm.prank(escrow);
        reputation.hold(money, agent, ESCROW_ID, lockedByEscrow[agent]);
        lockedByEscrow[agent] = 0;
    }

    function endHold(uint256 who) external {
        vm.prank(escrow);
        reputation.endHold(money, _agent(who), ESCROW_ID);
    }

    // What the court may do

    function pin(uint256 who, uint256 where) external {
        address agent = _agent(who);
        bytes32 channel = _channels[where % 2];
        (uint96 amount,,) = reputation.allocationOf(money, agent, channel);
        if (amount == 0) return;
        vm.prank(arbiter);
        reputation.pin(money, agent, channel);
        ++_pins[agent][channel];
    }

    function unpin(uint256 who, uint256 where) external {
        address agent = _agent(who);
        bytes32 channel = _channels[where % 2];
        if (_pins[agent][channel] == 0) return;
        vm.prank(arbiter);
        reputation.unpin(money, agent, channel);
        --_pins[agent][channel];
    }

    function seize(uint256 who, uint256 where, uint96 amount) external {
        vm.prank(arbiter);
        reputation.seize(money, _agent(who), _backing(where), amount % (STAKE / 4));
    }

    /// Once per dispute and agent: the second must fail.
    function slash(uint256 who, uint256 where, uint96 amount, uint96 loss, uint8 dispute) external {
        Slash memory order = Slash({
            dispute: keccak256(abi.encode(dispute % 8)),
            token: money,
            agent: _agent(who),
            backing: _backing(where),
            amount: amount % STAKE,
            injured: bob,
            loss: loss % STAKE
        });
        vm.prank(arbiter);
        (bool done,) = address(reputation).call(abi.encodeCall(reputation.slash, (order)));
        vm.assertTrue(done != _slashed[order.dispute][order.agent], "slash once");
        _slashed[order.dispute][order.agent] = true;
    }

    function takeSnapshot() external {
        JurySnapshot memory snapshot = _snapshot();
        _snapshots.push(snapshot);
        _draws.push(_drawAll(snapshot));
    }

    function seatJury(uint256 which, bytes32 seed, uint8 seats, uint96 stake) external {
        if (_snapshots.length == 0) return;
        // Older ones are out of reach: their jurors may have withdrawn.
        JurySnapshot memory snapshot = _snapshots[_snapshots.length - 1 - which % 2 % _snapshots.length];
        stake = uint96(bound(stake, 1, STAKE / 4));
        address[] memory jurors = _seat(snapshot, seed, seats % 6, stake);
        for (uint256 i = 0; i < jurors.length; ++i) {
            _seats.push(Seat(jurors[i], stake));
        }
    }

    function settleSeat(uint256 which, uint96 take) external {
        if (_seats.length == 0) return;
        which = which % _seats.length;
        Seat memory seat = _seats[which];
        _settleSeat(seat.juror, seat.locked, uint96(bound(take, 0, seat.locked)));
        _seats[which] = _seats[_seats.length - 1];
        _seats.pop();
    }

    // Others

    function withdrawCredit() external {
        if (reputation.credit(money, bob) == 0) return;
        vm.prank(bob);
        reputation.withdrawCredit(money, stranger);
    }

    function blockReceiver(uint8 luck) external {
        bad.blockReceiver(luck % 2 == 0 ? bob : address(0));
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + bound(time, 1, DELAY));
    }

    function togglePause() external {
        bool paused = _isPaused();
        vm.startPrank(owner);
        if (paused) reputation.unpause();
        else reputation.pause();
        vm.stopPrank();
    }

    // What the invariants ask

    function agentAt(uint256 index) external view returns (address) {
        return _agents[index];
    }

    function accountOf(address agent) external view returns (uint256 total, uint256 committed) {
        (total, committed,) = reputation.accountOf(money, agent);
    }

    /// All that this agent's committed stake is for, from the parts.
    function partsOf(address agent) external view returns (uint256 sum) {
        (uint96 pledged,) = reputation.jurorOf(money, agent);
        (uint96 unbonding,) = reputation.unbondingOf(money, agent);
        sum = uint256(lockedByEscrow[agent]) + pledged + unbonding;
        for (uint256 i = 0; i < 3; ++i) {
            (uint96 amount,,) = reputation.allocationOf(money, agent, _backing(i));
            sum += amount;
        }
    }

    /// Seats of an agent by the books, and what covers them.
    function seatsOf(address agent) external view returns (uint256 seated, uint256 booked, uint256 covers) {
        (uint96 pledged, uint96 locked) = reputation.jurorOf(money, agent);
        (uint96 unbonding,) = reputation.unbondingOf(money, agent);
        (seated, covers) = (locked, uint256(pledged) + unbonding);
        for (uint256 i = 0; i < _seats.length; ++i) {
            if (_seats[i].juror == agent) booked += _seats[i].locked;
        }
    }

    function juryOf() external view returns (uint32 members, uint96 total) {
        return reputation.juryOf(money);
    }

    function pledgeOf(address agent) external view returns (uint96 pledged) {
        (pledged,) = reputation.jurorOf(money, agent);
    }

    function areSnapshotsAsTheyWere() external view returns (bool) {
        for (uint256 i = 0; i < _snapshots.length; ++i) {
            if (_drawAll(_snapshots[i]) != _draws[i]) return false;
        }
        return true;
    }

    /// What the contract holds, and what it has no owner for.
    function heldAndUnowned() external view returns (uint256 held, uint256 unowned) {
        return (bad.balanceOf(address(reputation)), reputation.burned(money) + reputation.credit(money, bob));
    }

    // Bookkeeping

    function _deploy() private {
        address[] memory tokens = new address[](1);
        tokens[0] = money;
        bytes memory args = abi.encode(escrow, arbiter, DELAY, owner, tokens);
        reputation = IReputation(vm.deployCode("ReputationContract.sol", args));
    }

    function _agent(uint256 who) private view returns (address) {
        return _agents[who % COUNT];
    }

    function _backing(uint256 where) private view returns (bytes32) {
        return where % 3 == 2 ? ESCROW_ID : _channels[where % 3];
    }

    function _free(address agent) private view returns (uint96) {
        (uint96 total, uint96 committed,) = reputation.accountOf(money, agent);
        return total - committed;
    }

    function _isPaused() private view returns (bool) {
        return Pausable(address(reputation)).paused();
    }

    function _drawAll(JurySnapshot memory snapshot) private view returns (bytes32) {
        return keccak256(abi.encode(reputation.drawJury(_ordered(snapshot, "seed", uint8(COUNT)))));
    }
}
