// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Which money may come in, and how much of it: decided by an owner, token by token. Exits never ask.
interface IEntryRules {
    event DepositCapSet(address indexed token, uint96 cap);

    error TokenNotAllowed(address token);
    error DepositAboveCap(uint256 held, uint96 cap);
    error TooManyTokens(uint256 maximum);

    /// Most that may be held at once for one channel in a token, in atomic units; 0 lets none in. What is already held keeps every
    /// exit. Only the owner. Token zero means the native coin.
    function setDepositCap(address token, uint96 cap) external;

    /// Stops entry in every token. Every exit keeps working. Only the owner.
    function pause() external;

    /// Allows entry again. Only the owner.
    function unpause() external;

    /// What setDepositCap set last.
    function depositCap(address token) external view returns (uint96);
}
