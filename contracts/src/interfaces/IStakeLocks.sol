// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What ReputationContract offers to EscrowContract, and to nobody else: `EscrowOnly` otherwise.
interface IStakeLocks {
    /// Commits free stake of a provider to one more escrow, which keeps the book of how much. Reverts when too little is free.
    function lock(address token, address agent, uint96 amount) external;

    /// Undoes lock() when an escrow ends without a dispute.
    function unlock(address token, address agent, uint96 amount) external;

    /// Turns a lock into an allocation under the escrow's id that the court can draw on, pinned until endHold().
    function hold(address token, address agent, bytes32 escrowId, uint96 amount) external;

    /// Ends what hold() began: what the court left of the allocation is free again.
    function endHold(address token, address agent, bytes32 escrowId) external;
}
