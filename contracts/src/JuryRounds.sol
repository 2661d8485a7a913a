// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {DisputeEvidence} from "./DisputeEvidence.sol";
import {CourtCase, Dispute, DisputeStatus, Vote} from "./interfaces/IDisputeArbiter.sol";
import {JuryOrder, SeatOutcome} from "./interfaces/IJury.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {CourtTimes} from "./libraries/CourtTimes.sol";
import {DisputeRules} from "./libraries/DisputeRules.sol";
import {FactSet} from "./libraries/Facts.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {Seat, Seats} from "./libraries/Seats.sol";
import {Side, Sides} from "./libraries/Sides.sol";
import {Tally} from "./libraries/Tally.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {Votes} from "./libraries/Votes.sol";
import {Verdict, Verdicts} from "./libraries/Verdicts.sol";

/// Draws juries, takes their votes, and pays them. See IDisputeArbiter for the rules.
abstract contract JuryRounds is DisputeEvidence {
    function draw(CourtCase calldata matter) external nonReentrant {
        // Checks
        File memory file = _fileOf(matter);
        _requireUndrawn(file);
        bytes32 seed = _requireSeed(file);
        // Effects
        MarketTypes.Agreement memory agreement = file.agreement;
        Dispute memory dispute = file.dispute;
        dispute.status = DisputeStatus.VOTING;
        dispute.commitBy =
            uint40(block.timestamp) + CourtTimes.commitSeconds(settings(), agreement.startBy, agreement.deliverBy);
        _save(file);
        // Interactions: a contract of ours, which answers with the jurors
        address[] memory jurors = IReputation(reputation)
            .seatJury(
                JuryOrder(agreement.token, dispute.snapshot, seed, _settings.seats[dispute.round], file.excluded),
                courtRule[agreement.token].seatStake
            );
        _rounds[file.id][dispute.round] = Round(jurors, true);
        for (uint256 i = 0; i < jurors.length; ++i) {
            _seats[file.id][dispute.round][jurors[i]] = Seats.TAKEN;
        }
        emit JuryDrawn(file.id, dispute.round, seed, jurors, dispute.commitBy);
    }

    function reseed(CourtCase calldata matter) external {
        // Checks
        File memory file = _fileOf(matter);
        _requireUndrawn(file);
        Dispute memory dispute = file.dispute;
        if (!_isAgedOut(file)) revert SeedStillGood(dispute.seedBlock, block.number);
        if (dispute.facts.has(FactSet.STALLED)) revert StalledTwice(file.id);
        // Effects
        _note(file, FactSet.STALLED);
        dispute.seedBlock = _laterSeed();
        uint96 lost = _feesOf(file, dispute.round);
        (Side staller, Side other) = (dispute.appellant, Sides.opposite(dispute.appellant));
        _setBond(file, staller, _bondOf(file, staller) - lost);
        _setBond(file, other, _bondOf(file, other) + lost);
        _save(file);
        emit SeedMissed(file.id, dispute.round, staller, dispute.seedBlock);
    }

    function commit(bytes32 id, bytes32 commitment) external {
        // Checks
        Dispute storage dispute = _requireVoting(id);
        _requireWithin(dispute.commitBy);
        uint8 round = dispute.round;
        Seat seat = _requireSeat(id, round);
        if (!seat.isWaiting()) revert AlreadyCommitted(msg.sender);
        // Effects
        _seats[id][round][msg.sender] = Seats.committed(commitment);
        emit Committed(id, round, msg.sender, commitment);
    }

    function reveal(bytes32 id, Vote calldata vote, bytes32 salt) external {
        // Checks
        Dispute storage dispute = _requireVoting(id);
        uint40 commitBy = dispute.commitBy;
        _requirePassed(commitBy);
        _requireWithin(_revealBy(commitBy));
        uint8 round = dispute.round;
        Seat seat = _requireSeat(id, round);
        if (!seat.isCommitted()) revert NotCommitted(msg.sender);
        bytes32 commitment = Votes.commitment(id, round, msg.sender, vote, salt);
        if (!seat.equals(Seats.committed(commitment))) revert CommitmentMismatch(msg.sender, commitment);
        // Effects
        _seats[id][round][msg.sender] = Seats.revealed(vote);
        emit Revealed(id, round, msg.sender, vote);
    }

    function appeal(CourtCase calldata matter) external nonReentrant {
        // Checks
        File memory file = _fileOf(matter);
        _requireStatus(file, DisputeStatus.VOTING);
        Dispute memory dispute = file.dispute;
        Side side = _sideOf(file, msg.sender);
        uint256 revealBy = _revealBy(dispute.commitBy);
        _requirePassed(revealBy);
        _requireWithin(revealBy + _settings.appealWindow);
        if (!_hasNextRound(file)) revert NoRoundLeft(dispute.round);
        (Verdict verdict,) = _findingIn(file.id, dispute.round, dispute.answer);
        if (!DisputeRules.mayAppeal(verdict, dispute.opener, side)) revert NothingToAppeal(verdict, msg.sender);
        // Effects
        dispute.status = DisputeStatus.APPEALED;
        dispute.appellant = side;
        dispute.facts = dispute.facts.without(FactSet.STALLED);
        dispute.seedBlock = _laterSeed();
        uint96 bond = _feesOf(file, ++dispute.round);
        emit Appealed(file.id, dispute.round, side, dispute.seedBlock);
        _setBond(file, side, _bondOf(file, side) + bond);
        _save(file);
        // Interactions
        Transfers.pullToken(file.agreement.token, bond);
    }

    function settleSeats(CourtCase calldata matter, uint8 round) external nonReentrant {
        // Checks
        File memory file = _fileOf(matter);
        _requireStatus(file, DisputeStatus.RULED);
        Round storage drawn = _rounds[file.id][round];
        if (!drawn.isUnsettled) revert NothingToSettle(file.id, round);
        // Effects
        drawn.isUnsettled = false;
        address token = file.agreement.token;
        (SeatOutcome[] memory outcomes, uint256 earners) = _judgeSeats(file, round, drawn.jurors);
        // Interactions: a contract of ours, which answers with what the seats lost; then shares of it
        uint256 pot = _feesOf(file, round) + IReputation(reputation).settleSeats(token, outcomes);
        emit SeatsSettled(file.id, round, earners, pot);
        if (earners > 0) _share(token, outcomes, pot / earners, pot % earners);
        else _returnUnearned(file, pot);
    }

    // Checks

    function _requireVoting(bytes32 id) private view returns (Dispute storage dispute) {
        dispute = _disputes[id];
        if (dispute.status != DisputeStatus.VOTING) revert WrongStatus(id, dispute.status);
    }

    function _requireSeat(bytes32 id, uint8 round) private view returns (Seat seat) {
        seat = _seats[id][round][msg.sender];
        if (!seat.isTaken()) revert NotSeated(msg.sender);
    }

    /// The dispute waits for a jury.
    function _requireUndrawn(File memory file) private view {
        if (file.dispute.status == DisputeStatus.APPEALED) return;
        _requireStatus(file, DisputeStatus.OPEN);
        _requirePassed(file.dispute.evidenceBy);
        Verdict verdict = DisputeRules.withoutJury(file.dispute);
        if (verdict != Verdicts.NONE) revert JuryNotNeeded(file.id, verdict);
    }

    function _requireSeed(File memory file) private view returns (bytes32) {
        uint48 seedBlock = file.dispute.seedBlock;
        if (block.number <= seedBlock) revert SeedNotKnown(seedBlock, block.number);
        bytes32 blockHash = Blockhash.blockHash(seedBlock);
        if (_isAgedOut(file) || blockHash == 0) revert SeedAgedOut(seedBlock, block.number);
        return keccak256(abi.encode(blockHash, file.id, file.dispute.round));
    }

    // Rules

    function _laterSeed() private view returns (uint48) {
        return uint48(block.number + _settings.seedDelay);
    }

    function _judgeSeats(File memory file, uint8 round, address[] memory jurors)
        private
        view
        returns (SeatOutcome[] memory outcomes, uint256 earners)
    {
        Seat[] memory seats = _seatsIn(file.id, round, jurors);
        Seat winner = Tally.majority(seats, _settings.seats[round]);
        uint96 stake = courtRule[file.agreement.token].seatStake;
        outcomes = new SeatOutcome[](seats.length);
        for (uint256 i = 0; i < seats.length; ++i) {
            uint96 loss = Tally.lossOf(seats[i], winner, file.dispute.finalAnswer, stake);
            outcomes[i] = SeatOutcome(jurors[i], stake, loss);
            if (loss == 0) ++earners;
        }
    }

    // State changes

    /// Jurors are paid by credit: one that cannot receive must not hold up the others. Who lost nothing earned.
    function _share(address token, SeatOutcome[] memory outcomes, uint256 each, uint256 dust) private {
        for (uint256 i = 0; i < outcomes.length; ++i) {
            if (outcomes[i].take > 0) continue;
            uint256 amount = each + dust;
            dust = 0;
            credit[token][outcomes[i].juror] += amount;
            emit Credited(token, outcomes[i].juror, amount);
        }
    }

    /// What no juror earned goes to the side that was right, or half to each where neither was.
    function _returnUnearned(File memory file, uint256 pot) private {
        uint256 toRequester = pot / 2;
        Verdict verdict = file.dispute.verdict;
        if (verdict != Verdicts.UNDECIDED) {
            toRequester = DisputeRules.loserOf(verdict, file.dispute.opener) == Sides.PROVIDER ? pot : 0;
        }
        _payOut(file.agreement.token, file.agreement.requester, toRequester);
        _payOut(file.agreement.token, file.agreement.provider, pot - toRequester);
    }
}
