// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPayouts} from "../interfaces/IPayouts.sol";

/// Moves money in exactly and out without ever being blocked. Token zero means the native coin.
library Transfers {
    using SafeERC20 for IERC20;

    /// Gas a receiver or token may burn. A caller cannot starve a push on purpose: when less than this is left for it, the 64th part
    /// that remains here is too little to write a credit, and the whole transaction fails.
    uint256 internal constant PUSH_GAS = 100_000;

    function requireNative(uint96 amount) internal view {
        if (msg.value != amount) revert IPayouts.WrongNativeAmount(amount, msg.value);
    }

    /// Takes exactly `amount` from the caller. A token that keeps a fee would leave other deposits short.
    function pullToken(address token, uint96 amount) internal {
        if (msg.value != 0) revert IPayouts.WrongNativeAmount(0, msg.value);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert IPayouts.WrongTokenAmount(amount, received);
    }

    /// Tries to send; never reverts and copies at most one word of what comes back.
    function tryPush(address token, address to, uint256 amount) internal returns (bool) {
        return token == address(0) ? _tryPushNative(to, amount) : _tryPushToken(token, to, amount);
    }

    function _tryPushNative(address to, uint256 amount) private returns (bool sent) {
        assembly ("memory-safe") {
            sent := call(PUSH_GAS, to, amount, 0, 0, 0, 0)
        }
    }

    /// Success is: no revert, and either the word true or, from a token with code, no answer at all.
    function _tryPushToken(address token, address to, uint256 amount) private returns (bool sent) {
        uint256 answer;
        uint256 answerSize;
        bytes4 transfer = IERC20.transfer.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, transfer)
            mstore(add(data, 0x04), to)
            mstore(add(data, 0x24), amount)
            sent := call(PUSH_GAS, token, 0, data, 0x44, 0, 0x20)
            answer := mload(0)
            answerSize := returndatasize()
        }
        if (!sent) return false;
        return answerSize == 0 ? token.code.length > 0 : answerSize >= 32 && answer == 1;
    }
}
