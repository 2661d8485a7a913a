// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEntryRules} from "./IEntryRules.sol";
import {IPayouts} from "./IPayouts.sol";

/// keccak256(abi.encode(ChannelParams)): everything fixed for a channel's life is in its name.
type ChannelId is bytes32;

/// What two agents fix when a channel opens. Field order is part of the channel's id.
/// @param partyA Deposits, and receives what is its own at the end. Any account.
/// @param partyB Receives what partyA promised; in DUPLEX it deposits and promises too. Any account.
/// @param signerA Plain ECDSA key that signs partyA's promises. Never a contract's ERC-1271: under EIP-7702 a payer could change its
/// code and void what it signed.
/// @param signerB Plain ECDSA key that signs for partyB.
/// @param token ERC-20 address; zero means the native coin.
/// @param window Seconds between startClose and settle.
/// @param mode 0 DUPLEX: both pay, nobody claims while the channel is open, a rebase takes money out. 1 SIMPLEX: A pays B, and B may
/// claim while the channel is open.
/// @param salt Tells channels between the same parties apart.
struct ChannelParams {
    address partyA;
    address partyB;
    address signerA;
    address signerB;
    address token;
    uint32 window;
    uint8 mode;
    uint64 salt;
}

/// A payer's promise as handed in by or for its payee. The channel, the direction and the (always empty) locks follow from the call, so they
/// are not repeated; the digest signed is PayState's.
/// @param epoch The channel's epoch the promise was signed in.
/// @param sent Atomic units promised so far, cumulative.
/// @param memo What the payment was for.
/// @param signature 65 bytes r, s, v of the payer's signer, low-s. Empty in startClose means: no promise.
struct SignedPromise {
    uint16 epoch;
    uint96 sent;
    bytes32 memo;
    bytes signature;
}

/// One item of claimBatch.
struct Claim {
    ChannelParams params;
    SignedPromise signedPromise;
}

/// What both signers agree to pay out when they close together.
/// @param validUntil Last unix second at which these terms may be used.
struct CloseTerms {
    uint16 epoch;
    uint96 payA;
    uint96 payB;
    uint40 validUntil;
}

/// What both signers agree to while a DUPLEX channel goes on: the new deposits, and what leaves to each side. All promises of the epoch
/// become void. Field order is signing order.
/// @param validUntil Last unix second at which these terms may be used.
struct RebaseTerms {
    uint16 epoch;
    uint96 newDepA;
    uint96 newDepB;
    uint96 outA;
    uint96 outB;
    uint40 validUntil;
}

/// A signer's leave for a watchtower, the caller, to claim and respond for its side of one channel.
/// @param validUntil Last unix second at which it may be used.
/// @param signature 65 bytes r, s, v over ActFor(channelId, tower, validUntil), low-s.
struct Authority {
    uint40 validUntil;
    bytes signature;
}

/// An ERC-2612 permit of the caller to the channel contract over the deposited amount.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

enum ChannelStatus {
    NONE,
    OPEN,
    CLOSING,
    CLOSED
}

/// Deposits, promises and payouts of payment channels. Money enters while the contract is not paused and leaves at any time.
/// A submission needs the other side's signature only: the submitter's consent is the call.
interface IPaymentChannel is IEntryRules, IPayouts {
    /// @param amount The opener's deposit. Where partyB opened it is 0, and FundedByB follows.
    event Opened(
        ChannelId indexed id,
        address indexed partyA,
        address indexed partyB,
        address signerA,
        address signerB,
        address token,
        uint32 window,
        uint8 mode,
        uint64 salt,
        uint96 amount
    );
    /// partyA added to its deposit. @param deposit Its deposit after this amount was added.
    event Funded(ChannelId indexed id, uint96 amount, uint96 deposit);
    /// partyB added to its deposit. @param deposit Its deposit after this amount was added.
    event FundedByB(ChannelId indexed id, uint96 amount, uint96 deposit);
    /// @param epoch The new epoch.
    event Rebased(ChannelId indexed id, uint16 epoch, uint96 depositA, uint96 depositB, uint96 outA, uint96 outB);
    /// @param sent The promise that was claimed. @param paid What this claim paid out.
    event Claimed(ChannelId indexed id, uint96 sent, uint96 paid);
    event Closing(ChannelId indexed id, uint40 closeAt);
    /// A promise of partyA was recorded for settlement, by respond or together with startClose.
    event Responded(ChannelId indexed id, uint96 sent);
    /// A promise of partyB was recorded for settlement, by respond or together with startClose.
    event RespondedForA(ChannelId indexed id, uint96 sent);
    /// @param payA Paid to partyA at the end. @param payB Paid to partyB at the end, beyond what it had claimed.
    event Settled(ChannelId indexed id, uint96 payA, uint96 payB);

