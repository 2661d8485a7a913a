// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPayouts} from "./interfaces/IPayouts.sol";
import {Transfers} from "./libraries/Transfers.sol";

/// Money in exactly, money out without ever being blocked: what cannot be pushed waits as credit. Whoever pays out has written all its
/// effects before, and is guarded: no other money moves while a receiver or a token has the word.
abstract contract Payouts is IPayouts, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(address token => mapping(address owner => uint256 amount)) public credit;

    function withdrawCredit(address token, address to) external nonReentrant {
        // Checks
        if (to == address(this) || to == address(0)) revert ReceiverRefused(to);
        uint256 amount = credit[token][msg.sender];
        if (amount == 0) revert NoCredit(token, msg.sender);
        // Effects
        delete credit[token][msg.sender];
        emit CreditWithdrawn(token, msg.sender, to, amount);
        // Interactions
        if (token == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    /// Takes exactly this much from the caller. Native coin has come along by itself, so nobody is called.
    function _pull(address token, uint96 amount) internal {
        if (token == address(0)) Transfers.requireNative(amount);
        else _pullToken(token, amount);
    }

    function _payOut(address token, address to, uint256 amount) internal {
        if (amount == 0 || Transfers.tryPush(token, to, amount)) return;
        credit[token][to] += amount;
        emit Credited(token, to, amount);
    }

    function _pullToken(address token, uint96 amount) private nonReentrant {
        Transfers.pullToken(token, amount);
    }
}
