// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Who pays for the juries. Every round was bonded before it was drawn, so what both sides have here always covers the fees.
library CourtFees {
    /// One side pays as far as it can, the other the rest.
    function charge(uint256 first, uint256 second, uint256 fees)
        internal
        pure
        returns (uint256 firstLeft, uint256 secondLeft)
    {
        uint256 paid = first < fees ? first : fees;
        return (first - paid, second + paid - fees);
    }

    /// Each side pays half, and what the other cannot.
    function halve(uint256 first, uint256 second, uint256 fees)
        internal
        pure
        returns (uint256 firstLeft, uint256 secondLeft)
    {
        uint256 half = fees / 2;
        (firstLeft, secondLeft) = charge(first, second, half);
        (secondLeft, firstLeft) = charge(secondLeft, firstLeft, fees - half);
    }
}
