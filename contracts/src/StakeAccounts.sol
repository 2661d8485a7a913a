// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EntryRules} from "./EntryRules.sol";
import {Payouts} from "./Payouts.sol";
import {Permit} from "./interfaces/IPaymentChannel.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {Slash} from "./interfaces/IStakeCourt.sol";
import {Stakes} from "./libraries/Stakes.sol";

/// Stake that backs escrows and channels. See IStake, IStakeLocks and IStakeCourt for the rules.
abstract contract StakeAccounts is IReputation, EntryRules, Payouts {
    using SafeERC20 for IERC20;
    using Stakes for Stakes.Account;

    address public immutable escrow;
    address public immutable arbiter;
    uint32 public immutable releaseDelay;

    mapping(address token => mapping(address agent => Stakes.Account)) public accountOf;
    mapping(address token => mapping(address agent => Stakes.Unbonding)) public unbondingOf;
    mapping(address token => mapping(address agent => mapping(bytes32 backing => Stakes.Allocation))) public
        allocationOf;
    mapping(bytes32 dispute => mapping(address agent => bool)) private _slashed;
    mapping(address token => uint256 amount) public burned;

    modifier onlyEscrow() {
        if (msg.sender != escrow) revert EscrowOnly(msg.sender);
        _;
    }

    modifier onlyArbiter() {
        if (msg.sender != arbiter) revert ArbiterOnly(msg.sender);
        _;
    }

    // Entry

    function deposit(address token, uint96 amount) external {
        _deposit(token, amount);
    }

    function depositWithPermit(address token, uint96 amount, Permit calldata permit) external {
        // A failed permit is no failure: whoever saw it in the mempool may have used it, and then the allowance stands.
        try IERC20Permit(token)
            .permit(msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
        _deposit(token, amount);
    }

    function allocate(address token, bytes32 channelId, uint96 amount) external whenNotPaused {
        // Checks
        if (amount == 0) revert AmountMissing();
        Stakes.Allocation storage allocation = allocationOf[token][msg.sender][channelId];
        if (allocation.releaseAt != 0) revert ReleaseHasStarted(channelId, allocation.releaseAt);
        // Effects
        _commit(token, msg.sender, amount);
        allocation.amount += amount;
        emit Allocated(token, msg.sender, channelId, allocation.amount);
    }

    // Exits

    function startRelease(address token, bytes32 channelId) external {
        // Checks
        Stakes.Allocation storage allocation = allocationOf[token][msg.sender][channelId];
        if (allocation.amount == 0) revert NothingAllocated(token, msg.sender, channelId);
        if (allocation.releaseAt != 0) revert ReleaseHasStarted(channelId, allocation.releaseAt);
        // Effects
        allocation.releaseAt = _afterDelay();
        emit ReleaseStarted(token, msg.sender, channelId, allocation.releaseAt);
    }

    function finishRelease(address token, address agent, bytes32 channelId) external {
        // Checks
        Stakes.Allocation memory allocation = allocationOf[token][agent][channelId];
        if (allocation.releaseAt == 0) revert ReleaseNotStarted(channelId);
        _requirePassed(allocation.releaseAt);
        if (allocation.pins != 0) revert InDispute(channelId, allocation.pins);
        // Effects
        delete allocationOf[token][agent][channelId];
        accountOf[token][agent].uncommit(allocation.amount);
        emit Released(token, agent, channelId, allocation.amount);
    }

    function startUnbonding(address token, uint96 amount) external {
        // Checks
        if (amount == 0) revert AmountMissing();
        // Effects
        _commit(token, msg.sender, amount);
        _unbond(token, msg.sender, amount);
    }

    function finishUnbonding(address token, address agent) external nonReentrant {
        // Checks
        Stakes.Unbonding memory unbonding = unbondingOf[token][agent];
        if (unbonding.amount == 0) revert NothingUnbonding(token, agent);
        _requirePassed(unbonding.finishAt);
        uint96 seated = _seatedOf(token, agent);
        if (seated != 0) revert StakeIsSeated(agent, seated);
        // Effects
        delete unbondingOf[token][agent];
        accountOf[token][agent].remove(unbonding.amount);
        emit Withdrawn(token, agent, unbonding.amount);
        // Interactions
        _payOut(token, agent, unbonding.amount);
    }

    // Escrow

    function lock(address token, address agent, uint96 amount) external onlyEscrow {
        _commit(token, agent, amount);
    }

    function unlock(address token, address agent, uint96 amount) external onlyEscrow {
        accountOf[token][agent].uncommit(amount);
    }

    function hold(address token, address agent, bytes32 escrowId, uint96 amount) external onlyEscrow {
        Stakes.Allocation storage allocation = allocationOf[token][agent][escrowId];
        allocation.amount += amount;
        ++allocation.pins;
        emit Allocated(token, agent, escrowId, allocation.amount);
    }

    function endHold(address token, address agent, bytes32 escrowId) external onlyEscrow {
        uint96 amount = allocationOf[token][agent][escrowId].amount;
        delete allocationOf[token][agent][escrowId];
        accountOf[token][agent].uncommit(amount);
        emit Released(token, agent, escrowId, amount);
    }

    // Court

    function pin(address token, address agent, bytes32 backing) external onlyArbiter {
        Stakes.Allocation storage allocation = allocationOf[token][agent][backing];
        if (allocation.amount == 0) revert NothingAllocated(token, agent, backing);
        ++allocation.pins;
    }

    function unpin(address token, address agent, bytes32 backing) external onlyArbiter {
        Stakes.Allocation storage allocation = allocationOf[token][agent][backing];
        if (allocation.pins == 0) revert NotPinned(backing);
        --allocation.pins;
    }

    function seize(address token, address agent, bytes32 backing, uint96 amount)
        external
        onlyArbiter
        nonReentrant
        returns (uint96 taken)
    {
        // Effects
        taken = _take(token, agent, backing, amount);
        emit Seized(token, agent, backing, taken);
        // Interactions: straight to the arbiter, whose books would not know of a credit.
        if (taken > 0) IERC20(token).safeTransfer(msg.sender, taken);
    }

    function slash(Slash calldata order)
        external
        onlyArbiter
        nonReentrant
        returns (uint96 compensated, uint96 burnedNow)
    {
        // Checks
        if (_slashed[order.dispute][order.agent]) revert AlreadySlashed(order.dispute, order.agent);
        // Effects
        _slashed[order.dispute][order.agent] = true;
        uint96 taken = _take(order.token, order.agent, order.backing, order.amount);
        ++accountOf[order.token][order.agent].slashes;
        compensated = Stakes.least(taken, order.loss);
        burnedNow = taken - compensated;
        burned[order.token] += burnedNow;
        emit Slashed(order.dispute, order.agent, order.token, order.injured, compensated, burnedNow);
        // Interactions
        _payOut(order.token, order.injured, compensated);
    }

    // Rules

    function _requirePassed(uint40 time) private view {
        if (block.timestamp < time) revert StillLocked(time, block.timestamp);
    }

    function _afterDelay() internal view returns (uint40) {
        return uint40(block.timestamp) + releaseDelay;
    }

    function _seatedOf(address token, address agent) internal view virtual returns (uint96);

    // State changes

    function _deposit(address token, uint96 amount) private {
        // Checks
        if (amount == 0) revert AmountMissing();
        Stakes.Account storage account = accountOf[token][msg.sender];
        _requireEntry(token, uint256(account.total) + amount);
        // Effects
        account.total += amount;
        emit Deposited(token, msg.sender, amount);
        // Interactions
        _pull(token, amount);
    }

    function _commit(address token, address agent, uint96 amount) internal {
        Stakes.Account memory account = accountOf[token][agent];
        if (amount > account.freeIn()) revert StakeNotFree(token, agent, account.freeIn(), amount);
        account.committed += amount;
        accountOf[token][agent] = account;
    }

    function _unbond(address token, address agent, uint96 amount) internal {
        Stakes.Unbonding memory unbonding = unbondingOf[token][agent];
        unbonding.amount += amount;
        unbonding.finishAt = _afterDelay();
        unbondingOf[token][agent] = unbonding;
        emit UnbondingStarted(token, agent, unbonding.amount, unbonding.finishAt);
    }

    function _take(address token, address agent, bytes32 backing, uint96 amount) private returns (uint96 taken) {
        Stakes.Allocation storage allocation = allocationOf[token][agent][backing];
        taken = Stakes.least(amount, allocation.amount);
        allocation.amount -= taken;
        accountOf[token][agent].remove(taken);
    }
}
