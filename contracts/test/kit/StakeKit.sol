// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JuryOrder, JurySnapshot, SeatOutcome} from "../../src/interfaces/IJury.sol";
import {IReputation} from "../../src/interfaces/IReputation.sol";
import {IStake} from "../../src/interfaces/IStake.sol";
import {Slash} from "../../src/interfaces/IStakeCourt.sol";
import {ITestToken} from "./ChannelKit.sol";
import {T} from "./T.sol";

/// A reputation contract whose escrow and arbiter are plain keys, and agents with tokens.
abstract contract StakeKit is T {
    uint32 internal constant DELAY = 11 days;
    uint96 internal constant STAKE = 100e6;
    bytes32 internal constant CHANNEL = keccak256("channel");
    bytes32 internal constant ESCROW_ID = keccak256("escrow");
    bytes32 internal constant DISPUTE = keccak256("dispute");

    address internal immutable alice = vm.addr(0xA);
    address internal immutable bob = vm.addr(0xB);
    address internal immutable stranger = vm.addr(0xC);
    address internal immutable owner = vm.addr(0xD);
    address internal immutable escrow = vm.addr(0xE);
    address internal immutable arbiter = vm.addr(0xAB);

    IReputation internal reputation;
    ITestToken internal token;
    address internal money;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        token = ITestToken(vm.deployCode("TestToken.sol"));
        money = address(token);
        address[] memory tokens = new address[](1);
        tokens[0] = money;
        reputation =
            IReputation(vm.deployCode("ReputationContract.sol", abi.encode(escrow, arbiter, DELAY, owner, tokens)));
        _enrich(alice);
        _enrich(bob);
    }

    function _enrich(address agent) internal {
        token.mint(agent, 1e30);
        vm.prank(agent);
        token.approve(address(reputation), type(uint256).max);
    }

    // Steps, each by whoever may take it

    function _deposit(address agent, uint96 amount) internal {
        vm.prank(agent);
        reputation.deposit(money, amount);
    }

    function _allocate(uint96 amount) internal {
        vm.prank(alice);
        reputation.allocate(money, CHANNEL, amount);
    }

    function _startRelease() internal {
        vm.prank(alice);
        reputation.startRelease(money, CHANNEL);
    }

    function _startUnbonding(uint96 amount) internal {
        vm.prank(alice);
        reputation.startUnbonding(money, amount);
    }

    function _join(address agent, uint96 amount) internal {
        vm.prank(agent);
        reputation.joinJury(money, amount);
    }

    function _leave(address agent, uint96 amount) internal {
        vm.prank(agent);
        reputation.leaveJury(money, amount);
    }

    function _snapshot() internal returns (JurySnapshot memory) {
        vm.prank(arbiter);
        return reputation.takeSnapshot(money);
    }

    function _seat(JurySnapshot memory snapshot, bytes32 seed, uint8 seats, uint96 seatStake)
        internal
        returns (address[] memory)
    {
        vm.prank(arbiter);
        return reputation.seatJury(_ordered(snapshot, seed, seats), seatStake);
    }

    /// With nobody excluded.
    function _ordered(JurySnapshot memory snapshot, bytes32 seed, uint8 seats)
        internal
        view
        returns (JuryOrder memory)
    {
        return JuryOrder({token: money, snapshot: snapshot, seed: seed, seats: seats, excluded: new address[](0)});
    }

    function _settleSeat(address juror, uint96 unlock, uint96 take) internal {
        SeatOutcome[] memory outcomes = new SeatOutcome[](1);
        outcomes[0] = SeatOutcome(juror, unlock, take);
        vm.prank(arbiter);
        reputation.settleSeats(money, outcomes);
    }

    function _slash(bytes32 backing, uint96 amount, uint96 loss) internal returns (uint96, uint96) {
        vm.prank(arbiter);
        return reputation.slash(_order(backing, amount, loss));
    }

    function _order(bytes32 backing, uint96 amount, uint96 loss) internal view returns (Slash memory) {
        return Slash({
            dispute: DISPUTE, token: money, agent: alice, backing: backing, amount: amount, injured: bob, loss: loss
        });
    }

    function _passDelay() internal {
        vm.warp(block.timestamp + DELAY);
    }

    // Observations

    function _assertAccount(uint96 total, uint96 committed) internal view {
        (uint96 totalNow, uint96 committedNow,) = reputation.accountOf(money, alice);
        vm.assertEq(totalNow, total, "total");
        vm.assertEq(committedNow, committed, "committed");
    }

    function _assertAllocation(bytes32 backing, uint96 amount, uint40 releaseAt, uint16 pins) internal view {
        (uint96 amountNow, uint40 releaseAtNow, uint16 pinsNow) = reputation.allocationOf(money, alice, backing);
        vm.assertEq(amountNow, amount, "allocated");
        vm.assertEq(releaseAtNow, releaseAt, "releaseAt");
        vm.assertEq(pinsNow, pins, "pins");
    }

    function _expectNotFree(uint96 free, uint96 wanted) internal {
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeNotFree.selector, money, alice, free, wanted));
    }
}
