// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The arithmetic of a SIMPLEX channel, in atomic units. Pure, and mirrored by protocols/channel.
library Settlement {
    /// What a promise is worth: never more than the deposit behind it.
    function covered(uint96 sent, uint96 deposit) internal pure returns (uint96) {
        return sent < deposit ? sent : deposit;
    }

    /// What partyB may take now, on top of what it claimed.
    function claimable(uint96 sent, uint96 deposit, uint96 claimed) internal pure returns (uint96) {
        uint96 due = covered(sent, deposit);
        return due > claimed ? due - claimed : 0;
    }

    /// The final split of what the contract still holds: payA + payB + claimed = deposit.
    function split(uint96 sent, uint96 deposit, uint96 claimed) internal pure returns (uint96 payA, uint96 payB) {
        payB = claimable(sent, deposit, claimed);
        payA = deposit - claimed - payB;
    }
}
