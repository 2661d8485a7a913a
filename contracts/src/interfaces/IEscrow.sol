// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketTypes} from "../libraries/MarketTypes.sol";
import {IEntryRules} from "./IEntryRules.sol";
import {IEscrowCourt} from "./IEscrowCourt.sol";
import {Permit} from "./IPaymentChannel.sol";
import {IPayouts} from "./IPayouts.sol";

/// keccak256(abi.encode(EscrowTerms)): everything fixed for an escrow's life is in its name.
type EscrowId is bytes32;

/// What of an agreement decides over its money. Field order is part of the escrow's id.
/// @param agreementHash The agreement's EIP-712 digest in the arbiter's domain.
/// @param deliverBy Last unix second in which a receipt may be handed in.
/// @param stake Of the provider, in atomic units of `token`.
struct EscrowTerms {
    bytes32 agreementHash;
    address requester;
    address provider;
    address token;
    uint96 basePrice;
    uint96 pricePerMfuel;
    uint96 maxPrice;
    uint64 maxFuel;
    uint40 deliverBy;
    uint32 reviewSeconds;
    uint96 stake;
}

/// What both parties agree to settle on. Signed by each as Approve(bytes32 id,uint8 kind,uint96 toProvider,uint40 validUntil) in this
/// contract's domain.
/// @param kind 1 RELEASE: toProvider and the success bonus to the provider. 2 REFUND: all to the requester; toProvider must be 0.
/// 3 SPLIT: toProvider to the provider, the rest and the bonus to the requester.
/// @param validUntil Last unix second in which it may be used.
struct Approval {
    uint8 kind;
    uint96 toProvider;
    uint40 validUntil;
}

/// One storage word.
/// @param cost What the delivered receipt costs, without the bonus.
/// @param until DELIVERED: last second of the review. DISPUTED: last second of the court. REFUNDED: last second in which the missing
/// delivery may be disputed, 0 once the stake is free.
/// @param isSuccess The delivered receipt says exit code 0: it earns the success bonus.
/// @param isPaid The money has left.
struct EscrowState {
    uint96 cost;
    uint40 until;
    EscrowStatus status;
    bool isSuccess;
    bool isPaid;
}

enum EscrowStatus {
    NONE,
    FUNDED,
    DELIVERED,
    RELEASED,
    REFUNDED,
    SPLIT,
    DISPUTED,
    RULED
}

/// Holds the price of one agreement until two of requester, provider and arbiter agree, or a deadline passes. ERC-20 only.
/// The deposit cap is per escrow and counts maxPrice and bonus. Pause stops fund and fundWithPermit; every exit keeps working.
///
/// For whoever writes DisputeArbiterContract:
/// - This contract knows the arbiter by its address alone, fixed when deployed: as the caller of IEscrowCourt (dispute, rule) and as the
///   verifyingContract of agreements, receipts and acceptances. It never calls it.
/// - The party calls the arbiter, which takes the bond and then calls dispute(terms, party). From then on the provider's stake is the
///   allocation (token, provider, id) in ReputationContract, pinned: seize bonds and fees, slash once, then rule, which frees the rest.
/// - Parties may still settle by approvals or by acceptance while DISPUTED: rule then answers false, and stateOf tells.
/// - After longestDispute() anyone may refund a DISPUTED escrow: all rounds together must be shorter.
/// - termsOf gives the terms and the id of a signed agreement; stateOf what was delivered (cost, isSuccess) and when. The court judges
///   receipts by their signatures: deliver's receipt is in Delivered by its hash.
/// - A ruling between cost and maxPrice is possible: costOf gives the price of any fuel. Success is worth bonusOf(stake) on top.
interface IEscrow is IEscrowCourt, IEntryRules, IPayouts {
    event Funded(
        EscrowId indexed id,
        bytes32 indexed agreementHash,
        address indexed provider,
        address requester,
        address token,
        uint96 maxPrice,
        uint96 bonus
    );
    /// @param reviewUntil Last second in which the requester may dispute.
    event Delivered(
        EscrowId indexed id, bytes32 indexed receiptHash, bytes32 resultHash, uint96 cost, uint40 reviewUntil
    );
    event Disputed(EscrowId indexed id, address indexed opener, uint40 rulingBy);
    /// The money left. @param outcome RELEASED, REFUNDED, SPLIT or RULED. Amounts include the success bonus.
    event Paid(EscrowId indexed id, EscrowStatus indexed outcome, uint96 toProvider, uint96 toRequester);
    /// The stake of an escrow that was refunded without delivery is free again.
    event StakeUnlocked(EscrowId indexed id);
    event MinStakeSet(address indexed token, uint96 amount);

