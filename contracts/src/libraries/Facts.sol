// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What is known of a dispute, one bit each.
type Facts is uint8;

using FactSet for Facts global;

library FactSet {
    /// The other side matched the bond.
    Facts internal constant JOINED = Facts.wrap(1);
    /// The provider's receipt was shown.
    Facts internal constant ANSWERED = Facts.wrap(2);
    /// Another receipt of the provider was shown.
    Facts internal constant EQUIVOCATED = Facts.wrap(4);
    /// The requester had accepted the receipt.
    Facts internal constant ACCEPTED = Facts.wrap(8);
    /// Finished, or handed to an escrow, after deliverBy.
    Facts internal constant LATE = Facts.wrap(16);
    /// The receipt says exit code 0.
    Facts internal constant SUCCESS = Facts.wrap(32);
    /// A channel's allocation is kept from being released.
    Facts internal constant PINNED = Facts.wrap(64);
    /// The present round's seed aged out once.
    Facts internal constant STALLED = Facts.wrap(128);

    function has(Facts facts, Facts fact) internal pure returns (bool) {
        return Facts.unwrap(facts) & Facts.unwrap(fact) != 0;
    }

    function with(Facts facts, Facts fact) internal pure returns (Facts) {
        return Facts.wrap(Facts.unwrap(facts) | Facts.unwrap(fact));
    }

    function without(Facts facts, Facts fact) internal pure returns (Facts) {
        return Facts.wrap(Facts.unwrap(facts) & ~Facts.unwrap(fact));
    }
}
