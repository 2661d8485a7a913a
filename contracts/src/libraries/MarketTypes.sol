// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The signed messages of the market. Every field is one static word and stands in signing order, so a message's ABI encoding behind
/// its type hash is its EIP-712 encoding.
library MarketTypes {
    struct Auction {
        bytes32 taskHash;
        bytes32 engineHash;
        address requester;
        address token;
        uint96 maxPrice;
        uint64 maxFuel;
        uint8 pricing;
        uint8 bidding;
        uint8 settlement;
        uint40 closesAt;
        uint40 revealBy;
        uint40 deliverBy;
        uint16 minReputation;
        uint96 requiredStake;
        bytes32 weightsHash;
        bytes32 tagsHash;
        bytes32 salt;
    }

    struct Bid {
        bytes32 auctionId;
        address provider;
        uint96 basePrice;
        uint96 pricePerMfuel;
        uint32 etaMs;
        uint40 validUntil;
        bytes32 salt;
    }

    struct Award {
        bytes32 auctionId;
        bytes32 bidHash;
        uint96 basePrice;
        uint96 pricePerMfuel;
        bytes32 transcriptRoot;
    }

    struct Agreement {
        bytes32 auctionId;
        bytes32 taskHash;
        bytes32 engineHash;
        address requester;
        address provider;
        address token;
        uint96 basePrice;
        uint96 pricePerMfuel;
        uint96 maxPrice;
        uint64 maxFuel;
        uint64 sliceFuel;
        uint96 prepaid;
        uint40 startBy;
        uint40 deliverBy;
        uint32 reviewSeconds;
        uint8 settlement;
        bytes32 channelId;
        uint96 stake;
        uint64 providerSeq;
        bytes32 salt;
    }

    struct Progress {
        bytes32 agreementHash;
        uint32 slice;
        uint64 fuelUsed;
        uint96 paid;
    }

    struct Refund {
        bytes32 agreementHash;
        bytes32 channelId;
        uint96 amount;
    }

    struct Receipt {
        bytes32 agreementHash;
        bytes32 resultHash;
        uint8 outcome;
        int32 exitCode;
        uint64 fuelUsed;
        uint96 cost;
        uint40 finishedAt;
    }

    struct Acceptance {
        bytes32 receiptHash;
        uint8 rating;
    }

    struct CancelAuction {
        bytes32 auctionId;
    }

    bytes32 internal constant AUCTION = keccak256(
        "Auction(bytes32 taskHash,bytes32 engineHash,address requester,address token,uint96 maxPrice,uint64 maxFuel,uint8 pricing,uint8 bidding,uint8 settlement,uint40 closesAt,uint40 revealBy,uint40 deliverBy,uint16 minReputation,uint96 requiredStake,bytes32 weightsHash,bytes32 tagsHash,bytes32 salt)"
    );
    bytes32 internal constant BID = keccak256(
        "Bid(bytes32 auctionId,address provider,uint96 basePrice,uint96 pricePerMfuel,uint32 etaMs,uint40 validUntil,bytes32 salt)"
    );
    bytes32 internal constant AWARD = keccak256(
        "Award(bytes32 auctionId,bytes32 bidHash,uint96 basePrice,uint96 pricePerMfuel,bytes32 transcriptRoot)"
    );
    bytes32 internal constant AGREEMENT = keccak256(
        "Agreement(bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt)"
    );
    bytes32 internal constant PROGRESS =
        keccak256("Progress(bytes32 agreementHash,uint32 slice,uint64 fuelUsed,uint96 paid)");
    bytes32 internal constant REFUND = keccak256("Refund(bytes32 agreementHash,bytes32 channelId,uint96 amount)");
    bytes32 internal constant RECEIPT = keccak256(
        "Receipt(bytes32 agreementHash,bytes32 resultHash,uint8 outcome,int32 exitCode,uint64 fuelUsed,uint96 cost,uint40 finishedAt)"
    );
    bytes32 internal constant ACCEPTANCE = keccak256("Acceptance(bytes32 receiptHash,uint8 rating)");
    bytes32 internal constant CANCEL_AUCTION = keccak256("CancelAuction(bytes32 auctionId)");

    function hash(Auction memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(AUCTION, message));
    }

    function hash(Bid memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(BID, message));
    }

    function hash(Award memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(AWARD, message));
    }

    function hash(Agreement memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(AGREEMENT, message));
    }

    function hash(Progress memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROGRESS, message));
    }

    function hash(Refund memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(REFUND, message));
    }

    function hash(Receipt memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT, message));
    }

    function hash(Acceptance memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(ACCEPTANCE, message));
    }

    function hash(CancelAuction memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(CANCEL_AUCTION, message));
    }
}
