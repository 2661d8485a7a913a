// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelId} from "../interfaces/IPaymentChannel.sol";
import {ChannelTypes} from "./ChannelTypes.sol";
import {OpeningRules} from "./OpeningRules.sol";
import {PlainSignature} from "./PlainSignature.sol";

/// The items of claimBatchPacked, 137 bytes each: partyA 20 | salt 8 | sent 12 | memo 32 | r 32 | s 32 | v 1.
/// A desk is memory with everything already in place that is the same for all items, so that an item costs few words and no allocation.
library PackedClaims {
    using PackedClaims for Desk;

    /// Where a desk begins in memory: ChannelParams (8 words), PayState behind its type hash (8 words), then the EIP-712 preimage.
    type Desk is uint256;

    uint256 internal constant ITEM_SIZE = 137;
    uint256 private constant DESK_SIZE = 0x260;

    /// For channels of the caller, SIMPLEX and in epoch 0, as SIMPLEX channels always are.
    function open(bytes32 domain, address signerB, address token, uint32 window) internal view returns (Desk desk) {
        bytes memory place = new bytes(DESK_SIZE);
        bytes32 payState = ChannelTypes.PAY_STATE;
        uint8 mode = OpeningRules.SIMPLEX;
        assembly ("memory-safe") {
            desk := add(place, 0x20)
            mstore(add(desk, 0x020), caller())
            mstore(add(desk, 0x060), signerB)
            mstore(add(desk, 0x080), token)
            mstore(add(desk, 0x0a0), window)
            mstore(add(desk, 0x0c0), mode)
            mstore(add(desk, 0x100), payState)
            mstore(add(desk, 0x160), 1)
            mstore(add(desk, 0x200), shl(240, 0x1901))
            mstore(add(desk, 0x202), domain)
        }
    }

    /// Lays the item at this place on the desk; what sent() and isSigned() say is about it.
    function take(Desk desk, bytes calldata items, uint256 offset) internal pure returns (ChannelId id) {
        assembly ("memory-safe") {
            let item := add(items.offset, offset)
            let head := calldataload(item)
            let partyA := shr(96, head)
            mstore(desk, partyA)
            mstore(add(desk, 0x040), partyA)
            mstore(add(desk, 0x0e0), and(shr(32, head), 0xffffffffffffffff))
            id := keccak256(desk, 0x100)
            mstore(add(desk, 0x120), id)
            mstore(add(desk, 0x180), shr(160, calldataload(add(item, 28))))
            mstore(add(desk, 0x1e0), calldataload(add(item, 40)))
        }
    }

    function sent(Desk desk) internal pure returns (uint96 amount) {
        assembly ("memory-safe") {
            amount := mload(add(desk, 0x180))
        }
    }

    function isSigned(Desk desk, bytes calldata items, uint256 offset) internal pure returns (bool) {
        address payer;
        bytes32 digest;
        bytes calldata signature = items;
        assembly ("memory-safe") {
            payer := mload(desk)
            mstore(add(desk, 0x222), keccak256(add(desk, 0x100), 0x100))
            digest := keccak256(add(desk, 0x200), 0x42)
            signature.offset := add(items.offset, add(offset, 72))
            signature.length := 65
        }
        return PlainSignature.isBy(payer, digest, signature);
    }
}
