// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// keccak256(abi.encode(ChannelParams)): everything fixed for a channel's life is in its name.
type ChannelId is bytes32;

/// What two agents fix when a channel opens. Field order is part of the channel's id.
/// @param partyA Opens, deposits, and receives what is not owed. Any account.
/// @param partyB Receives what partyA promised. Any account.
/// @param signerA Plain ECDSA key that signs partyA's promises. Never a contract's ERC-1271: under EIP-7702 a payer could change its
/// code and void what it signed.
/// @param signerB Plain ECDSA key that signs for partyB.
/// @param token ERC-20 address; zero means the native coin.
/// @param window Seconds between startClose and settle.
/// @param mode 1 SIMPLEX: A pays B, and B may claim while the channel is open.
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

/// A payer's promise as handed in by its payee. The channel, the direction and the (always empty) locks follow from the call, so they
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
interface IPaymentChannel {
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
    /// @param deposit The deposit after this amount was added.
    event Funded(ChannelId indexed id, uint96 amount, uint96 deposit);
    /// @param sent The promise that was claimed. @param paid What this claim paid out.
    event Claimed(ChannelId indexed id, uint96 sent, uint96 paid);
    event Closing(ChannelId indexed id, uint40 closeAt);
    /// A promise was recorded for settlement, by respond or together with startClose.
    event Responded(ChannelId indexed id, uint96 sent);
    /// @param payA Paid to partyA at the end. @param payB Paid to partyB at the end, beyond what it had claimed.
    event Settled(ChannelId indexed id, uint96 payA, uint96 payB);
    /// A payout could not be pushed and waits for withdrawCredit.
    event Credited(address indexed token, address indexed owner, uint256 amount);
    event CreditWithdrawn(address indexed token, address indexed owner, address to, uint256 amount);

    error ModeNotSupported(uint8 mode);
    error WindowOutOfRange(uint32 window, uint32 minimum, uint32 maximum);
    error PartiesNotDistinct(address partyA, address partyB);
    error SignersNotDistinct(address signerA, address signerB);
    error PayeeNotPayable(address partyB);
    error SignerMissing();
    error AmountMissing();
    error WrongNativeAmount(uint256 expected, uint256 given);
    error WrongTokenAmount(uint256 expected, uint256 received);
    error AlreadyUsed(ChannelId id);
    error WrongStatus(ChannelId id, ChannelStatus status);
    error NotPayer(address caller, address payer);
    error NotPayee(address caller, address payee);
    error NotParty(address caller);
    error WrongEpoch(uint16 given, uint16 current);
    error NotSignedBy(address signer);
    error NothingToClaim(uint96 sent, uint96 claimed);
    error PromiseNotGreater(uint96 sent, uint96 known);
    error WindowOver(uint40 closeAt, uint256 time);
    error WindowNotOver(uint40 closeAt, uint256 time);
    error TermsExpired(uint40 validUntil, uint256 time);
    error TermsDoNotAddUp(uint256 proposed, uint96 held);
    error NoCredit(address token, address owner);
    error ReceiverRefused(address to);
    error TokenMissing(address token);

    /// Opens a channel and takes partyA's deposit. Only partyA; native coin is sent along, an ERC-20 is taken by allowance.
    function open(ChannelParams calldata params, uint96 amount) external payable;

    /// open() with the allowance given by an ERC-2612 permit. A permit somebody else already used is no obstacle.
    function openWithPermit(ChannelParams calldata params, uint96 amount, Permit calldata permit) external;

    /// Adds to partyA's deposit of an open channel. Only partyA; touches no timer.
    function fund(ChannelParams calldata params, uint96 amount) external payable;

    /// Pays partyB what is promised, covered by the deposit and not yet claimed. Only partyB; while OPEN, or CLOSING before closeAt.
    function claim(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// claim() for many channels of the caller with one payout per run of equal tokens. A stale or bad item is skipped.
    /// @return paid Per item the amount claimed; 0 where it was skipped.
    function claimBatch(Claim[] calldata claims) external returns (uint96[] memory paid);

    /// Starts the one closing window. Either party; partyB may hand in a promise it holds.
    function startClose(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// Records a promise greater than what the contract knows, for settlement. Only partyB, CLOSING before closeAt.
    function respond(ChannelParams calldata params, SignedPromise calldata signedPromise) external;

    /// Pays both sides and closes for good. Anyone, from closeAt on.
    function settle(ChannelParams calldata params) external;

    /// Pays exactly what both signers agreed on and closes for good. Anyone, OPEN or CLOSING.
    function coopClose(
        ChannelParams calldata params,
        CloseTerms calldata terms,
        bytes calldata signatureA,
        bytes calldata signatureB
    ) external;

    /// Sends the caller's whole credit in a token to an account of its choice.
    function withdrawCredit(address token, address to) external;

    /// Stops entry: open, openWithPermit and fund. Every exit keeps working. Only the owner.
    function pause() external;

    /// Allows entry again. Only the owner.
    function unpause() external;

    /// A channel's state. `claimed` is what partyB took out while it was open. All amounts are 0 once CLOSED.
    function channel(ChannelId id)
        external
        view
        returns (uint96 depositA, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch);

    /// The greatest promise recorded while CLOSING.
    function promised(ChannelId id) external view returns (uint96 sent);

    /// What withdrawCredit would send, in atomic units.
    function credit(address token, address owner) external view returns (uint256);

    /// The id of the channel with these params.
    function channelIdOf(ChannelParams calldata params) external pure returns (ChannelId);

    /// Shortest allowed closing window in seconds.
    function minWindow() external view returns (uint32);
}
