// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Seat} from "./Seats.sol";

/// Counts votes, and says who was right. Nothing here depends on the order of the seats.
library Tally {
    uint256 private constant INCOHERENT_PERCENT = 50;
    uint256 private constant UNREVEALED_PERCENT = 10;

    /// The vote of more than half of all seats of the round, filled or not; zero where there is none.
    function majority(Seat[] memory seats, uint256 size) internal pure returns (Seat winner) {
        // Pairs of unequal votes cancel out: only what is left over can have a majority.
        uint256 lead = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (!seats[i].isRevealed()) continue;
            if (lead == 0) (winner, lead) = (seats[i], 1);
            else if (seats[i].equals(winner)) ++lead;
            else --lead;
        }
        uint256 count = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].equals(winner)) ++count;
        }
        if (count * 2 <= size) return Seat.wrap(0);
    }

    /// What a seat loses of its stake. Who loses nothing shares in the fees and in what others lose.
    function lossOf(Seat seat, Seat winner, bytes20 finalAnswer, uint96 stake) internal pure returns (uint96) {
        if (isEarner(seat, winner, finalAnswer)) return 0;
        uint256 percent = seat.isRevealed() ? INCOHERENT_PERCENT : UNREVEALED_PERCENT;
        return uint96(stake * percent / 100);
    }

    /// Where nobody is measured (finalAnswer 0), whoever revealed. Else whoever gave the final answer; and
    /// if its round gave that answer too, with the memory probe of the majority.
    function isEarner(Seat seat, Seat winner, bytes20 finalAnswer) internal pure returns (bool) {
        if (!seat.isRevealed()) return false;
        if (finalAnswer == 0) return true;
        return winner.answerOf() == finalAnswer ? seat.equals(winner) : seat.answerOf() == finalAnswer;
    }
}
