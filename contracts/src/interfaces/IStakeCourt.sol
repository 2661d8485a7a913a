// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A slash of one agent in one dispute, in atomic units of `token`.
/// @param backing What the stake was allocated to: a channel's id or, while disputed, an escrow's.
/// @param amount Required stake x severity plus proven loss. Never more is taken than the allocation still holds.
/// @param injured Receives at most `loss` of it; the rest is burned, so that nobody earns from a slash of its own twin.
/// @param loss What the injured party proved to have lost.
struct Slash {
    bytes32 dispute;
    address token;
    address agent;
    bytes32 backing;
    uint96 amount;
    address injured;
    uint96 loss;
}

/// What ReputationContract offers to DisputeArbiterContract for the stake of the parties, and to nobody else: `ArbiterOnly` otherwise.
interface IStakeCourt {
    /// Keeps an allocation to a channel from being released while a dispute draws on it. Counted: one unpin per pin. An escrow's
    /// allocation is pinned by the escrow itself.
    function pin(address token, address agent, bytes32 backing) external;

    function unpin(address token, address agent, bytes32 backing) external;

    /// Moves up to `amount` of an allocation to the arbiter, in tokens, for a bond or for fees. Any number of times.
    /// @return taken What the allocation still held of it.
    function seize(address token, address agent, bytes32 backing, uint96 amount) external returns (uint96 taken);

    /// Once per (dispute, agent): a second one reverts.
    function slash(Slash calldata order) external returns (uint96 compensated, uint96 burned);

    /// Records, once, how an appeal against a penalty ended.
    /// @param penalty Names what was appealed against: a dispute's id, or the agreementHash of a failure.
    function recordAppeal(address agent, bytes32 penalty, bool isStruck) external;
}
