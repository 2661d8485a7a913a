// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Signatures of plain keys: 65 bytes r, s, v, low-s, v 27 or 28. No compact form, no ERC-1271, so one signature has one encoding and
/// stays valid whatever code its signer's account gains later.
library PlainSignature {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant SIZE = 65;

    function isBy(address signer, bytes32 digest, bytes calldata signature) internal pure returns (bool) {
        return signer != address(0) && signerOf(digest, signature) == signer;
    }

    /// The key that signed, or zero where this is no signature.
    function signerOf(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != SIZE) return address(0);
        bytes32 r;
        uint256 s;
        uint8 v;
        assembly ("memory-safe") {
            r := calldataload(signature.offset)
            s := calldataload(add(signature.offset, 0x20))
            v := byte(0, calldataload(add(signature.offset, 0x40)))
        }
        return s > HALF_ORDER ? address(0) : ecrecover(digest, v, r, bytes32(s));
    }
}
