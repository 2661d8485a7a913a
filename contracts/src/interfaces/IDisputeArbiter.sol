// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Facts} from "../libraries/Facts.sol";
import {MarketTypes} from "../libraries/MarketTypes.sol";
import {Side} from "../libraries/Sides.sol";
import {Verdict} from "../libraries/Verdicts.sol";
import {JurySnapshot} from "./IJury.sol";
import {IMarketDomain} from "./IMarketDomain.sol";
import {ChannelParams, SignedPromise} from "./IPaymentChannel.sol";
import {IPayouts} from "./IPayouts.sol";

/// What is in dispute. Handed in with every call that needs it; its name, the agreement's hash, is all that is stored of it.
/// @param agreement With settlement 0 over `channel`, with settlement 1 in escrow.
/// @param channel The channel named by agreement.channelId, between the two agents; all zero for an escrow.
struct CourtCase {
    MarketTypes.Agreement agreement;
    ChannelParams channel;
}

/// A receipt and the provider's signature on it. An empty signature means: none.
struct SignedReceipt {
    MarketTypes.Receipt receipt;
    bytes signature;
}

/// What the provider said is paid once a slice is, with its signature: proof of payment, at most one slice ahead of the truth. An empty
/// signature means: none, nothing was paid.
struct SignedProgress {
    MarketTypes.Progress progress;
    bytes signature;
}

/// What one juror found. Two votes are equal if all four are.
/// @param resultHash Or, in place of a result, one of Votes.INPUT_MISSING, OUTPUT_MISSING and HOST_FAILURE: the rest is then ignored.
/// @param memoryProbe Hash of the memory at a fuel point that follows from the round's seed: who only copies a receipt does not know it.
struct Vote {
    bytes32 resultHash;
    uint64 fuelUsed;
    int32 exitCode;
    bytes32 memoryProbe;
}

/// What a token's court costs, in atomic units. Fixed for ever once admitted, so that nobody is priced out of a remedy it counts on.
/// @param seatFee What a party pays for one seat.
/// @param seatStake What a juror stakes on one seat. No round decides over more than the stake drawn for it.
struct CourtRule {
    uint96 seatFee;
    uint96 seatStake;
}

/// Fixed when deployed. Times in seconds.
/// @param seats Of the three rounds: odd and growing.
/// @param bondWindow For the other side to match the bond, from opening.
/// @param answerWindow For the provider to show its receipt, from opening.
/// @param evidenceWindow For all other evidence, from opening; not shorter than the two before.
/// @param shortestCommit Least time of a juror to re-run the task: it gets ten times what the agreement left for it, within these bounds.
/// @param blockMillis Shortest time between two blocks: the seed's block must not come before the end of the evidence.
/// @param seedDelay Blocks from the end of the evidence, or from an appeal, to the block whose hash is the seed.
/// @param drawBlocks Blocks after the seed's in which the jury can be drawn.
struct CourtSettings {
    uint8[3] seats;
    uint32 bondWindow;
    uint32 answerWindow;
    uint32 evidenceWindow;
    uint32 shortestCommit;
    uint32 longestCommit;
    uint32 revealWindow;
    uint32 appealWindow;
    uint32 blockMillis;
    uint32 seedDelay;
    uint32 drawBlocks;
}

/// OPEN: bonds and evidence, until the first jury is drawn. VOTING: commit, reveal, time to appeal. APPEALED: until the next jury is drawn.
enum DisputeStatus {
    NONE,
    OPEN,
    VOTING,
    APPEALED,
    RULED
}

/// One dispute, stored under its agreement's hash. Amounts in atomic units of the agreement's token.
/// @param opener As a Side. @param appellant Whoever asked for the present round: it answers for the draw being made in time.
/// @param firstRound The smallest jury whose drawn stake covers what is at stake.
/// @param eligible Jurors in the snapshot, parties and their signers not counted.
/// @param requesterBond What it gave for fees, less what it lost by stalling, plus what the other lost to it by stalling.
/// @param deposit What the requester of a channel dispute put up to pay a right provider.
/// @param paid What the provider got over the channel, as far as proven. @param refunded What the requester accepted back of it.
/// @param answer What the provider's receipt says, and `cost` what it is worth.
/// @param finalAnswer What jurors are measured against; 0 where nobody is.
struct Dispute {
    DisputeStatus status;
    Verdict verdict;
    Side opener;
    Side appellant;
    uint8 firstRound;
    uint8 round;
    Facts facts;
    uint40 evidenceBy;
    uint40 commitBy;
    uint48 seedBlock;
    uint32 eligible;
    uint96 requesterBond;
    uint96 providerBond;
    uint96 deposit;
    uint96 paid;
    JurySnapshot snapshot;
    uint96 cost;
    bytes20 answer;
    uint96 refunded;
    bytes20 finalAnswer;
    bytes32 receiptHash;
}

