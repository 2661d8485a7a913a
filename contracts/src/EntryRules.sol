// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IEntryRules} from "./interfaces/IEntryRules.sol";

/// What an owner decides about money that comes in. Exits ask nothing of this: no rule here can hold money back.
/// Each token's rule is one word, the pause with it, so that a deposit reads one slot.
abstract contract EntryRules is IEntryRules, Ownable2Step, Pausable {
    /// @param floor Least of what the contract in question asks for beside the deposit; 0 where it asks for nothing.
    struct Rule {
        uint96 cap;
        uint96 floor;
        bool isKnown;
        bool isPaused;
    }

    /// Pausing writes one word per token: a bound keeps it affordable in an emergency.
    uint256 internal constant MAX_TOKENS = 16;

    mapping(address token => Rule) private _rules;
    address[] private _known;

    constructor(address owner, address[] memory tokens) Ownable(owner) {
        for (uint256 i = 0; i < tokens.length; ++i) {
            _setDepositCap(tokens[i], type(uint96).max);
        }
    }

    function setDepositCap(address token, uint96 cap) external onlyOwner {
        _setDepositCap(token, cap);
    }

    function pause() external onlyOwner {
        _pause();
        _pauseTokens(true);
    }

    function unpause() external onlyOwner {
        _unpause();
        _pauseTokens(false);
    }

    function depositCap(address token) external view returns (uint96) {
        return _rules[token].cap;
    }

    /// @param held What would be held at once for one channel or escrow after the deposit.
    function _requireEntry(address token, uint256 held) internal view returns (uint96 floor) {
        Rule storage rule = _rules[token];
        if (rule.isPaused) revert EnforcedPause();
        if (rule.cap == 0) revert TokenNotAllowed(token);
        if (held > rule.cap) revert DepositAboveCap(held, rule.cap);
        return rule.floor;
    }

    function _floorOf(address token) internal view returns (uint96) {
        return _rules[token].floor;
    }

    function _setFloor(address token, uint96 floor) internal {
        _rules[token].floor = floor;
    }

    function _setDepositCap(address token, uint96 cap) private {
        Rule memory rule = _rules[token];
        if (!rule.isKnown) {
            if (_known.length == MAX_TOKENS) revert TooManyTokens(MAX_TOKENS);
            _known.push(token);
        }
        _rules[token] = Rule({cap: cap, floor: rule.floor, isKnown: true, isPaused: paused()});
        emit DepositCapSet(token, cap);
    }

    function _pauseTokens(bool isPaused) private {
        for (uint256 i = 0; i < _known.length; ++i) {
            _rules[_known[i]].isPaused = isPaused;
        }
    }
}
