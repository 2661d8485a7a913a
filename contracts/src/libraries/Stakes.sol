// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// How stake is kept, each in one storage word, in atomic units of one token.
library Stakes {
    struct Account {
        uint96 total;
        uint96 committed;
        uint16 slashes;
    }

    struct Allocation {
        uint96 amount;
        uint40 releaseAt;
        uint16 pins;
    }

    struct Unbonding {
        uint96 amount;
        uint40 finishAt;
    }

    /// Pledged and unbonding stake of a juror covers its seats. @param place Its leaf in the tree plus 1; 0 if it never joined.
    struct Juror {
        uint96 pledged;
        uint96 seated;
        uint32 place;
    }

    function freeIn(Account memory account) internal pure returns (uint96) {
        return account.total - account.committed;
    }

    /// Committed stake is free again.
    function uncommit(Account storage account, uint96 amount) internal {
        account.committed -= amount;
    }

    /// Committed stake leaves the account for good.
    function remove(Account storage account, uint96 amount) internal {
        account.total -= amount;
        account.committed -= amount;
    }

    function least(uint96 a, uint96 b) internal pure returns (uint96) {
        return a < b ? a : b;
    }
}
