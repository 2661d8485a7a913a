// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The arithmetic of both channel modes, in atomic units. Pure, and mirrored by protocols/channel.
library Settlement {
    /// What a SIMPLEX promise is worth: never more than the deposit behind it.
    function covered(uint96 sent, uint96 deposit) internal pure returns (uint96) {
        return sent < deposit ? sent : deposit;
    }

    /// SIMPLEX: what partyB may take now, on top of what it claimed.
    function claimable(uint96 sent, uint96 deposit, uint96 claimed) internal pure returns (uint96) {
        uint96 due = covered(sent, deposit);
        unchecked {
            return due > claimed ? due - claimed : 0;
        }
    }

    /// SIMPLEX: the final split of what the contract still holds: payA + payB + claimed = deposit.
    function splitSimplex(uint96 sent, uint96 deposit, uint96 claimed)
        internal
        pure
        returns (uint96 payA, uint96 payB)
    {
        payB = claimable(sent, deposit, claimed);
        payA = deposit - claimed - payB;
    }

    /// DUPLEX: payA = clamp(depositA + sentB - sentA, 0, depositA + depositB), partyB gets the rest. The deposits together fit 96 bits.
    function splitDuplex(uint96 depositA, uint96 depositB, uint96 sentA, uint96 sentB)
        internal
        pure
        returns (uint96 payA, uint96 payB)
    {
        uint96 total = depositA + depositB;
        uint256 richest = uint256(depositA) + sentB;
        uint256 due = richest > sentA ? richest - sentA : 0;
        payA = due < total ? uint96(due) : total;
        payB = total - payA;
    }
}