    error NotForEscrow(uint8 settlement, bytes32 channelId);
    error PartiesNotDistinct(address requester, address provider);
    error StartPassed(uint40 startBy, uint256 time);
    error DeliveryBeforeStart(uint40 deliverBy, uint40 startBy);
    error ReviewTooShort(uint32 reviewSeconds, uint32 minimum);
    error AgreementTooLong(uint256 end, uint256 latest);
    error PriceMissing();
    error StakeTooSmall(uint96 stake, uint96 minimum);
    error NotRequester(address caller, address requester);
    error NotParty(address caller);
    error NotSignedBy(address agent);
    error AlreadyUsed(EscrowId id);
    error WrongStatus(EscrowId id, EscrowStatus status);
    error DeliveryOver(uint40 deliverBy, uint256 time);
    error DeliveryNotOver(uint40 deliverBy, uint256 time);
    error OtherAgreement(bytes32 given, bytes32 expected);
    error FuelAboveLimit(uint64 fuelUsed, uint64 maxFuel);
    error CostMismatch(uint96 given, uint96 computed);
    error ReviewNotOver(uint40 until, uint256 time);
    error DisputeTooLate(uint256 until, uint256 time);
    error StakeInDoubt(uint40 until, uint256 time);
    error CourtNotOver(uint40 until, uint256 time);
    error ApprovalExpired(uint40 validUntil, uint256 time);
    error ApprovalUnknown(uint8 kind, uint96 toProvider, uint96 maxPrice);
    error ArbiterOnly(address caller);
    error SettingsRefused(uint32 minReview, uint32 longestAgreement, uint32 longestDispute);

    /// Takes maxPrice and the success bonus (5 % of the stake) from the requester, and locks the provider's stake. Only the requester,
    /// until startBy, with both signatures on the agreement.
    function fund(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external returns (EscrowId id);

    /// fund() with the allowance given by an ERC-2612 permit over maxPrice and bonus. A permit somebody else already used is no obstacle.
    function fundWithPermit(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature,
        Permit calldata permit
    ) external returns (EscrowId id);

    /// Hands in the provider's signed receipt and starts the review. Anyone, until deliverBy.
    function deliver(EscrowTerms calldata terms, MarketTypes.Receipt calldata receipt, bytes calldata signature)
        external;

    /// Pays the delivered cost. The requester at any time of the review; after it, anyone.
    function release(EscrowTerms calldata terms) external;

    /// release() for many. An item that cannot be released is skipped and changes nothing.
    /// @return isReleased Per item.
    function releaseBatch(EscrowTerms[] calldata items) external returns (bool[] memory isReleased);

    /// Pays a receipt that the requester accepted, delivered here or not, disputed or not. Anyone who holds both signatures; a party's own
    /// is not needed when it calls. @param rating Of the Acceptance that was signed.
    function releaseAccepted(
        EscrowTerms calldata terms,
        MarketTypes.Receipt calldata receipt,
        bytes calldata receiptSignature,
        uint8 rating,
        bytes calldata acceptanceSignature
    ) external;

    /// Returns all to the requester when nothing was delivered by deliverBy, or when the court's time is over. Anyone. The stake of a
    /// provider that did not deliver stays locked until the requester can no longer dispute that, unless the requester itself calls.
    function refund(EscrowTerms calldata terms) external;

    /// Settles as both parties approved. Anyone who holds both signatures; a party's own is not needed when it calls.
    function settle(
        EscrowTerms calldata terms,
        Approval calldata approval,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external;

    /// Frees the stake of an escrow refunded without delivery once nobody can dispute that any more. Anyone.
    function unlockStake(EscrowTerms calldata terms) external;

    /// Sets the least stake of a provider, in atomic units: the fees of one full round in court, so that any escrow can be disputed at
    /// all. Escrows that exist keep theirs. Only the owner.
    function setMinStake(address token, uint96 amount) external;

    function stateOf(EscrowId id) external view returns (EscrowState memory);

    /// The terms and the id of an agreement's escrow.
    function termsOf(MarketTypes.Agreement calldata agreement) external view returns (EscrowTerms memory, EscrowId);

    function idOf(EscrowTerms calldata terms) external pure returns (EscrowId);

    /// min(basePrice + ceil(fuelUsed x pricePerMfuel / 1e6), maxPrice).
    function costOf(EscrowTerms calldata terms, uint64 fuelUsed) external pure returns (uint96);

    /// The success bonus: 5 % of the stake, rounded down.
    function bonusOf(uint96 stake) external pure returns (uint96);

    function minStake(address token) external view returns (uint96);

    function arbiter() external view returns (address);

    function reputation() external view returns (address);

    /// Shortest review in seconds.
    function minReview() external view returns (uint32);

    /// Longest time from fund to the end of the review, in seconds.
    function longestAgreement() external view returns (uint32);

    /// Longest time from dispute to ruling, in seconds.
    function longestDispute() external view returns (uint32);
}
