// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DisputeBook} from "./DisputeBook.sol";
import {
    CourtCase,
    CourtSettings,
    Dispute,
    DisputeStatus,
    SignedProgress,
    SignedReceipt
} from "./interfaces/IDisputeArbiter.sol";
import {EscrowId, EscrowStatus, IEscrow} from "./interfaces/IEscrow.sol";
import {ChannelId, ChannelParams, SignedPromise} from "./interfaces/IPaymentChannel.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {CalldataWords} from "./libraries/CalldataWords.sol";
import {ChannelSides} from "./libraries/ChannelSides.sol";
import {ChannelTypes} from "./libraries/ChannelTypes.sol";
import {CourtDomain} from "./libraries/CourtDomain.sol";
import {CourtTimes} from "./libraries/CourtTimes.sol";
import {DisputeRules} from "./libraries/DisputeRules.sol";
import {FactSet} from "./libraries/Facts.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {Side, Sides} from "./libraries/Sides.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {Votes} from "./libraries/Votes.sol";

/// Opens disputes, takes bonds, and records what both sides can show by signatures. See IDisputeArbiter for the rules.
abstract contract DisputeEvidence is DisputeBook {
    using CalldataWords for *;

    function open(
        CourtCase calldata matter,
        bytes calldata requesterSignature,
        bytes calldata providerSignature,
        SignedReceipt calldata shown,
        SignedProgress calldata proof
    ) external nonReentrant returns (bytes32) {
        // Checks
        File memory file = _fileOf(matter);
        _requireStatus(file, DisputeStatus.NONE);
        Dispute memory dispute = file.dispute;
        dispute.opener = _sideOf(file, msg.sender);
        bool hasReceipt = shown.signature.length > 0;
        if (!hasReceipt && dispute.opener == Sides.PROVIDER) revert ReceiptMissing();
        if (_isOverChannel(file)) {
            requireAgreement(matter.agreement, requesterSignature, providerSignature);
            _requireTimely(file.agreement, hasReceipt);
        }
        dispute.eligible = _eligibleFor(file);
        uint96 bond;
        (dispute.firstRound, bond) = _requireHearing(file);
        // Effects
        _enter(file);
        if (hasReceipt) _takeReceipt(file, shown);
        if (dispute.opener == Sides.REQUESTER) _takeProof(file, proof);
        _save(file);
        // Interactions: contracts of ours first, which tell what the provider's stake can give; then the opener's money
        _takeIntoCourt(file);
        dispute.snapshot = IReputation(reputation).takeSnapshot(file.agreement.token);
        _takeBond(file, bond);
        _pullRest(file, bond);
        return file.id;
    }

    function join(CourtCase calldata matter, SignedProgress calldata proof) external nonReentrant {
        // Checks
        File memory file = _fileOf(matter);
        _requireEvidenceTime(file, _settings.bondWindow);
        Side side = _sideOf(file, msg.sender);
        if (side == file.dispute.opener || file.dispute.facts.has(FactSet.JOINED)) revert NotOwed(file.id);
        // Effects
        _note(file, FactSet.JOINED);
        if (side == Sides.REQUESTER) _takeProof(file, proof);
        // Interactions, behind the last effects
        _pullRest(file, _feesOf(file, file.dispute.firstRound));
    }

    function showReceipt(CourtCase calldata matter, SignedReceipt calldata shown) external {
        File memory file = _fileOf(matter);
        _requireEvidenceTime(
            file, file.dispute.facts.has(FactSet.ANSWERED) ? _settings.evidenceWindow : _settings.answerWindow
        );
        _takeReceipt(file, shown);
        _save(file);
    }

    function showAcceptance(CourtCase calldata matter, uint8 rating, bytes calldata signature) external {
        File memory file = _fileOf(matter);
        _requireAcceptable(file);
        _requireAccepted(file, file.dispute.receiptHash, rating, signature);
        _accept(file);
    }

    function showPayment(CourtCase calldata matter, address channels, SignedPromise calldata payment) external {
        File memory file = _fileOf(matter);
        _requireAcceptable(file);
        bytes32 receiptHash = file.dispute.receiptHash;
        if (!_isOverChannel(file)) revert SettlementUnknown(file.agreement.settlement);
        if (payment.memo != receiptHash) revert OtherAgreement(payment.memo, receiptHash);
        _requirePaidBy(file, matter.channel, channels, payment);
        if (file.dispute.paid < file.dispute.cost) file.dispute.paid = file.dispute.cost;
        _accept(file);
    }

    function showRefund(CourtCase calldata matter, uint96 amount, uint8 rating, bytes calldata signature) external {
        File memory file = _fileOf(matter);
        _requireEvidenceTime(file, _settings.evidenceWindow);
        if (amount <= file.dispute.refunded) revert NothingNew(file.id);
        bytes32 refund = keccak256(abi.encode(MarketTypes.REFUND, file.id, file.agreement.channelId, amount));
        _requireAccepted(file, _digest(refund), rating, signature);
        file.dispute.refunded = amount;
        _save(file);
        emit RefundShown(file.id, amount);
    }

    // Checks

    /// Over a channel; in escrow the escrow decides.
    function _requireTimely(MarketTypes.Agreement memory agreement, bool hasReceipt) private view {
        uint256 until = uint256(agreement.deliverBy) + agreement.reviewSeconds;
        if (block.timestamp > until) revert DisputeTooLate(until, block.timestamp);
        if (!hasReceipt && block.timestamp <= agreement.deliverBy) revert ReceiptMissing();
    }

    /// @param window Seconds from opening.
    function _requireEvidenceTime(File memory file, uint32 window) private view {
        _requireStatus(file, DisputeStatus.OPEN);
        _requireWithin(uint256(file.dispute.evidenceBy) - _settings.evidenceWindow + window);
        // What is shown must not depend on who will judge it.
        uint48 seedBlock = file.dispute.seedBlock;
        if (block.number >= seedBlock) revert SeedBlockReached(seedBlock, block.number);
    }

    function _requireAcceptable(File memory file) private view {
        _requireEvidenceTime(file, _settings.evidenceWindow);
        if (!file.dispute.facts.has(FactSet.ANSWERED)) revert ReceiptMissing();
        if (file.dispute.facts.has(FactSet.ACCEPTED)) revert NothingNew(file.id);
    }

    function _requireAccepted(File memory file, bytes32 accepted, uint8 rating, bytes calldata signature) private view {
        bytes32 acceptance = keccak256(abi.encode(MarketTypes.ACCEPTANCE, accepted, rating));
        _requireBy(file.agreement.requester, _digest(acceptance), signature);
    }

    /// The promise is signed in the channel contract's domain, by the key that signs for the requester in this channel.
    function _requirePaidBy(
        File memory file,
        ChannelParams calldata channel,
        address channels,
        SignedPromise calldata payment
    ) private view {
        bool fromA = ChannelSides.isA(CalldataWords.copy(channel), file.agreement.requester);
        ChannelId channelId = ChannelId.wrap(file.agreement.channelId);
        bytes32 digest = CourtDomain.digest(channels, ChannelTypes.hashPayState(channelId, fromA, payment));
        _requireBy(fromA ? channel.signerA : channel.signerB, digest, payment.signature);
    }

    // State changes

    function _enter(File memory file) private {
        Dispute memory dispute = file.dispute;
        CourtSettings memory times = settings();
        dispute.status = DisputeStatus.OPEN;
        dispute.appellant = dispute.opener;
        dispute.round = dispute.firstRound;
        dispute.evidenceBy = uint40(block.timestamp) + times.evidenceWindow;
        dispute.seedBlock = uint48(block.number + CourtTimes.blocksToSeed(times));
        emit Opened(
            file.id,
            file.agreement.requester,
            file.agreement.provider,
            dispute.opener,
            dispute.round,
            dispute.evidenceBy,
            dispute.seedBlock
        );
    }

    /// The first receipt must be a whole answer; against it counts whatever else the provider signed as a receipt.
    function _takeReceipt(File memory file, SignedReceipt calldata shown) private {
        // Checks
        (Dispute memory dispute, MarketTypes.Agreement memory agreement) = (file.dispute, file.agreement);
        MarketTypes.Receipt memory receipt = CalldataWords.copy(shown.receipt);
        if (receipt.agreementHash != file.id) revert OtherAgreement(receipt.agreementHash, file.id);
        bytes32 receiptHash = _digest(shown.receipt.hash());
        _requireBy(agreement.provider, receiptHash, shown.signature);
        // Effects
        if (dispute.facts.has(FactSet.ANSWERED)) {
            if (receiptHash == dispute.receiptHash || dispute.facts.has(FactSet.EQUIVOCATED)) {
                revert NothingNew(file.id);
            }
            _note(file, FactSet.EQUIVOCATED);
            emit Equivocated(file.id, dispute.receiptHash, receiptHash);
            return;
        }
        if (receipt.fuelUsed > agreement.maxFuel) revert FuelAboveLimit(receipt.fuelUsed, agreement.maxFuel);
        dispute.cost = DisputeRules.costOf(agreement, receipt.fuelUsed);
        if (receipt.cost != dispute.cost) revert CostMismatch(receipt.cost, dispute.cost);
        _note(file, FactSet.ANSWERED);
        if (receipt.finishedAt > agreement.deliverBy) _note(file, FactSet.LATE);
        if (DisputeRules.isSuccess(receipt)) _note(file, FactSet.SUCCESS);
        dispute.answer = Votes.answerOf(receipt.resultHash, receipt.fuelUsed, receipt.exitCode);
        dispute.receiptHash = receiptHash;
        emit ReceiptShown(file.id, receiptHash, receipt.resultHash, receipt.cost);
    }

    function _accept(File memory file) private {
        _note(file, FactSet.ACCEPTED);
        _save(file);
        emit AcceptanceShown(file.id);
    }

    /// A requester over a channel puts up all that it may still owe: the more it proves to have paid, the less.
    function _takeProof(File memory file, SignedProgress calldata proof) private view {
        if (!_isOverChannel(file)) return;
        uint96 maxPrice = file.agreement.maxPrice;
        if (proof.signature.length > 0) {
            // Checks
            (bytes32 agreementHash, uint96 paid) = (proof.progress.agreementHash, proof.progress.paid);
            if (agreementHash != file.id) revert OtherAgreement(agreementHash, file.id);
            _requireBy(file.agreement.provider, _digest(proof.progress.hash()), proof.signature);
            // Effects
            file.dispute.paid = paid < maxPrice ? paid : maxPrice;
        }
        file.dispute.deposit = maxPrice - file.dispute.paid;
    }

    /// Makes the provider's stake answer for this dispute.
    function _takeIntoCourt(File memory file) private {
        MarketTypes.Agreement memory agreement = file.agreement;
        if (_isOverChannel(file)) {
            // Refused where nothing is allocated: then there is nothing to keep either.
            try IReputation(reputation).pin(agreement.token, agreement.provider, agreement.channelId) {
                _note(file, FactSet.PINNED);
            } catch {}
            return;
        }
        // Without delivery in time, a receipt shown here is late whatever it says.
        EscrowId escrowId = EscrowId.wrap(_backingOf(file));
        if (IEscrow(escrow).stateOf(escrowId).status != EscrowStatus.DELIVERED) _note(file, FactSet.LATE);
        IEscrow(escrow).dispute(_termsOf(file), msg.sender);
    }

    /// The provider's bond, as far as its stake can give it.
    function _takeBond(File memory file, uint96 bond) private {
        uint96 seized = _seize(file, bond);
        _setBond(file, Sides.PROVIDER, seized);
        if (file.dispute.opener == Sides.REQUESTER && seized == bond) _note(file, FactSet.JOINED);
    }

    /// Takes from the caller what its bond lacks and the deposit it owes, and writes the dispute.
    function _pullRest(File memory file, uint96 bond) private {
        Side side = _sideOf(file, msg.sender);
        uint96 deposit = side == Sides.REQUESTER ? file.dispute.deposit : 0;
        uint96 amount = bond - _bondOf(file, side) + deposit;
        _setBond(file, side, bond);
        _save(file);
        Transfers.pullToken(file.agreement.token, amount);
    }
}
