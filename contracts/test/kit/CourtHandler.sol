// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtCase, CourtRule, Dispute, DisputeStatus, SignedReceipt, Vote} from "../../src/interfaces/IDisputeArbiter.sol";
import {EscrowTerms} from "../../src/interfaces/IEscrow.sol";
import {ChannelParams} from "../../src/interfaces/IPaymentChannel.sol";
import {FactSet} from "../../src/libraries/Facts.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {Sides} from "../../src/libraries/Sides.sol";
import {CourtDefaults, CourtKit} from "../court/CourtKit.sol";
import {ITestToken} from "./ChannelKit.sol";
import {ApprovingToken} from "./Hostile.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Lets the invariant runner play both parties, the jurors, strangers, the owner, a blocking token and the clock over four disputes that
/// share a jury: two over channels (one of them backed by too little stake), two over escrows (one of them never delivered). What may
/// happen when is worked out here from times and facts; a call that goes through when it may not, or fails when it may, fails the run.
contract CourtHandler is CourtKit {
    uint256 public constant COUNT = 4;
    uint256 private constant JURORS = 18;
    uint8 private constant HIDDEN = 4;

    ApprovingToken private immutable _money = new ApprovingToken();
    CourtCase[] private _matters;
    bytes32[] private _ids;
    mapping(bytes32 id => bytes32 ended) private _ends;
    mapping(bytes32 id => mapping(uint8 round => mapping(address juror => uint8 kind))) private _kinds;
    mapping(bytes32 id => mapping(uint8 round => bool)) private _isSettled;
    bool[4] private _isDelivered = [true, true, true, false];
    uint256 private _at;

    constructor() {
        setUp();
        for (uint256 i = 0; i < COUNT; ++i) {
            CourtCase memory made = i < 2 ? _overChannel(i) : _inEscrow(i);
            _matters.push(made);
            _ids.push(_agreementHash(made.agreement));
        }
        _pass(1 hours);
    }

    function _mint() internal view override returns (ITestToken) {
        return ITestToken(address(_money));
    }

    function _jurorCount() internal pure override returns (uint256) {
        return JURORS;
    }

    function _id() internal view override returns (bytes32) {
        return _ids[_at];
    }

    // Parties

    function open(uint256 index, bool byProvider, bool hasReceipt, bool hasProof, bool isRight) external {
        _at = index % COUNT;
        if (byProvider) hasReceipt = true;
        bool mayOpen = _dispute().status == DisputeStatus.NONE && block.timestamp <= _disputeUntil()
            && (_isDelivered[_at] || !byProvider);
        SignedReceipt memory shown = hasReceipt ? _signed(_receipt(isRight)) : _noReceipt();
        bytes memory call = abi.encodeCall(
            court.open,
            (
                _matters[_at],
                _sign(REQUESTER_KEY, _id()),
                _sign(PROVIDER_KEY, _id()),
                shown,
                hasProof ? _signed(MarketTypes.Progress(_id(), 3, 10e6, PAID)) : _noProof()
            )
        );
        _expect(mayOpen, byProvider ? provider : requester, call, "open");
    }

    function join(uint256 index, bool byProvider) external {
        _at = index % COUNT;
        bool isOther = byProvider == (_dispute().opener == Sides.REQUESTER);
        bool mayJoin = _isEvidenceTime(CourtDefaults.BOND_WINDOW) && !_has(FactSet.JOINED) && isOther;
        bytes memory call = abi.encodeCall(court.join, (_matters[_at], _noProof()));
        _expect(mayJoin, byProvider ? provider : requester, call, "join");
    }

    function showReceipt(uint256 index, bool isRight, uint8 luck) external {
        _at = index % COUNT;
        // Two receipts end a dispute without a jury: seldom.
        if (_has(FactSet.ANSWERED) && luck % 8 > 0) return;
        SignedReceipt memory shown = _signed(_receipt(isRight));
        bool isNew = _dispute().receiptHash != _receiptHash(shown.receipt) && !_has(FactSet.EQUIVOCATED);
        uint32 window = _has(FactSet.ANSWERED) ? CourtDefaults.EVIDENCE_WINDOW : CourtDefaults.ANSWER_WINDOW;
        bytes memory call = abi.encodeCall(court.showReceipt, (_matters[_at], shown));
        _expect(_isEvidenceTime(window) && isNew, stranger, call, "showReceipt");
    }

    function showAcceptance(uint256 index, uint8 luck) external {
        _at = index % COUNT;
        if (luck % 8 > 0) return;
        bytes memory accepted = _acceptanceOf(_dispute().receiptHash);
        bool mayShow =
            _isEvidenceTime(CourtDefaults.EVIDENCE_WINDOW) && _has(FactSet.ANSWERED) && !_has(FactSet.ACCEPTED);
        bytes memory call = abi.encodeCall(court.showAcceptance, (_matters[_at], RATING, accepted));
        _expect(mayShow, stranger, call, "showAcceptance");
    }

    function showRefund(uint256 index, uint96 amount) external {
        _at = index % COUNT;
        amount = uint96(bound(amount, 1, 2 * PAID));
        bytes memory accepted = _acceptanceOf(_refundHash(_id(), _matters[_at].agreement.channelId, amount));
        bool mayShow = _isEvidenceTime(CourtDefaults.EVIDENCE_WINDOW) && amount > _dispute().refunded;
        bytes memory call = abi.encodeCall(court.showRefund, (_matters[_at], amount, RATING, accepted));
        _expect(mayShow, stranger, call, "showRefund");
    }

    function appeal(uint256 index, bool byProvider) external {
        _at = index % COUNT;
        Dispute memory dispute = _dispute();
        uint256 revealBy = uint256(dispute.commitBy) + CourtDefaults.REVEAL_WINDOW;
        bool isTime = dispute.status == DisputeStatus.VOTING && block.timestamp > revealBy
            && block.timestamp <= revealBy + CourtDefaults.APPEAL_WINDOW && dispute.round < 2;
        bytes memory call = abi.encodeCall(court.appeal, (_matters[_at]));
        if (isTime && !_isAgainst(byProvider)) isTime = false;
        _expect(isTime, byProvider ? provider : requester, call, "appeal");
    }

    // Jury

    function draw(uint256 index) external {
        _at = index % COUNT;
        bool mayDraw = _isUndrawn() && height > _dispute().seedBlock && !_isAgedOut();
        _expect(mayDraw, stranger, abi.encodeCall(court.draw, (_matters[_at])), "draw");
    }

    function reseed(uint256 index) external {
        _at = index % COUNT;
        bool mayReseed = _isUndrawn() && _isAgedOut() && !_has(FactSet.STALLED);
        _expect(mayReseed, stranger, abi.encodeCall(court.reseed, (_matters[_at])), "reseed");
    }

    /// Most of a jury says one thing, the others anything; a kind of HIDDEN does not commit.
    function commit(uint256 index, uint256 luck, uint8 main) external {
        _at = index % COUNT;
        Dispute memory dispute = _dispute();
        if (dispute.status != DisputeStatus.VOTING) return;
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            uint256 part = luck >> (8 * (i % 32));
            uint8 kind = part % 4 == 0 ? uint8(part / 4 % 5) : main % 4;
            if (kind == HIDDEN) continue;
            (uint8 state,) = court.seatOf(_id(), dispute.round, jurors[i]);
            bytes memory call = abi.encodeCall(court.commit, (_id(), _commitment(dispute.round, jurors[i], _kind(kind))));
            bool mayCommit = state == 1 && block.timestamp <= dispute.commitBy;
            if (mayCommit) _kinds[_id()][dispute.round][jurors[i]] = kind;
            _expect(mayCommit, jurors[i], call, "commit");
        }
    }

    /// In any order; some do not.
    function reveal(uint256 index, uint256 luck) external {
        _at = index % COUNT;
        Dispute memory dispute = _dispute();
        if (dispute.status != DisputeStatus.VOTING) return;
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            if ((luck >> i) % 16 == 0) continue;
            address juror = jurors[(i + luck % 16) % jurors.length];
            (uint8 state,) = court.seatOf(_id(), dispute.round, juror);
            bool mayReveal = state == 2 && block.timestamp > dispute.commitBy
                && block.timestamp <= uint256(dispute.commitBy) + CourtDefaults.REVEAL_WINDOW;
            Vote memory vote = _kind(_kinds[_id()][dispute.round][juror]);
            _expect(mayReveal, juror, abi.encodeCall(court.reveal, (_id(), vote, SALT)), "reveal");
        }
    }

    // Ends

    function rule(uint256 index) external {
        _at = index % COUNT;
        bool mayRule = _isFinal();
        _expect(mayRule, stranger, abi.encodeCall(court.rule, (_matters[_at])), "rule");
        if (mayRule) _ends[_id()] = _end();
    }

    function settleSeats(uint256 index, uint8 round) external {
        _at = index % COUNT;
        round %= 3;
        bool maySettle = _unsettled(round);
        _expect(maySettle, stranger, abi.encodeCall(court.settleSeats, (_matters[_at], round)), "settleSeats");
        if (maySettle) _isSettled[_id()][round] = true;
    }

    function withdrawCredit(uint256 who) external {
        address agent = _creditor(who);
        uint256 amount = _credit(agent);
        uint256 before = _balance(stranger);
        vm.prank(agent);
        (bool done,) =
            address(court).call(abi.encodeCall(court.withdrawCredit, (address(token), stranger)));
        vm.assertTrue(done == (amount > 0), "credit");
        vm.assertEq(_balance(stranger) - before, amount, "all of it, once");
    }

    // Others

    function blockReceiver(uint8 luck) external {
        address[3] memory who = [address(0), requester, provider];
        _money.blockReceiver(who[luck % 3]);
    }

    function pass(uint32 time) external {
        _pass(bound(time, 1, 2 hours));
    }

    /// To the next moment at which something changes for a dispute.
    function hurry(uint256 index, bool farther) external {
        _at = index % COUNT;
        Dispute memory dispute = _dispute();
        if (dispute.status == DisputeStatus.OPEN) _hurryTo(dispute.evidenceBy + 1, dispute.seedBlock + 1);
        if (dispute.status == DisputeStatus.APPEALED) _hurryTo(0, dispute.seedBlock + 1);
        if (dispute.status != DisputeStatus.VOTING) return;
        uint256 revealBy = uint256(dispute.commitBy) + CourtDefaults.REVEAL_WINDOW;
        if (block.timestamp <= dispute.commitBy && !farther) _hurryTo(uint256(dispute.commitBy) + 1, 0);
        else if (block.timestamp <= revealBy) _hurryTo(revealBy + 1, 0);
        else _hurryTo(revealBy + CourtDefaults.APPEAL_WINDOW + 1, 0);
    }

    /// Long enough for a seed to be missed.
    function idle(uint256 index, uint8 luck) external {
        _at = index % COUNT;
        if (luck % 4 == 0) _hurryTo(0, uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
    }

    function togglePause() external {
        bool paused = Pausable(address(escrow)).paused();
        vm.startPrank(owner);
        if (paused) escrow.unpause();
        else escrow.pause();
        if (paused) reputation.unpause();
        else reputation.pause();
        vm.stopPrank();
    }

    /// Strangers, and parties in place of jurors, change nothing.
    function poke(uint256 index, uint8 who) external {
        _at = index % COUNT;
        address[3] memory pokers = [stranger, provider, owner];
        address poker = pokers[who % 3];
        bytes32 before = _end();
        vm.startPrank(poker);
        (bool a,) = address(court).call(abi.encodeCall(court.commit, (_id(), bytes32("mine"))));
        (bool b,) = address(court).call(abi.encodeCall(court.reveal, (_id(), _kind(0), SALT)));
        bool c;
        bool d;
        if (poker != provider) {
            (c,) = address(court).call(abi.encodeCall(court.appeal, (_matters[_at])));
            (d,) = address(court).call(abi.encodeCall(court.join, (_matters[_at], _noProof())));
        }
        (bool e,) = address(court).call(abi.encodeCall(court.admitToken, (address(token), CourtRule(1, 10))));
        vm.stopPrank();
        vm.assertTrue(!a && !b && !c && !d && !e, "a stranger did something");
        vm.assertEq(_end(), before, "a stranger changed something");
    }

    // What the invariants ask

    /// @return held What the court must hold for a dispute.
    /// @return seats What of the jury's stake must be locked for it.
    /// @return isCovered Whether bonds pay all rounds that were drawn.
    /// @return isUnchanged Whether a ruling is as it was.
    function accountsOf(uint256 index)
        external
        view
        returns (uint256 held, uint256 seats, bool isCovered, bool isUnchanged)
    {
        bytes32 id = _ids[index];
        Dispute memory dispute = court.disputeOf(id);
        if (dispute.status == DisputeStatus.NONE) return (0, 0, true, true);
        bool isRuled = dispute.status == DisputeStatus.RULED;
        uint256 bonds = uint256(dispute.requesterBond) + dispute.providerBond + dispute.deposit;
        uint256 fees = 0;
        for (uint8 round = dispute.firstRound; round <= dispute.round; ++round) {
            uint256 jurors = court.jurorsOf(id, round).length;
            if (jurors == 0) continue;
            fees += _fees(round);
            if (_isSettled[id][round]) continue;
            seats += jurors * CourtDefaults.SEAT_STAKE;
            if (isRuled) held += _fees(round);
        }
        if (!isRuled) held = bonds;
        isCovered = bonds >= fees;
        isUnchanged = !isRuled || _ends[id] == 0 || _ends[id] == keccak256(abi.encode(dispute));
    }

    function owedAsCredit() external view returns (uint256 owed) {
        for (uint256 i = 0; i < pool.length + 2; ++i) {
            owed += _credit(_creditor(i));
        }
    }

    function heldByCourt() external view returns (uint256) {
        return _balance(address(court));
    }

    /// Stake of the jury that is locked in seats.
    function seated() external view returns (uint256 locked) {
        for (uint256 i = 0; i < pool.length; ++i) {
            locked += _seated(pool[i]);
        }
    }

    /// Nobody but strangers does anything any more: every dispute comes to its end, and all seats are free.
    function endAllByTimeout() external {
        for (_at = 0; _at < COUNT; ++_at) {
            if (_dispute().status == DisputeStatus.NONE) continue;
            for (uint256 steps = 0; _dispute().status != DisputeStatus.RULED; ++steps) {
                vm.assertLe(steps, 2, "a dispute without an end");
                _stepToEnd();
            }
            for (uint8 round = 0; round < 3; ++round) {
                if (!_unsettled(round)) continue;
                court.settleSeats(_matters[_at], round);
                _isSettled[_id()][round] = true;
            }
        }
        _at = 0;
    }

    // Rules

    function _stepToEnd() private {
        Dispute memory dispute = _dispute();
        if (dispute.status == DisputeStatus.VOTING) {
            _hurryTo(
                uint256(dispute.commitBy) + CourtDefaults.REVEAL_WINDOW + CourtDefaults.APPEAL_WINDOW + 1, 0
            );
        } else {
            _hurryTo(uint256(dispute.evidenceBy) + 1, dispute.seedBlock + 1);
            if (!_isFinal() && !_isAgedOut()) return court.draw(_matters[_at]);
            if (!_isFinal()) {
                court.reseed(_matters[_at]);
                _hurryTo(0, uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
            }
        }
        court.rule(_matters[_at]);
    }

    function _isEvidenceTime(uint32 window) private view returns (bool) {
        Dispute memory dispute = _dispute();
        return dispute.status == DisputeStatus.OPEN && height < dispute.seedBlock
            && block.timestamp <= uint256(dispute.evidenceBy) - CourtDefaults.EVIDENCE_WINDOW + window;
    }

    function _isPlain() private view returns (bool) {
        return _has(FactSet.EQUIVOCATED) || !_has(FactSet.ANSWERED) || _has(FactSet.ACCEPTED) || _has(FactSet.LATE)
            || !_has(FactSet.JOINED);
    }

    function _isUndrawn() private view returns (bool) {
        Dispute memory dispute = _dispute();
        if (dispute.status == DisputeStatus.APPEALED) return true;
        return dispute.status == DisputeStatus.OPEN && block.timestamp > dispute.evidenceBy && !_isPlain();
    }

    function _isAgedOut() private view returns (bool) {
        return height > uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS;
    }

    function _isFinal() private view returns (bool) {
        Dispute memory dispute = _dispute();
        bool isStalled = _has(FactSet.STALLED) && _isAgedOut();
        if (dispute.status == DisputeStatus.APPEALED) return isStalled;
        if (dispute.status == DisputeStatus.OPEN) {
            return block.timestamp > dispute.evidenceBy && (_isPlain() || isStalled);
        }
        uint256 until = uint256(dispute.commitBy) + CourtDefaults.REVEAL_WINDOW;
        if (dispute.round < 2) until += CourtDefaults.APPEAL_WINDOW;
        return dispute.status == DisputeStatus.VOTING && block.timestamp > until;
    }

    /// Counted anew, by answers and not by seats.
    function _isAgainst(bool byProvider) private view returns (bool) {
        uint8 round = _dispute().round;
        uint8 verdict = uint8(uint256(bytes32(abi.encode(court.findingOf(_id(), round)))));
        // UNDECIDED, HOST_FAILURE
        if (verdict == 12 || verdict == 10) return true;
        // RIGHT, INPUT_MISSING
        bool isForProvider = verdict == 1 || verdict == 7;
        return isForProvider != byProvider;
    }

    function _unsettled(uint8 round) private view returns (bool) {
        if (_dispute().status != DisputeStatus.RULED) return false;
        address[] memory jurors = court.jurorsOf(_id(), round);
        return jurors.length > 0 && !_isSettled[_id()][round];
    }

    function _fees(uint8 round) private pure returns (uint96) {
        return round == 0 ? FEES_1 : round == 1 ? FEES_2 : FEES_3;
    }

    function _end() private view returns (bytes32) {
        return keccak256(abi.encode(_dispute()));
    }

    function _creditor(uint256 who) private view returns (address) {
        who %= pool.length + 2;
        if (who < pool.length) return pool[who];
        return who == pool.length ? requester : provider;
    }

    function _kind(uint8 kind) private pure returns (Vote memory vote) {
        if (kind == 1) return _vote(WRONG_RESULT);
        if (kind == 2) return _vote(bytes32(uint256(3)));
        vote = _vote(RIGHT_RESULT);
        if (kind == 3) vote.memoryProbe = bytes32("guessed");
    }

    function _expect(bool expected, address from, bytes memory call, string memory what) private {
        vm.prank(from);
        (bool done,) = address(court).call(call);
        vm.assertTrue(done == expected, what);
    }

    function _hurryTo(uint256 time, uint256 number) private {
        if (block.timestamp < time) _pass(time - block.timestamp);
        if (height < number) _pass((number - height) * 12);
    }

    // Making

    function _disputeUntil() private view returns (uint256) {
        MarketTypes.Agreement memory agreement = _matters[_at].agreement;
        return uint256(agreement.deliverBy) + agreement.reviewSeconds;
    }

    function _receipt(bool isRight) private view returns (MarketTypes.Receipt memory receipt) {
        receipt = _receiptOf(_id(), isRight ? RIGHT_RESULT : WRONG_RESULT);
        receipt.finishedAt = _matters[_at].agreement.deliverBy;
    }

    function _overChannel(uint256 index) private returns (CourtCase memory made) {
        made.channel = ChannelParams(
            requester, provider, requester, provider, address(token), 1 hours, 1, uint64(index)
        );
        bytes32 channelId = keccak256(abi.encode(made.channel));
        made.agreement = _agreementOver(0, channelId);
        made.agreement.reviewSeconds = 6 days;
        vm.prank(provider);
        reputation.allocate(address(token), channelId, index == 0 ? ALLOCATED : FEES_1 - 1);
    }

    function _inEscrow(uint256 index) private returns (CourtCase memory made) {
        made.agreement = _agreementOver(1, 0);
        made.agreement.reviewSeconds = 6 days;
        made.agreement.salt = keccak256(abi.encode(index));
        bytes32 hash = _agreementHash(made.agreement);
        (bytes memory a, bytes memory b) = (_sign(REQUESTER_KEY, hash), _sign(PROVIDER_KEY, hash));
        vm.prank(requester);
        escrow.fund(made.agreement, a, b);
        if (!_isDelivered[index]) return made;
        (EscrowTerms memory terms,) = escrow.termsOf(made.agreement);
        SignedReceipt memory shown = _signed(_receiptOf(hash, RIGHT_RESULT));
        escrow.deliver(terms, shown.receipt, shown.signature);
    }
}
