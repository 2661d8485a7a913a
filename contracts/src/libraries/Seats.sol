// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vote} from "../interfaces/IDisputeArbiter.sol";
import {Votes} from "./Votes.sol";

/// A juror's seat in one word: what it holds, and in the last byte how far it got. The draw writes it first, so that commit and reveal
/// overwrite a word that is there already, which is the cheapest write there is.
type Seat is bytes32;

using Seats for Seat global;

/// Committed: 31 bytes of the commitment. Revealed: 20 bytes of the answer and 11 of the memory probe.
library Seats {
    Seat internal constant TAKEN = Seat.wrap(bytes32(uint256(1)));

    uint8 private constant TAKEN_STATE = 1;
    uint8 private constant COMMITTED_STATE = 2;
    uint8 private constant REVEALED_STATE = 3;

    function committed(bytes32 commitment) internal pure returns (Seat) {
        return _with(commitment, COMMITTED_STATE);
    }

    /// Where there is no result there is no probe either: such votes are equal whatever else they say.
    function revealed(Vote calldata vote) internal pure returns (Seat) {
        bytes32 probe = Votes.isNoResult(vote.resultHash) ? bytes32(0) : vote.memoryProbe;
        bytes20 answer = Votes.answerOf(vote.resultHash, vote.fuelUsed, vote.exitCode);
        return _with(bytes32(answer) | (probe >> 160), REVEALED_STATE);
    }

    function stateOf(Seat seat) internal pure returns (uint8) {
        return uint8(uint256(Seat.unwrap(seat)));
    }

    function isTaken(Seat seat) internal pure returns (bool) {
        return stateOf(seat) != 0;
    }

    function isWaiting(Seat seat) internal pure returns (bool) {
        return stateOf(seat) == TAKEN_STATE;
    }

    function isCommitted(Seat seat) internal pure returns (bool) {
        return stateOf(seat) == COMMITTED_STATE;
    }

    function isRevealed(Seat seat) internal pure returns (bool) {
        return stateOf(seat) == REVEALED_STATE;
    }

    function equals(Seat seat, Seat other) internal pure returns (bool) {
        return Seat.unwrap(seat) == Seat.unwrap(other);
    }

    /// 0 unless revealed.
    function answerOf(Seat seat) internal pure returns (bytes20) {
        return isRevealed(seat) ? bytes20(Seat.unwrap(seat)) : bytes20(0);
    }

    function _with(bytes32 content, uint8 state) private pure returns (Seat) {
        return Seat.wrap((content & ~bytes32(uint256(0xff))) | bytes32(uint256(state)));
    }
}
