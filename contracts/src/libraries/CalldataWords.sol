// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelParams} from "../interfaces/IPaymentChannel.sol";
import {MarketTypes} from "./MarketTypes.sol";

/// Struct hashes of signed messages, straight from calldata: every message is static words in signing order, so no field needs to be
/// looked at. A word with dirty high bits gives a hash that nobody signed.
library CalldataWords {
    function hash(MarketTypes.Auction calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.AUCTION, start, 17);
    }

    function hash(MarketTypes.Bid calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.BID, start, 7);
    }

    function hash(MarketTypes.Award calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.AWARD, start, 5);
    }

    function hash(MarketTypes.Agreement calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.AGREEMENT, start, 20);
    }

    function hash(MarketTypes.Progress calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.PROGRESS, start, 4);
    }

    function hash(MarketTypes.Refund calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.REFUND, start, 3);
    }

    function hash(MarketTypes.Receipt calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.RECEIPT, start, 7);
    }

    function hash(MarketTypes.Acceptance calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.ACCEPTANCE, start, 2);
    }

    function hash(MarketTypes.CancelAuction calldata message) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := message
        }
        return _hash(MarketTypes.CANCEL_AUCTION, start, 1);
    }

    /// Without looking at the fields: what is not hashed to a known name, or was not signed, is refused anyway.
    function copy(MarketTypes.Agreement calldata message) internal pure returns (MarketTypes.Agreement memory copied) {
        assembly ("memory-safe") {
            copied := mload(0x40)
            mstore(0x40, add(copied, 640))
            calldatacopy(copied, message, 640)
        }
    }

    function copy(MarketTypes.Receipt calldata message) internal pure returns (MarketTypes.Receipt memory copied) {
        assembly ("memory-safe") {
            copied := mload(0x40)
            mstore(0x40, add(copied, 224))
            calldatacopy(copied, message, 224)
        }
    }

    function copy(ChannelParams calldata params) internal pure returns (ChannelParams memory copied) {
        assembly ("memory-safe") {
            copied := mload(0x40)
            mstore(0x40, add(copied, 256))
            calldatacopy(copied, params, 256)
        }
    }

    /// keccak256(abi.encode(params)) of what was copied.
    function idOf(ChannelParams memory copied) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            id := keccak256(copied, 256)
        }
    }

    function _hash(bytes32 typeHash, uint256 start, uint256 words) private pure returns (bytes32 structHash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), start, mul(words, 32))
            structHash := keccak256(free, mul(add(words, 1), 32))
        }
    }
}
