// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntryRules} from "./IEntryRules.sol";
import {IJury} from "./IJury.sol";
import {IPayouts} from "./IPayouts.sol";
import {IStake} from "./IStake.sol";
import {IStakeCourt} from "./IStakeCourt.sol";
import {IStakeLocks} from "./IStakeLocks.sol";

/// What an agent says of one epoch: a Merkle root over its receipts, how many they are, and their settled value in atomic units of the
/// network's USD token.
struct Anchor {
    bytes32 receiptsRoot;
    uint64 count;
    uint128 value;
}

/// A leaf under a receiptsRoot: keccak256(bytes.concat(keccak256(abi.encode(leaf)))), and pairs are hashed in sorted order, as in
/// OpenZeppelin's StandardMerkleTree.
/// @param receiptHash EIP-712 digest of the provider's receipt.
struct ReceiptLeaf {
    uint64 providerSeq;
    bytes32 agreementHash;
    bytes32 receiptHash;
}

enum AppealResult {
    NONE,
    DISMISSED,
    STRUCK
}

/// Stake, jury and the public record of agents. Scores are computed off-chain from what is recorded here and from signed receipts.
/// Pause stops deposits, allocations, pledges and vouches; every exit and every call of escrow and arbiter keeps working.
///
/// For whoever writes DisputeArbiterContract:
/// - This contract knows the arbiter by its address alone, fixed when deployed; it never calls it.
/// - It offers the arbiter IStakeCourt (pin, unpin, seize, slash, recordAppeal) and IJury (takeSnapshot, seatJury, settleSeats). Stake is per
///   token: a dispute over an agreement in token T draws jurors from pledges in T, so values compare without an oracle.
/// - Channel dispute: pin(channel's allocation), seize the provider's bond from it, takeSnapshot; at the end slash, then unpin.
///   Escrow dispute: EscrowContract.dispute does the pinning under the escrow's id; at the end seize fees, slash, then EscrowContract.rule.
/// - A channel's allocation counts for an agreement only while its releaseAt is 0 at agreement time; it stays slashable until released.
/// - Seats: seatJury draws and locks, settleSeats ends every lock it made. A juror who left after the snapshot is still seated, because its
///   stake is unbonding for releaseDelay(): rounds must be drawn before that.
/// - What seize and settleSeats take arrives at the arbiter as tokens in the same call, and the arbiter owes it to somebody.
/// - The caller's good faith is not needed for solvency: no call takes more than the allocation or seat named holds.
interface IReputation is IStake, IStakeLocks, IStakeCourt, IJury, IEntryRules, IPayouts {
    event Anchored(address indexed agent, uint32 indexed epoch, bytes32 receiptsRoot, uint64 count, uint128 value);
    event Vouched(address indexed agent, address indexed voucher, uint16 points);
    /// @param endsAt Until then a failure of the agent costs the voucher too.
    event VouchEnding(address indexed agent, address indexed voucher, uint40 endsAt);
    event AppealRecorded(address indexed agent, bytes32 indexed penalty, AppealResult result);

    error EpochNotBegun(uint32 epoch, uint256 current);
    error AlreadyAnchored(address agent, uint32 epoch);
    error VouchRefused(address agent, uint16 points);
    error AlreadyVouched(address agent, address voucher);
    error NoVouch(address agent, address voucher);
    error AlreadyAppealed(address agent, bytes32 penalty);

    /// Records the caller's receipts of one epoch for good. @param epoch Days since 1970, UTC; past or present.
    function anchor(uint32 epoch, Anchor calldata anchored) external;

    /// Lends points of the caller's score to an agent; both lose them if it fails. How many count is the score's business.
    /// @param points Hundredths of a point, at most 10,000.
    function vouch(address agent, uint16 points) external;

    /// Ends the caller's vouch after releaseDelay(), so that nobody drops an agent at the moment it fails.
    function endVouch(address agent) external;

    /// Whether a receipt is among those an agent anchored in an epoch.
    function proveReceipt(
        address agent,
        uint32 epoch,
        Anchor calldata anchored,
        ReceiptLeaf calldata leaf,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// keccak256(abi.encode(anchor)); 0 where none is.
    function anchorOf(address agent, uint32 epoch) external view returns (bytes32);

    /// `endsAt` is 0 while nobody ended it.
    function vouchOf(address agent, address voucher) external view returns (uint16 points, uint40 since, uint40 endsAt);

    function appealOf(address agent, bytes32 penalty) external view returns (AppealResult);
}
