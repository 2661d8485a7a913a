// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelId, ChannelParams} from "../interfaces/IPaymentChannel.sol";

/// Where the eight words of a channel's params lie in memory. A struct in memory would be zeroed first and its fields checked at each
/// use, which costs several hundred gas for each call.
type AgreedParams is uint256;

using AgreedParamsWords for AgreedParams global;

/// Copies params once, names the channel by them, and reads them word by word.
library AgreedParamsWords {
    /// The params in memory and the channel's id, keccak256(abi.encode(params)). Nothing is checked: words with stray high bits name a
    /// channel that no opening can have made, because an opening checks every field.
    function read(ChannelParams calldata params) internal pure returns (ChannelId id, AgreedParams agreed) {
        assembly ("memory-safe") {
            agreed := mload(0x40)
            mstore(0x40, add(agreed, 0x100))
            calldatacopy(agreed, params, 0x100)
            id := keccak256(agreed, 0x100)
        }
    }

    function partyA(AgreedParams self) internal pure returns (address) {
        return address(uint160(_word(self, 0x00)));
    }

    function partyB(AgreedParams self) internal pure returns (address) {
        return address(uint160(_word(self, 0x20)));
    }

    function signerA(AgreedParams self) internal pure returns (address) {
        return address(uint160(_word(self, 0x40)));
    }

    function signerB(AgreedParams self) internal pure returns (address) {
        return address(uint160(_word(self, 0x60)));
    }

    function token(AgreedParams self) internal pure returns (address) {
        return address(uint160(_word(self, 0x80)));
    }

    function window(AgreedParams self) internal pure returns (uint32) {
        return uint32(_word(self, 0xa0));
    }

    function mode(AgreedParams self) internal pure returns (uint8) {
        return uint8(_word(self, 0xc0));
    }

    function _word(AgreedParams self, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(self, offset))
        }
    }
}
