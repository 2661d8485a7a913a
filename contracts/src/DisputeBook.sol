// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {MarketDomain} from "./MarketDomain.sol";
import {Payouts} from "./Payouts.sol";
import {
    CourtCase,
    CourtRule,
    CourtSettings,
    Dispute,
    DisputeStatus,
    IDisputeArbiter
} from "./interfaces/IDisputeArbiter.sol";
import {EscrowTerms} from "./interfaces/IEscrow.sol";
import {ChannelParams} from "./interfaces/IPaymentChannel.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {CalldataWords} from "./libraries/CalldataWords.sol";
import {ChannelSides} from "./libraries/ChannelSides.sol";
import {DisputeRules} from "./libraries/DisputeRules.sol";
import {Facts} from "./libraries/Facts.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {Seat} from "./libraries/Seats.sol";
import {Side, Sides} from "./libraries/Sides.sol";
import {Tally} from "./libraries/Tally.sol";
import {Verdict} from "./libraries/Verdicts.sol";

/// What the court remembers of its disputes, and what can be read from it. See IDisputeArbiter for the rules. A dispute is read as a whole
/// into a file in memory, changed there, and written back as a whole.
abstract contract DisputeBook is IDisputeArbiter, MarketDomain, Payouts, Ownable2Step {
    /// @param id The agreement's hash: with it, everything handed in is known to be what both parties signed.
    /// @param excluded The parties and whoever receives or signs for them.
    struct File {
        bytes32 id;
        MarketTypes.Agreement agreement;
        Dispute dispute;
        address[] excluded;
    }

    struct Round {
        address[] jurors;
        bool isUnsettled;
    }

    uint8 internal constant OVER_CHANNEL = 0;
    uint8 internal constant IN_ESCROW = 1;
    uint8 internal constant ROUNDS = 3;

    address public immutable escrow;
    address public immutable reputation;
    uint256 public immutable longestDispute;

    CourtSettings internal _settings;
    mapping(address token => CourtRule) public courtRule;
    mapping(bytes32 id => Dispute) internal _disputes;
    mapping(bytes32 id => mapping(uint8 round => Round)) internal _rounds;
    mapping(bytes32 id => mapping(uint8 round => mapping(address juror => Seat))) internal _seats;

    // Views

    function requireHearing(CourtCase calldata matter) external view returns (uint8 round, uint96 bond) {
        File memory file = _fileOf(matter);
        file.dispute.eligible = _eligibleFor(file);
        return _requireHearing(file);
    }

    function disputeOf(bytes32 id) public view returns (Dispute memory) {
        return _disputes[id];
    }

    function findingOf(bytes32 id, uint8 round) external view returns (Verdict verdict) {
        (verdict,) = _findingIn(id, round, _disputes[id].answer);
    }

    function jurorsOf(bytes32 id, uint8 round) external view returns (address[] memory) {
        return _rounds[id][round].jurors;
    }

    function seatOf(bytes32 id, uint8 round, address juror) external view returns (uint8 state, bytes20 answer) {
        Seat seat = _seats[id][round][juror];
        return (seat.stateOf(), seat.answerOf());
    }

    function settings() public view returns (CourtSettings memory) {
        return _settings;
    }

    // Files

    function _fileOf(CourtCase calldata matter) internal view returns (File memory file) {
        MarketTypes.Agreement memory agreement = CalldataWords.copy(matter.agreement);
        if (agreement.settlement > IN_ESCROW) revert SettlementUnknown(agreement.settlement);
        file.excluded = new address[](agreement.settlement == OVER_CHANNEL ? 6 : 2);
        (file.excluded[0], file.excluded[1]) = (agreement.requester, agreement.provider);
        if (agreement.settlement == OVER_CHANNEL) _readChannel(file, agreement, CalldataWords.copy(matter.channel));
        file.id = _digest(CalldataWords.hash(matter.agreement));
        file.agreement = agreement;
        file.dispute = disputeOf(file.id);
    }

    function _readChannel(File memory file, MarketTypes.Agreement memory agreement, ChannelParams memory channel)
        private
        pure
    {
        bytes32 channelId = CalldataWords.idOf(channel);
        bool isTheirs = ChannelSides.areOpposite(channel, agreement.requester, agreement.provider);
        if (!isTheirs || channelId != agreement.channelId) revert OtherChannel(channelId, agreement.channelId);
        (file.excluded[2], file.excluded[3]) = (channel.partyA, channel.partyB);
        (file.excluded[4], file.excluded[5]) = (channel.signerA, channel.signerB);
    }

    function _save(File memory file) internal {
        _disputes[file.id] = file.dispute;
    }

    function _note(File memory file, Facts fact) internal pure {
        file.dispute.facts = file.dispute.facts.with(fact);
    }

    function _bondOf(File memory file, Side side) internal pure returns (uint96) {
        return side == Sides.REQUESTER ? file.dispute.requesterBond : file.dispute.providerBond;
    }

    function _setBond(File memory file, Side side, uint96 bond) internal {
        if (side == Sides.REQUESTER) file.dispute.requesterBond = bond;
        else file.dispute.providerBond = bond;
        emit Bonded(file.id, side, bond);
    }

    function _requireStatus(File memory file, DisputeStatus wanted) internal pure {
        if (file.dispute.status != wanted) revert WrongStatus(file.id, file.dispute.status);
    }

    // Parties and their stake

    function _sideOf(File memory file, address caller) internal pure returns (Side) {
        if (caller == file.agreement.requester) return Sides.REQUESTER;
        if (caller != file.agreement.provider) revert NotParty(caller);
        return Sides.PROVIDER;
    }

    function _isOverChannel(File memory file) internal pure returns (bool) {
        return file.agreement.settlement == OVER_CHANNEL;
    }

    function _termsOf(File memory file) internal pure returns (EscrowTerms memory) {
        MarketTypes.Agreement memory agreement = file.agreement;
        return EscrowTerms({
            agreementHash: file.id,
            requester: agreement.requester,
            provider: agreement.provider,
            token: agreement.token,
            basePrice: agreement.basePrice,
            pricePerMfuel: agreement.pricePerMfuel,
            maxPrice: agreement.maxPrice,
            maxFuel: agreement.maxFuel,
            deliverBy: agreement.deliverBy,
            reviewSeconds: agreement.reviewSeconds,
            stake: agreement.stake
        });
    }

    /// What the provider's stake for this agreement is allocated to: the channel, or the escrow.
    function _backingOf(File memory file) internal pure returns (bytes32) {
        return _isOverChannel(file) ? file.agreement.channelId : keccak256(abi.encode(_termsOf(file)));
    }

    /// Takes what the stake behind this agreement still holds of an amount.
    function _seize(File memory file, uint96 amount) internal returns (uint96) {
        return IReputation(reputation).seize(file.agreement.token, file.agreement.provider, _backingOf(file), amount);
    }

    // Hearing

    /// @param file With the number of eligible jurors filled in.
    function _requireHearing(File memory file) internal view returns (uint8 round, uint96 bond) {
        MarketTypes.Agreement memory agreement = file.agreement;
        CourtRule memory rule_ = courtRule[agreement.token];
        if (rule_.seatStake == 0) revert TokenNotHeard(agreement.token);
        uint256 value = uint256(agreement.maxPrice) + agreement.stake;
        uint256 size = _settings.seats[0];
        while (size * rule_.seatStake < value) {
            if (++round == ROUNDS) revert ValueAboveCap(value, size * rule_.seatStake);
            size = _settings.seats[round];
        }
        if (file.dispute.eligible < size) revert JuryTooSmall(file.dispute.eligible, size);
        bond = uint96(size * rule_.seatFee);
    }

    /// Jurors at present, without those excluded.
    function _eligibleFor(File memory file) internal view returns (uint32 eligible) {
        (address token, address[] memory excluded) = (file.agreement.token, file.excluded);
        (eligible,) = IReputation(reputation).juryOf(token);
        for (uint256 i = 0; i < excluded.length; ++i) {
            (uint96 pledged,) = IReputation(reputation).jurorOf(token, excluded[i]);
            if (pledged > 0 && !_isNamedBefore(excluded, i)) --eligible;
        }
    }

    function _isNamedBefore(address[] memory list, uint256 place) private pure returns (bool) {
        for (uint256 i = 0; i < place; ++i) {
            if (list[i] == list[place]) return true;
        }
        return false;
    }

    // Rounds

    function _feesOf(File memory file, uint8 round) internal view returns (uint96) {
        return uint96(uint256(_settings.seats[round]) * courtRule[file.agreement.token].seatFee);
    }

    function _seatsIn(bytes32 id, uint8 round, address[] memory jurors) internal view returns (Seat[] memory seats) {
        seats = new Seat[](jurors.length);
        for (uint256 i = 0; i < jurors.length; ++i) {
            seats[i] = _seats[id][round][jurors[i]];
        }
    }

    /// @return verdict What the round comes to. @return found What jurors are measured against if that is final.
    function _findingIn(bytes32 id, uint8 round, bytes20 answer)
        internal
        view
        returns (Verdict verdict, bytes20 found)
    {
        Seat[] memory seats = _seatsIn(id, round, _rounds[id][round].jurors);
        found = Tally.majority(seats, _settings.seats[round]).answerOf();
        verdict = DisputeRules.ofJury(found, answer);
        if (!DisputeRules.measuresJurors(verdict)) found = 0;
    }

    function _hasNextRound(File memory file) internal view returns (bool) {
        uint256 next = file.dispute.round + 1;
        return next < ROUNDS && file.dispute.eligible >= _settings.seats[next];
    }

    function _revealBy(uint40 commitBy) internal view returns (uint256) {
        return uint256(commitBy) + _settings.revealWindow;
    }

    /// The seed is missed: its block is older than a draw may use.
    function _isAgedOut(File memory file) internal view returns (bool) {
        return block.number > uint256(file.dispute.seedBlock) + _settings.drawBlocks;
    }

    function _requirePassed(uint256 until) internal view {
        if (block.timestamp <= until) revert WindowNotOver(until, block.timestamp);
    }

    function _requireWithin(uint256 until) internal view {
        if (block.timestamp > until) revert WindowOver(until, block.timestamp);
    }
}
