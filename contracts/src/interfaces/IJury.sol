// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// All pledges in one token at one moment. Fits one storage word; keep it in the dispute.
struct JurySnapshot {
    uint32 root;
    uint8 depth;
    uint96 total;
}

/// What decides who is drawn.
/// @param seed The hash of a block that nobody knew when the snapshot was taken.
/// @param seats How many different jurors.
/// @param excluded The parties and their signers.
struct JuryOrder {
    address token;
    JurySnapshot snapshot;
    bytes32 seed;
    uint8 seats;
    address[] excluded;
}

/// What becomes of one seat at the final ruling, in atomic units.
/// @param unlock Of the seat's stake, what is no longer locked.
/// @param take Of `unlock`, what the juror loses: it is sent to the arbiter.
struct SeatOutcome {
    address juror;
    uint96 unlock;
    uint96 take;
}

/// Agents pledge stake to sit in judgment; the arbiter draws from a snapshot of the pledges, weighted by them.
/// takeSnapshot, seatJury and settleSeats are for DisputeArbiterContract only: `ArbiterOnly` otherwise.
interface IJury {
    event JuryJoined(address indexed token, address indexed agent, uint96 pledged);
    event JuryLeft(address indexed token, address indexed agent, uint96 pledged);
    event Seated(address indexed token, address indexed juror, uint96 locked);
    event SeatSettled(address indexed token, address indexed juror, uint96 unlocked, uint96 taken);

    event MinPledgeSet(address indexed token, uint96 amount);

    error PledgeTooSmall(uint96 pledged, uint96 minimum);
    error PledgeMissing(uint96 pledged, uint96 wanted);
    error SeatLocksLess(address juror, uint96 locked, uint96 wanted);
    error TakesMoreThanUnlocked(address juror, uint96 unlock, uint96 take);

    /// Pledges free stake of the caller: it may be drawn in every dispute that opens from now on.
    function joinJury(address token, uint96 amount) external;

    /// Takes back a part that leaves at least the minimum pledge, or all of it. It counts for no snapshot from now on, becomes unbonding
    /// stake, and can still be seated by earlier snapshots until it is unbonded.
    function leaveJury(address token, uint96 amount) external;

    /// Sets the least pledge, in atomic units; what is pledged already stays. Only the owner.
    function setMinPledge(address token, uint96 amount) external;

    /// Fixes who may be drawn, and with what weight.
    function takeSnapshot(address token) external returns (JurySnapshot memory);

    /// Draws jurors and locks `seatStake` of each until settleSeats. The draw follows from the order alone, except that a juror who
    /// cannot cover the seat at present is passed over.
    /// @return jurors Fewer than ordered when there are not enough: nobody is seated twice, and nobody of `excluded`.
    function seatJury(JuryOrder calldata order, uint96 seatStake) external returns (address[] memory jurors);

    /// Frees seats, and sends the sum of what they lose to the arbiter in one transfer.
    function settleSeats(address token, SeatOutcome[] calldata outcomes) external returns (uint256 taken);

    /// The draw of seatJury as if every juror could cover a seat.
    function drawJury(JuryOrder calldata order) external view returns (address[] memory jurors);

    /// What an agent pledged and how much of its pledged and unbonding stake is locked in seats.
    function jurorOf(address token, address agent) external view returns (uint96 pledged, uint96 seated);

    function minPledge(address token) external view returns (uint96);

    /// How many agents are pledged at present, and the sum of their pledges.
    function juryOf(address token) external view returns (uint32 members, uint96 total);
}
