// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vote} from "../interfaces/IDisputeArbiter.sol";

/// What jurors say, and how they commit to it. Mirrored by protocols/arbitration.
library Votes {
    /// In place of a result hash. No result has such a hash.
    bytes32 internal constant INPUT_MISSING = bytes32(uint256(1));
    bytes32 internal constant OUTPUT_MISSING = bytes32(uint256(2));
    bytes32 internal constant HOST_FAILURE = bytes32(uint256(3));

    /// Names the dispute, the round and the juror: a copied commitment cannot be opened.
    function commitment(bytes32 id, uint8 round, address juror, Vote calldata vote, bytes32 salt)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(id, round, juror, vote, salt));
    }

    /// All that two honest runs agree on, in 20 bytes. What stands for no result stands for itself.
    function answerOf(bytes32 resultHash, uint64 fuelUsed, int32 exitCode) internal pure returns (bytes20) {
        if (isNoResult(resultHash)) return bytes20(uint160(uint256(resultHash)));
        return bytes20(keccak256(abi.encode(resultHash, fuelUsed, exitCode)));
    }

    function isNoResult(bytes32 resultHash) internal pure returns (bool) {
        return resultHash == INPUT_MISSING || resultHash == OUTPUT_MISSING || resultHash == HOST_FAILURE;
    }
}