    error ModeNotSupported(uint8 mode);
    error WindowOutOfRange(uint32 window, uint32 minimum, uint32 maximum);
    error PartiesNotDistinct(address partyA, address partyB);
    error SignersNotDistinct(address signerA, address signerB);
    error PartyNotPayable(address party);
    error SignerMissing();
    error AmountMissing();
    error AlreadyUsed(ChannelId id);
    error WrongStatus(ChannelId id, ChannelStatus status);
    error NotPayer(address caller, address payer);
    error NotPayee(address caller, address payee);
    error NotParty(address caller);
    error NotTower(address caller);
    error AuthorityExpired(uint40 validUntil, uint256 time);
    error AuthoritiesMissing(uint256 claims, uint256 authorities);
    error ItemsCutShort(uint256 length);
    error WrongEpoch(uint16 given, uint16 current);
    error EpochsExhausted(ChannelId id);
    error NotSignedBy(address signer);
    error NothingToClaim(uint96 sent, uint96 claimed);
    error PromiseNotGreater(uint96 sent, uint96 known);
    error WindowOver(uint40 closeAt, uint256 time);
    error WindowNotOver(uint40 closeAt, uint256 time);
    error TermsExpired(uint40 validUntil, uint256 time);
    error TermsDoNotAddUp(uint256 proposed, uint96 held);
    error TokenMissing(address token);

    /// Opens a channel and takes the caller's deposit: partyA's, or in DUPLEX partyB's. Native coin is sent along, an ERC-20 is taken
    /// by allowance.
    function open(ChannelParams calldata params, uint96 amount) external payable;

    /// open() with the allowance given by an ERC-2612 permit. A permit somebody else already used is no obstacle.
    function openWithPermit(ChannelParams calldata params, uint96 amount, Permit calldata permit) external;

    /// Adds to the caller's deposit in an open channel: partyA's, or in DUPLEX partyB's. Touches no timer.
    function fund(ChannelParams calldata params, uint96 amount) external payable;

    /// SIMPLEX: pays partyB what is promised, covered by the deposit and not yet claimed. Only partyB; while OPEN, or CLOSING before
    /// closeAt.
    function claim(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// claim() by a watchtower of partyB. The money goes to partyB.
    function claimFor(ChannelParams calldata params, SignedPromise calldata signedPromise, Authority calldata authority)
        external;

    /// claim() for many channels of the caller with one payout per run of equal tokens. A stale or bad item is skipped.
    /// @return paid Per item the amount claimed; 0 where it was skipped.
    function claimBatch(Claim[] calldata claims) external returns (uint96[] memory paid);

    /// claimBatch() by a watchtower, for any clients: one authority per claim. One payout per run of equal token and payee.
    function claimBatchFor(Claim[] calldata claims, Authority[] calldata authorities)
        external
        returns (uint96[] memory paid);

    /// claimBatch() for channels that differ only in their payer and salt, where each payer signs with its own account and the caller
    /// is partyB. One payout. A stale or bad item is skipped.
    /// @param items 137 bytes each: partyA 20 | salt 8 | sent 12 | memo 32 | r 32 | s 32 | v 1.
    /// @return sum What was claimed in all.
    function claimBatchPacked(address signerB, address token, uint32 window, bytes calldata items)
        external
        returns (uint256 sum);

    /// DUPLEX: takes money out of an open channel or moves it between the sides, as both signers agreed, and voids every promise so far.
    /// Anyone.
    function rebase(
        ChannelParams calldata params,
        RebaseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external;

    /// Starts the one closing window. A party, never its tower; it may hand in the promise it holds of the other side.
    function startClose(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// Records the other side's promise, greater than what the contract knows, for settlement. The party it pays, CLOSING before closeAt.
    function respond(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// respond() by a watchtower of the party that the promise pays.
    function respondFor(
        ChannelParams calldata params,
        SignedPromise calldata signedPromise,
        Authority calldata authority
    ) external;

    /// Pays both sides and closes for good. Anyone, from closeAt on.
    function settle(ChannelParams calldata params) external;

    /// Pays exactly what both signers agreed on and closes for good. Anyone, OPEN or CLOSING.
    function coopClose(
        ChannelParams calldata params,
        CloseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external;

    /// A channel's state. `claimed` is what partyB took out of a SIMPLEX channel, and partyB's deposit in a DUPLEX one. All amounts are
    /// 0 once CLOSED.
    function channel(ChannelId id)
        external
        view
        returns (uint96 depositA, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch);

    /// The greatest promise of partyA recorded while CLOSING.
    function promised(ChannelId id) external view returns (uint96 sent);

    /// The greatest promise of partyB recorded while CLOSING.
    function promisedByB(ChannelId id) external view returns (uint96 sent);

    /// The id of the channel with these params.
    function channelIdOf(ChannelParams calldata params) external pure returns (ChannelId);

    /// Shortest allowed closing window in seconds.
    function minWindow() external view returns (uint32);
}
