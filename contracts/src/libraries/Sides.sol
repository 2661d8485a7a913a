// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// One of the two parties of a dispute. Not an enum: the compiler checks an enum's range wherever it is read, and the court has no room
/// for that.
type Side is uint8;

using {isSame as ==, isOther as !=} for Side global;

function isSame(Side side, Side other) pure returns (bool) {
    return Side.unwrap(side) == Side.unwrap(other);
}

function isOther(Side side, Side other) pure returns (bool) {
    return Side.unwrap(side) != Side.unwrap(other);
}

library Sides {
    Side internal constant REQUESTER = Side.wrap(0);
    Side internal constant PROVIDER = Side.wrap(1);

    function opposite(Side side) internal pure returns (Side) {
        return Side.wrap(1 - Side.unwrap(side));
    }
}