/// The court: given this agreement, what is the right result, and was it delivered? Jurors are staked agents who re-run the task.
/// It knows escrow and reputation by address, fixed when deployed. Every phase has a deadline, and anyone may call for what
/// follows it. There is no pause: all that happens here is a remedy for money that stands elsewhere.
interface IDisputeArbiter is IMarketDomain, IPayouts {
    event Opened(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        Side opener,
        uint8 round,
        uint40 evidenceBy,
        uint48 seedBlock
    );
    /// @param bond What this side's bond is now.
    event Bonded(bytes32 indexed id, Side side, uint96 bond);
    event ReceiptShown(bytes32 indexed id, bytes32 receiptHash, bytes32 resultHash, uint96 cost);
    /// The provider signed two receipts.
    event Equivocated(bytes32 indexed id, bytes32 receiptHash, bytes32 otherHash);
    event AcceptanceShown(bytes32 indexed id);
    event RefundShown(bytes32 indexed id, uint96 amount);
    event JuryDrawn(bytes32 indexed id, uint8 indexed round, bytes32 seed, address[] jurors, uint40 commitBy);
    event SeedMissed(bytes32 indexed id, uint8 indexed round, Side staller, uint48 seedBlock);
    event Committed(bytes32 indexed id, uint8 indexed round, address indexed juror, bytes32 commitment);
    event Revealed(bytes32 indexed id, uint8 indexed round, address indexed juror, Vote vote);
    event Appealed(bytes32 indexed id, uint8 indexed round, Side appellant, uint48 seedBlock);
    /// @param toProvider What the provider is owed of the price, as far as the escrow or the deposit still holds it.
    /// @param fees Of all rounds.
    event Ruled(bytes32 indexed id, Verdict indexed verdict, uint96 toProvider, uint256 fees);
    /// @param earners Jurors who shared fees and losses of others.
    event SeatsSettled(bytes32 indexed id, uint8 indexed round, uint256 earners, uint256 shared);
    event TokenAdmitted(address indexed token, uint96 seatFee, uint96 seatStake);

    error SettingsRefused();
    error AlreadyAdmitted(address token);
    error RuleRefused(uint96 seatFee, uint96 seatStake);
    error TokenNotHeard(address token);
    error ValueAboveCap(uint256 value, uint256 cap);
    error JuryTooSmall(uint256 eligible, uint256 seats);
    error SettlementUnknown(uint8 settlement);
    /// Or one that is not between these two agents.
    error OtherChannel(bytes32 given, bytes32 agreed);
    error OtherAgreement(bytes32 given, bytes32 expected);
    error NotParty(address caller);
    error DisputeTooLate(uint256 until, uint256 time);
    error ReceiptMissing();
    error FuelAboveLimit(uint64 fuelUsed, uint64 maxFuel);
    error CostMismatch(uint96 given, uint96 computed);
    error NothingNew(bytes32 id);
    error NotOwed(bytes32 id);
    error WrongStatus(bytes32 id, DisputeStatus status);
    error WindowOver(uint256 until, uint256 time);
    error WindowNotOver(uint256 until, uint256 time);
    error SeedBlockReached(uint48 seedBlock, uint256 current);
    error SeedNotKnown(uint48 seedBlock, uint256 current);
    error SeedAgedOut(uint48 seedBlock, uint256 current);
    error SeedStillGood(uint48 seedBlock, uint256 current);
    error StalledTwice(bytes32 id);
    error JuryNotNeeded(bytes32 id, Verdict verdict);
    error JuryNotDrawn(bytes32 id, uint8 round);
    error NotSeated(address caller);
    error AlreadyCommitted(address juror);
    error NotCommitted(address juror);
    error CommitmentMismatch(address juror, bytes32 commitment);
    error NoRoundLeft(uint8 round);
    error NothingToAppeal(Verdict verdict, address caller);
    error NothingToSettle(bytes32 id, uint8 round);

