// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus} from "../interfaces/IPaymentChannel.sol";

/// A channel in one storage word, from the lowest bit: depositA u96 | depositB u96 | closeAt u40 | status u8 | epoch u16.
/// SIMPLEX keeps what partyB claimed in depositB's place. A closed channel keeps status and epoch for ever: its id never opens again.
type PackedChannel is uint256;

using PackedChannels for PackedChannel global;

/// Reads and rewrites the fields of a packed channel.
library PackedChannels {
    uint256 private constant AMOUNT = type(uint96).max;
    uint256 private constant B_AT = 96;
    uint256 private constant CLOSE_AT = 192;
    uint256 private constant STATUS_AT = 232;
    uint256 private constant EPOCH_AT = 240;

    function opened(uint96 depositA, uint96 depositB) internal pure returns (PackedChannel) {
        return
            PackedChannel.wrap(
                depositA | (uint256(depositB) << B_AT) | (uint256(uint8(ChannelStatus.OPEN)) << STATUS_AT)
            );
    }

    function amountA(PackedChannel self) internal pure returns (uint96) {
        return uint96(PackedChannel.unwrap(self));
    }

    /// partyB's deposit in DUPLEX, what partyB claimed in SIMPLEX.
    function amountB(PackedChannel self) internal pure returns (uint96) {
        return uint96(PackedChannel.unwrap(self) >> B_AT);
    }

    function closeAt(PackedChannel self) internal pure returns (uint40) {
        return uint40(PackedChannel.unwrap(self) >> CLOSE_AT);
    }

    function status(PackedChannel self) internal pure returns (ChannelStatus) {
        return ChannelStatus(uint8(PackedChannel.unwrap(self) >> STATUS_AT));
    }

    function isOpen(PackedChannel self) internal pure returns (bool) {
        return uint8(PackedChannel.unwrap(self) >> STATUS_AT) == uint8(ChannelStatus.OPEN);
    }

    function isClosing(PackedChannel self) internal pure returns (bool) {
        return uint8(PackedChannel.unwrap(self) >> STATUS_AT) == uint8(ChannelStatus.CLOSING);
    }

    function epoch(PackedChannel self) internal pure returns (uint16) {
        return uint16(PackedChannel.unwrap(self) >> EPOCH_AT);
    }

    function withAmountA(PackedChannel self, uint96 amount) internal pure returns (PackedChannel) {
        return PackedChannel.wrap((PackedChannel.unwrap(self) & ~AMOUNT) | amount);
    }

    function withAmountB(PackedChannel self, uint96 amount) internal pure returns (PackedChannel) {
        return PackedChannel.wrap((PackedChannel.unwrap(self) & ~(AMOUNT << B_AT)) | (uint256(amount) << B_AT));
    }

    /// From OPEN, where closeAt is 0.
    function closing(PackedChannel self, uint40 time) internal pure returns (PackedChannel) {
        uint256 word = PackedChannel.unwrap(self) ^ _flip(ChannelStatus.OPEN, ChannelStatus.CLOSING);
        return PackedChannel.wrap(word | (uint256(time) << CLOSE_AT));
    }

    /// From OPEN: other deposits, and every promise of the old epoch void.
    function rebased(PackedChannel self, uint96 depositA, uint96 depositB) internal pure returns (PackedChannel) {
        uint256 next = uint256(epoch(self)) + 1;
        return PackedChannel.wrap(PackedChannel.unwrap(opened(depositA, depositB)) | (next << EPOCH_AT));
    }

    /// The tombstone: nothing but status and epoch.
    function closed(PackedChannel self) internal pure returns (PackedChannel) {
        return
            PackedChannel.wrap((uint256(epoch(self)) << EPOCH_AT) | (uint256(uint8(ChannelStatus.CLOSED)) << STATUS_AT));
    }

    function _flip(ChannelStatus from, ChannelStatus to) private pure returns (uint256) {
        return uint256(uint8(from) ^ uint8(to)) << STATUS_AT;
    }
}
