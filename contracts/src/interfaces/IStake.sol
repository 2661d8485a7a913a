// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permit} from "./IPaymentChannel.sol";

/// Stake of agents, per token, in atomic units. `committed` is what backs escrows, channels and seats, or is on its way out: the rest
/// is free. Committed is never above total, and no part of it is counted twice, so one stake never backs two.
interface IStake {
    event Deposited(address indexed token, address indexed agent, uint96 amount);
    /// @param amount The whole allocation after this.
    event Allocated(address indexed token, address indexed agent, bytes32 indexed backing, uint96 amount);
    event ReleaseStarted(address indexed token, address indexed agent, bytes32 indexed backing, uint40 releaseAt);
    event Released(address indexed token, address indexed agent, bytes32 indexed backing, uint96 amount);
    /// @param amount All that is unbonding after this.
    event UnbondingStarted(address indexed token, address indexed agent, uint96 amount, uint40 finishAt);
    event Withdrawn(address indexed token, address indexed agent, uint96 amount);
    /// Stake went to the court for a bond or for fees.
    event Seized(address indexed token, address indexed agent, bytes32 indexed backing, uint96 amount);
    event Slashed(
        bytes32 indexed dispute,
        address indexed agent,
        address indexed token,
        address injured,
        uint96 compensated,
        uint96 burned
    );

    error AmountMissing();
    error StakeNotFree(address token, address agent, uint96 free, uint96 wanted);
    error NothingAllocated(address token, address agent, bytes32 backing);
    error ReleaseHasStarted(bytes32 backing, uint40 releaseAt);
    error ReleaseNotStarted(bytes32 backing);
    error StillLocked(uint40 until, uint256 time);
    error InDispute(bytes32 backing, uint16 pins);
    error NotPinned(bytes32 backing);
    error StakeIsSeated(address agent, uint96 seated);
    error NothingUnbonding(address token, address agent);
    error AlreadySlashed(bytes32 dispute, address agent);
    error EscrowOnly(address caller);
    error ArbiterOnly(address caller);

    /// Takes the caller's tokens by allowance as its free stake, up to the token's deposit cap per agent.
    function deposit(address token, uint96 amount) external;

    /// deposit() with the allowance given by an ERC-2612 permit. A permit somebody else already used is no obstacle.
    function depositWithPermit(address token, uint96 amount, Permit calldata permit) external;

    /// Commits free stake of the caller to one channel. Adds to what is allocated to it; refused once its release has started.
    function allocate(address token, bytes32 channelId, uint96 amount) external;

    /// Announces that an allocation ends: after releaseDelay() it is free. Agreements made from now on must not count it.
    function startRelease(address token, bytes32 channelId) external;

    /// Frees an agent's allocation after the delay, unless a dispute draws on it. Anyone.
    function finishRelease(address token, address agent, bytes32 channelId) external;

    /// Sends free stake of the caller on its way out. Another call adds to it and starts the delay again.
    function startUnbonding(address token, uint96 amount) external;

    /// Pays unbonded stake out to its agent after releaseDelay(), unless the agent sits in a jury. Anyone.
    function finishUnbonding(address token, address agent) external;

    /// All stake held for an agent, what of it is not free, and how often it was slashed.
    function accountOf(address token, address agent)
        external
        view
        returns (uint96 total, uint96 committed, uint16 slashes);

    /// `releaseAt` is when it may be freed, 0 while nobody started that; `pins` counts the disputes that draw on it.
    function allocationOf(address token, address agent, bytes32 backing)
        external
        view
        returns (uint96 amount, uint40 releaseAt, uint16 pins);

    function unbondingOf(address token, address agent) external view returns (uint96 amount, uint40 finishAt);

    /// What slashes burned: it stays here, and nothing can move it.
    function burned(address token) external view returns (uint256);

    /// Seconds between startRelease or startUnbonding and the end; longer than the longest agreement and its dispute together.
    function releaseDelay() external view returns (uint32);

    function escrow() external view returns (address);

    function arbiter() external view returns (address);
}
