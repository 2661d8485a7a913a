// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a dispute comes to. Not an enum, for the reason given in Sides.
type Verdict is uint8;

using {isSame as ==, isOther as !=} for Verdict global;

function isSame(Verdict verdict, Verdict other) pure returns (bool) {
    return Verdict.unwrap(verdict) == Verdict.unwrap(other);
}

function isOther(Verdict verdict, Verdict other) pure returns (bool) {
    return Verdict.unwrap(verdict) != Verdict.unwrap(other);
}

library Verdicts {
    Verdict internal constant NONE = Verdict.wrap(0);
    /// The result is right and was delivered.
    Verdict internal constant RIGHT = Verdict.wrap(1);
    /// It is another.
    Verdict internal constant WRONG = Verdict.wrap(2);
    /// The provider signed two receipts for one agreement.
    Verdict internal constant EQUIVOCATED = Verdict.wrap(3);
    /// No receipt, or an output that nobody can get.
    Verdict internal constant UNDELIVERED = Verdict.wrap(4);
    /// Finished, or handed to an escrow, after deliverBy.
    Verdict internal constant LATE = Verdict.wrap(5);
    /// The requester had accepted it.
    Verdict internal constant ACCEPTED = Verdict.wrap(6);
    /// Module or input cannot be got.
    Verdict internal constant INPUT_MISSING = Verdict.wrap(7);
    /// The provider did not match the bond.
    Verdict internal constant PROVIDER_ABSENT = Verdict.wrap(8);
    /// The requester did not match the bond.
    Verdict internal constant REQUESTER_ABSENT = Verdict.wrap(9);
    /// The task does not run on the jury's machines.
    Verdict internal constant HOST_FAILURE = Verdict.wrap(10);
    /// No jury was drawn in time, twice.
    Verdict internal constant STALLED = Verdict.wrap(11);
    /// No majority.
    Verdict internal constant UNDECIDED = Verdict.wrap(12);
}
