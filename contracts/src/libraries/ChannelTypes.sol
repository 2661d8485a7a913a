// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelId, CloseTerms, RebaseTerms, SignedPromise} from "../interfaces/IPaymentChannel.sol";

/// EIP-712 struct hashes of what agents sign for a channel. Written out word by word in memory that is free: abi.encode would allocate and
/// check again what its callers have checked, which costs several hundred gas for each hash.
library ChannelTypes {
    bytes32 internal constant PAY_STATE = keccak256(
        "PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)"
    );
    bytes32 internal constant COOP_CLOSE =
        keccak256("CoopClose(bytes32 channelId,uint16 epoch,uint96 payA,uint96 payB,uint40 validUntil)");
    bytes32 internal constant REBASE = keccak256(
        "Rebase(bytes32 channelId,uint16 epoch,uint96 newDepA,uint96 newDepB,uint96 outA,uint96 outB,uint40 validUntil)"
    );
    bytes32 internal constant ACT_FOR = keccak256("ActFor(bytes32 channelId,address tower,uint40 validUntil)");

    /// Locks are reserved: their two words are zero, so a promise signed with any has another hash and is refused.
    /// Whoever calls this has read, and so checked, each field.
    function hashPayState(ChannelId id, bool fromA, SignedPromise calldata signedPromise)
        internal
        pure
        returns (bytes32 structHash)
    {
        bytes32 typeHash = PAY_STATE;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), id)
            mstore(add(words, 0x40), calldataload(signedPromise))
            mstore(add(words, 0x60), fromA)
            mstore(add(words, 0x80), calldataload(add(signedPromise, 0x20)))
            mstore(add(words, 0xa0), 0)
            mstore(add(words, 0xc0), 0)
            mstore(add(words, 0xe0), calldataload(add(signedPromise, 0x40)))
            structHash := keccak256(words, 0x100)
        }
    }

    /// The terms are static words in signing order. Whoever calls this has read, and so checked, each of them.
    function hashCoopClose(ChannelId id, CloseTerms calldata terms) internal pure returns (bytes32 structHash) {
        bytes32 typeHash = COOP_CLOSE;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), id)
            calldatacopy(add(words, 0x40), terms, 0x80)
            structHash := keccak256(words, 0xc0)
        }
    }

    /// As with CoopClose.
    function hashRebase(ChannelId id, RebaseTerms calldata terms) internal pure returns (bytes32 structHash) {
        bytes32 typeHash = REBASE;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), id)
            calldatacopy(add(words, 0x40), terms, 0xc0)
            structHash := keccak256(words, 0x100)
        }
    }

    function hashActFor(ChannelId id, address tower, uint40 validUntil) internal pure returns (bytes32) {
        return keccak256(abi.encode(ACT_FOR, id, tower, validUntil));
    }
}
