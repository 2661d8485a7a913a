// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtSettings} from "../interfaces/IDisputeArbiter.sol";

/// How long what takes. Seconds, and blocks where a seed is waited for.
library CourtTimes {
    /// How many times the agreed time a juror gets.
    uint256 private constant JUROR_FACTOR = 10;
    uint256 private constant ROUNDS = 3;
    /// As far back as EIP-2935 reaches, and as blockhash does.
    uint32 private constant HISTORY = 8_191;
    uint32 private constant RECENT = 256;
    uint8 private constant MOST_SEATS = 31;

    /// @param hasHistory Whether this chain serves block hashes older than 256 blocks.
    function areSound(CourtSettings memory settings, bool hasHistory) internal pure returns (bool) {
        uint8[3] memory seats = settings.seats;
        bool isJury = seats[0] % 2 == 1 && seats[1] % 2 == 1 && seats[2] % 2 == 1 && seats[0] < seats[1]
            && seats[1] < seats[2] && seats[2] <= MOST_SEATS;
        bool isEvidence = settings.bondWindow > 0 && settings.answerWindow > 0
            && settings.bondWindow <= settings.evidenceWindow && settings.answerWindow <= settings.evidenceWindow;
        bool isVote = settings.shortestCommit > 0 && settings.shortestCommit <= settings.longestCommit
            && settings.revealWindow > 0 && settings.appealWindow > 0;
        bool isSeed = settings.blockMillis > 0 && settings.seedDelay > 0 && settings.drawBlocks > 0
            && settings.drawBlocks < (hasHistory ? HISTORY : RECENT);
        return isJury && isEvidence && isVote && isSeed;
    }

    /// From opening to the block whose hash is the first seed.
    function blocksToSeed(CourtSettings memory settings) internal pure returns (uint256) {
        return uint256(settings.evidenceWindow) * 1000 / settings.blockMillis + settings.seedDelay;
    }

    /// Time for a jury to re-run a task that had this long.
    function commitSeconds(CourtSettings memory settings, uint40 startBy, uint40 deliverBy)
        internal
        pure
        returns (uint40)
    {
        uint256 agreed = deliverBy > startBy ? (uint256(deliverBy) - startBy) * JUROR_FACTOR : 0;
        if (agreed < settings.shortestCommit) return settings.shortestCommit;
        return agreed > settings.longestCommit ? settings.longestCommit : uint40(agreed);
    }

    /// From opening to ruling, if everything takes as long as it may and every seed is missed once.
    function longest(CourtSettings memory settings) internal pure returns (uint256) {
        uint256 waiting = 2 * (uint256(settings.seedDelay) + settings.drawBlocks + 1);
        uint256 round = uint256(settings.longestCommit) + settings.revealWindow + settings.appealWindow
            + (waiting * settings.blockMillis + 999) / 1000;
        return settings.evidenceWindow + ROUNDS * round;
    }
}