    // Parties

    /// Opens a dispute. A party of a delivered escrow, or the requester of one without delivery, as EscrowContract decides; over a channel the
    /// provider with its receipt, or the requester with one or after deliverBy, until deliverBy + reviewSeconds, with both signatures on the
    /// agreement. Takes the fees of the first round from the caller, the provider's out of the stake that backs the agreement first, and from
    /// the requester of a channel dispute maxPrice - paid too. Where the requester opens, the provider's bond is taken from that stake at once.
    /// @param requesterSignature Of the agreement; as providerSignature empty for an escrow, which has seen them.
    function open(
        CourtCase calldata matter,
        bytes calldata requesterSignature,
        bytes calldata providerSignature,
        SignedReceipt calldata shown,
        SignedProgress calldata proof
    ) external returns (bytes32 id);

    /// Gives what is missing of the other side's bond, and of a requester's deposit. That side only, within bondWindow, or it loses.
    function join(CourtCase calldata matter, SignedProgress calldata proof) external;

    /// Shows a receipt signed by the provider. Anyone; the first within answerWindow, or nothing was delivered. Another one until the end of the
    /// evidence costs the provider its full stake.
    function showReceipt(CourtCase calldata matter, SignedReceipt calldata shown) external;

    /// Shows that the requester accepted the receipt. Anyone, until the end of the evidence.
    function showAcceptance(CourtCase calldata matter, uint8 rating, bytes calldata signature) external;

    /// Shows that the requester paid for the receipt by a promise whose memo is its hash: as good as an acceptance, and nothing more is due.
    /// @param channels The contract that the promise was signed for. Nobody needs to vouch for it: the memo names this receipt alone.
    function showPayment(CourtCase calldata matter, address channels, SignedPromise calldata payment) external;

    /// Shows that the requester accepted a Refund of the provider: so much less is a loss. The Acceptance names the Refund's hash.
    function showRefund(CourtCase calldata matter, uint96 amount, uint8 rating, bytes calldata signature) external;

    /// Calls a larger jury against a finding that does not favour the caller, a party. It gives the fees of that round.
    function appeal(CourtCase calldata matter) external;

    // Jury

    /// Draws and seats the jury. Anyone, after the evidence, while the seed is to be had.
    function draw(CourtCase calldata matter) external;

    /// Fixes a later seed where nobody drew in time. Whoever asked for the round loses its bond for it to the other side. Once per round: after
    /// that the dispute ends as if the round had not been asked for. Anyone.
    function reseed(CourtCase calldata matter) external;

    /// @param commitment keccak256(abi.encode(id, round, arbiter, resultHash, fuelUsed, exitCode, memoryProbe, salt)). Once per seat.
    function commit(bytes32 id, bytes32 commitment) external;

    /// Opens the caller's commitment.
    function reveal(bytes32 id, Vote calldata vote, bytes32 salt) external;

    // Ends

    /// Carries out what is final. Anyone.
    function rule(CourtCase calldata matter) external;

    /// Frees the seats of one round and pays those who earned it. Anyone, once ruled.
    function settleSeats(CourtCase calldata matter, uint8 round) external;

    /// Opens the court to agreements in a token, for ever. Only the owner.
    function admitToken(address token, CourtRule calldata rule_) external;

    // Views

    /// Reverts where a dispute over this could not be heard: do not sign it then.
    /// @return round The first round. @return bond The fees of it: what either side must have ready.
    function requireHearing(CourtCase calldata matter) external view returns (uint8 round, uint96 bond);

    function disputeOf(bytes32 id) external view returns (Dispute memory);

    /// What the votes revealed in a round come to.
    function findingOf(bytes32 id, uint8 round) external view returns (Verdict);

    function jurorsOf(bytes32 id, uint8 round) external view returns (address[] memory);

    /// @return state 0 not seated, 1 seated, 2 committed, 3 revealed. @return answer What was revealed, as in Dispute.answer.
    function seatOf(bytes32 id, uint8 round, address juror) external view returns (uint8 state, bytes20 answer);

    function courtRule(address token) external view returns (uint96 seatFee, uint96 seatStake);

    function settings() external view returns (CourtSettings memory);

    /// Longest time from opening to ruling in seconds, at the shortest time between blocks. EscrowContract must grant more.
    function longestDispute() external view returns (uint256);

    function escrow() external view returns (address);

    function reputation() external view returns (address);
}
