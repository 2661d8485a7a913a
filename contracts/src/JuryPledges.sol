// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {StakeAccounts} from "./StakeAccounts.sol";
import {JuryOrder, JurySnapshot, SeatOutcome} from "./interfaces/IJury.sol";
import {JuryDraw} from "./libraries/JuryDraw.sol";
import {JuryTree} from "./libraries/JuryTree.sol";
import {Stakes} from "./libraries/Stakes.sol";

/// Stake pledged to sit in judgment. See IJury for the rules. The tree stands here and not in the arbiter, because a pledge, a departure
/// and a slash must change stake and weight in one step.
abstract contract JuryPledges is StakeAccounts {
    using SafeERC20 for IERC20;
    using Stakes for Stakes.Account;
    using JuryTree for JuryTree.Tree;
    using JuryDraw for JuryDraw.Draw;

    /// Drawn jurors who cannot cover their seat are passed over this often, so that a draw has an end.
    uint256 private constant SPARE_ATTEMPTS = 16;

    mapping(address token => JuryTree.Tree) private _trees;
    mapping(address token => mapping(uint32 leaf => address agent)) private _agentAt;
    mapping(address token => mapping(address agent => Stakes.Juror)) private _jurors;

    // Agents

    function joinJury(address token, uint96 amount) external whenNotPaused {
        // Checks
        if (amount == 0) revert AmountMissing();
        Stakes.Juror memory juror = _jurors[token][msg.sender];
        juror.pledged += amount;
        uint96 minimum = _floorOf(token);
        if (juror.pledged < minimum) revert PledgeTooSmall(juror.pledged, minimum);
        // Effects
        _commit(token, msg.sender, amount);
        if (juror.place == 0) {
            uint32 leaf = _trees[token].addLeaf();
            _agentAt[token][leaf] = msg.sender;
            juror.place = leaf + 1;
        }
        _setPledge(token, msg.sender, juror);
        emit JuryJoined(token, msg.sender, juror.pledged);
    }

    function leaveJury(address token, uint96 amount) external {
        // Checks
        if (amount == 0) revert AmountMissing();
        Stakes.Juror memory juror = _jurors[token][msg.sender];
        if (amount > juror.pledged) revert PledgeMissing(juror.pledged, amount);
        juror.pledged -= amount;
        uint96 minimum = _floorOf(token);
        if (juror.pledged != 0 && juror.pledged < minimum) revert PledgeTooSmall(juror.pledged, minimum);
        // Effects: committed as before, now on its way out
        _setPledge(token, msg.sender, juror);
        _unbond(token, msg.sender, amount);
        emit JuryLeft(token, msg.sender, juror.pledged);
    }

    // Owner

    function setMinPledge(address token, uint96 amount) external onlyOwner {
        _setFloor(token, amount);
        emit MinPledgeSet(token, amount);
    }

    // Court

    function takeSnapshot(address token) external onlyArbiter returns (JurySnapshot memory) {
        return _trees[token].takeSnapshot();
    }

    function seatJury(JuryOrder calldata order, uint96 seatStake)
        external
        onlyArbiter
        returns (address[] memory jurors)
    {
        uint256 attempts = uint256(order.seats) + SPARE_ATTEMPTS;
        JuryDraw.Draw memory draw = _beginDraw(order, attempts);
        jurors = new address[](order.seats);
        uint256 seated = 0;
        for (; seated < order.seats && attempts > 0 && draw.left > 0; --attempts) {
            address agent = _next(order.token, draw);
            if (_seat(order.token, agent, seatStake)) jurors[seated++] = agent;
        }
        JuryDraw.shorten(jurors, seated);
    }

    function settleSeats(address token, SeatOutcome[] calldata outcomes)
        external
        onlyArbiter
        nonReentrant
        returns (uint256 taken)
    {
        // Checks and effects, seat by seat
        for (uint256 i = 0; i < outcomes.length; ++i) {
            _settleSeat(token, outcomes[i]);
            taken += outcomes[i].take;
        }
        // Interactions: straight to the arbiter, whose books would not know of a credit.
        if (taken > 0) IERC20(token).safeTransfer(msg.sender, taken);
    }

    // Views

    function minPledge(address token) external view returns (uint96) {
        return _floorOf(token);
    }

    function drawJury(JuryOrder calldata order) external view returns (address[] memory jurors) {
        JuryDraw.Draw memory draw = _beginDraw(order, order.seats);
        jurors = new address[](order.seats);
        uint256 drawn = 0;
        for (; drawn < order.seats && draw.left > 0; ++drawn) {
            jurors[drawn] = _next(order.token, draw);
        }
        JuryDraw.shorten(jurors, drawn);
    }

    function jurorOf(address token, address agent) external view returns (uint96 pledged, uint96 seated) {
        Stakes.Juror memory juror = _jurors[token][agent];
        return (juror.pledged, juror.seated);
    }

    function juryOf(address token) external view returns (uint32 members, uint96 total) {
        JuryTree.Root memory root = _trees[token].root;
        return (root.members, root.total);
    }

    // Rules

    function _seatedOf(address token, address agent) internal view override returns (uint96) {
        return _jurors[token][agent].seated;
    }

    function _beginDraw(JuryOrder calldata order, uint256 attempts) private view returns (JuryDraw.Draw memory draw) {
        draw = JuryDraw.begin(order.snapshot, order.seed, attempts + order.excluded.length);
        for (uint256 i = 0; i < order.excluded.length; ++i) {
            uint32 place = _jurors[order.token][order.excluded[i]].place;
            if (place != 0) draw.exclude(_trees[order.token], place - 1);
        }
    }

    function _next(address token, JuryDraw.Draw memory draw) private view returns (address) {
        return _agentAt[token][draw.next(_trees[token])];
    }

    // State changes

    function _setPledge(address token, address agent, Stakes.Juror memory juror) private {
        _jurors[token][agent] = juror;
        _trees[token].set(juror.place - 1, juror.pledged);
    }

    function _seat(address token, address agent, uint96 amount) private returns (bool) {
        Stakes.Juror memory juror = _jurors[token][agent];
        uint256 covers = juror.pledged;
        uint256 wanted = uint256(juror.seated) + amount;
        if (covers < wanted) covers += unbondingOf[token][agent].amount;
        if (covers < wanted) return false;
        _jurors[token][agent].seated = uint96(wanted);
        emit Seated(token, agent, amount);
        return true;
    }

    /// What a juror loses comes from its pledge first: it also loses the weight.
    function _settleSeat(address token, SeatOutcome calldata outcome) private {
        // Checks
        address agent = outcome.juror;
        Stakes.Juror memory juror = _jurors[token][agent];
        if (outcome.unlock > juror.seated) revert SeatLocksLess(agent, juror.seated, outcome.unlock);
        if (outcome.take > outcome.unlock) revert TakesMoreThanUnlocked(agent, outcome.unlock, outcome.take);
        // Effects
        juror.seated -= outcome.unlock;
        emit SeatSettled(token, agent, outcome.unlock, outcome.take);
        if (outcome.take == 0) {
            _jurors[token][agent] = juror;
            return;
        }
        uint96 fromPledge = Stakes.least(outcome.take, juror.pledged);
        juror.pledged -= fromPledge;
        _setPledge(token, agent, juror);
        if (fromPledge < outcome.take) unbondingOf[token][agent].amount -= outcome.take - fromPledge;
        accountOf[token][agent].remove(outcome.take);
    }
}
