// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {JuryRounds} from "./JuryRounds.sol";
import {CourtCase, CourtRule, CourtSettings, Dispute, DisputeStatus} from "./interfaces/IDisputeArbiter.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {Slash} from "./interfaces/IStakeCourt.sol";
import {CourtFees} from "./libraries/CourtFees.sol";
import {CourtTimes} from "./libraries/CourtTimes.sol";
import {DisputeRules} from "./libraries/DisputeRules.sol";
import {FactSet} from "./libraries/Facts.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {Side, Sides} from "./libraries/Sides.sol";
import {Verdict, Verdicts} from "./libraries/Verdicts.sol";

/// The court: carries out what was found. See IDisputeArbiter for the rules; bonds and evidence are in DisputeEvidence, juries in
/// JuryRounds, what is stored in DisputeBook, the signing domain in MarketDomain.
contract DisputeArbiterContract is JuryRounds {
    /// Below this a tenth of it would be nothing.
    uint96 private constant LEAST_STAKE = 10;
    /// All bonds of a dispute together, at most 2 x 93 seats, stay within 96 bits.
    uint96 private constant MOST_FEE = type(uint96).max / 256;

    /// @param tokens Heard from the start, all by one rule.
    constructor(
        address escrow_,
        address reputation_,
        CourtSettings memory settings_,
        address owner,
        address[] memory tokens,
        CourtRule memory rule_
    ) Ownable(owner) {
        bool hasHistory = Blockhash.HISTORY_STORAGE_ADDRESS.code.length > 0;
        if (!CourtTimes.areSound(settings_, hasHistory)) revert SettingsRefused();
        (escrow, reputation) = (escrow_, reputation_);
        (_settings, longestDispute) = (settings_, CourtTimes.longest(settings_));
        for (uint256 i = 0; i < tokens.length; ++i) {
            _admit(tokens[i], rule_);
        }
    }

    function rule(CourtCase calldata matter) external nonReentrant {
        // Checks
        File memory file = _fileOf(matter);
        uint8 rounds = _requireFinal(file);
        // Effects
        Dispute memory dispute = file.dispute;
        dispute.status = DisputeStatus.RULED;
        _save(file);
        uint256 fees = 0;
        for (uint8 round = dispute.firstRound; round < rounds; ++round) {
            fees += _feesOf(file, round);
        }
        Verdict verdict = dispute.verdict;
        bool isOwed = DisputeRules.isOwed(verdict);
        uint96 toProvider = isOwed ? dispute.cost : 0;
        emit Ruled(file.id, verdict, toProvider, fees);
        // Interactions: fees first, then stake, then the price, then what is left of bonds and deposits
        Side loser = DisputeRules.loserOf(verdict, dispute.opener);
        uint96 due = DisputeRules.dueOf(dispute, toProvider);
        (uint256 forRequester, uint256 forProvider) = _collectFees(file, loser, fees, due);
        _slash(file, verdict);
        if (_isOverChannel(file)) _endChannelCase(file, loser, fees > 0);
        else IEscrow(escrow).rule(_termsOf(file), toProvider, isOwed && dispute.facts.has(FactSet.SUCCESS));
        _payOut(file.agreement.token, file.agreement.requester, forRequester);
        _payOut(file.agreement.token, file.agreement.provider, forProvider);
    }

    function admitToken(address token, CourtRule calldata rule_) external onlyOwner {
        _admit(token, rule_);
    }

    // Checks

    /// Fills in what is final. @return rounds Index behind the last round that was drawn.
    function _requireFinal(File memory file) private view returns (uint8 rounds) {
        Dispute memory dispute = file.dispute;
        rounds = dispute.round;
        if (dispute.status == DisputeStatus.VOTING) {
            uint256 until = _revealBy(dispute.commitBy);
            _requirePassed(_hasNextRound(file) ? until + _settings.appealWindow : until);
            ++rounds;
        } else {
            bool isStalled = dispute.facts.has(FactSet.STALLED) && _isAgedOut(file);
            if (dispute.status != DisputeStatus.APPEALED) {
                _requireStatus(file, DisputeStatus.OPEN);
                _requirePassed(dispute.evidenceBy);
                Verdict verdict = DisputeRules.withoutJury(dispute);
                if (verdict == Verdicts.NONE && !isStalled) revert JuryNotDrawn(file.id, rounds);
                dispute.verdict = verdict == Verdicts.NONE ? Verdicts.STALLED : verdict;
                return rounds;
            }
            if (!isStalled) revert JuryNotDrawn(file.id, rounds);
        }
        (dispute.verdict, dispute.finalAnswer) = _findingIn(file.id, rounds - 1, dispute.answer);
    }

    // State changes

    function _admit(address token, CourtRule memory rule_) private {
        if (courtRule[token].seatStake != 0) revert AlreadyAdmitted(token);
        bool isFee = rule_.seatFee > 0 && rule_.seatFee <= MOST_FEE;
        if (token == address(0) || !isFee || rule_.seatStake < LEAST_STAKE) {
            revert RuleRefused(rule_.seatFee, rule_.seatStake);
        }
        courtRule[token] = rule_;
        emit TokenAdmitted(token, rule_.seatFee, rule_.seatStake);
    }

    /// The loser pays first, out of its bond and of all else that the court can take from it.
    /// @return forRequester What then is its: bond and deposit. @return forProvider Its bond and what is due from the deposit.
    function _collectFees(File memory file, Side loser, uint256 fees, uint96 due)
        private
        returns (uint256 forRequester, uint256 forProvider)
    {
        Dispute memory dispute = file.dispute;
        forRequester = uint256(dispute.requesterBond) + dispute.deposit - due;
        forProvider = dispute.providerBond;
        if (dispute.verdict == Verdicts.UNDECIDED) {
            (forRequester, forProvider) = CourtFees.halve(forRequester, forProvider, fees);
        } else if (loser == Sides.REQUESTER) {
            (forRequester, forProvider) = CourtFees.charge(forRequester, forProvider, fees);
        } else {
            if (forProvider < fees) forProvider += _seize(file, uint96(fees - forProvider));
            (forProvider, forRequester) = CourtFees.charge(forProvider, forRequester, fees);
        }
        forProvider += due;
    }

    function _slash(File memory file, Verdict verdict) private {
        MarketTypes.Agreement memory agreement = file.agreement;
        uint96 loss = DisputeRules.lossOf(file.dispute);
        uint96 amount = DisputeRules.liabilityOf(verdict, agreement.stake, loss);
        if (amount == 0) return;
        IReputation(reputation)
            .slash(
                Slash(file.id, agreement.token, agreement.provider, _backingOf(file), amount, agreement.requester, loss)
            );
    }

    /// A provider that opened asked to be cleared of a failure: what a jury found of it is recorded.
    function _endChannelCase(File memory file, Side loser, bool hadJury) private {
        (Dispute memory dispute, MarketTypes.Agreement memory agreement) = (file.dispute, file.agreement);
        if (dispute.facts.has(FactSet.PINNED)) {
            IReputation(reputation).unpin(agreement.token, agreement.provider, agreement.channelId);
        }
        if (dispute.opener == Sides.PROVIDER && hadJury) {
            IReputation(reputation).recordAppeal(agreement.provider, file.id, loser == Sides.REQUESTER);
        }
    }
}
