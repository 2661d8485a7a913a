// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelId, ChannelParams, CloseTerms, RebaseTerms, SignedPromise} from "../interfaces/IPaymentChannel.sol";

/// EIP-712 struct hashes of what agents sign for a channel.
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

    /// Locks are reserved: a promise signed with any has another hash and is refused.
    uint96 private constant NO_LOCKED_TOTAL = 0;
    bytes32 private constant NO_LOCKS_ROOT = 0;

    function idOf(ChannelParams calldata params) internal pure returns (ChannelId) {
        return ChannelId.wrap(keccak256(abi.encode(params)));
    }

    function hashPayState(ChannelId id, bool fromA, SignedPromise calldata signedPromise)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                PAY_STATE,
                id,
                signedPromise.epoch,
                fromA,
                signedPromise.sent,
                NO_LOCKED_TOTAL,
                NO_LOCKS_ROOT,
                signedPromise.memo
            )
        );
    }

    /// The terms are static words in signing order, so their ABI encoding is their EIP-712 encoding.
    function hashCoopClose(ChannelId id, CloseTerms calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(COOP_CLOSE, id, terms));
    }

    /// As with CoopClose.
    function hashRebase(ChannelId id, RebaseTerms calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(REBASE, id, terms));
    }

    function hashActFor(ChannelId id, address tower, uint40 validUntil) internal pure returns (bytes32) {
        return keccak256(abi.encode(ACT_FOR, id, tower, validUntil));
    }
}
