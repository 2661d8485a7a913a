// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Payouts are pushed with a bounded amount of gas; what a receiver or token refuses waits as its credit.
interface IPayouts {
    /// A payout could not be pushed and waits for withdrawCredit.
    event Credited(address indexed token, address indexed owner, uint256 amount);
    event CreditWithdrawn(address indexed token, address indexed owner, address to, uint256 amount);

    error WrongNativeAmount(uint256 expected, uint256 given);
    error WrongTokenAmount(uint256 expected, uint256 received);
    error NoCredit(address token, address owner);
    error ReceiverRefused(address to);

    /// Sends the caller's whole credit in a token to an account of its choice. Token zero means the native coin.
    function withdrawCredit(address token, address to) external;

    /// What withdrawCredit would send, in atomic units.
    function credit(address token, address owner) external view returns (uint256);
}
