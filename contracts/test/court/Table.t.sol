// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtRule, DisputeStatus} from "../../src/interfaces/IDisputeArbiter.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";

/// Who may do what, when: every actor tries every action in every state, while escrow and stake are paused and while not: the court's
/// actions are all remedies, so a pause stops none. What is not in the table must change nothing.
contract GivenEveryActorStateAndAction is OverChannel {
    /// One row per action, one letter per state: A anyone, R requester, P provider, J a juror of the first round, O owner, - nobody.
    struct Row {
        string name;
        bytes allowed;
        DisputeStatus next;
    }

    /// In the order of the letters. WAITING: the provider opened, the requester has not joined. SHOWN: both bonds and a receipt. UNDRAWN:
    /// the evidence is over. AGED: nobody drew. AGED_TWICE: nobody drew again. PLAIN: no jury is needed. FOUND: it can be appealed. FINAL:
    /// no longer. APPEALED: the larger jury can be drawn.
    string[14] private _states = [
        "NONE",
        "WAITING",
        "SHOWN",
        "UNDRAWN",
        "AGED",
        "AGED_TWICE",
        "PLAIN",
        "COMMITTING",
        "REVEALING",
        "FOUND",
        "FINAL",
        "APPEALED",
        "RULED",
        "SETTLED"
    ];
    Row[] private _rows;
    bytes[] private _calls;

    function setUp() public override {
        super.setUp();
        _row("open", "R-------------", DisputeStatus.OPEN);
        _row("open with a receipt", "R-------------", DisputeStatus.OPEN);
        _row("join", "-R------------", DisputeStatus.OPEN);
        _row("showReceipt", "-AA-----------", DisputeStatus.OPEN);
        _row("showAcceptance", "-AA-----------", DisputeStatus.OPEN);
        _row("showPayment", "-AA-----------", DisputeStatus.OPEN);
        _row("showRefund", "-AA-----------", DisputeStatus.OPEN);
        _row("draw", "---A-------A--", DisputeStatus.VOTING);
        _row("reseed", "----A---------", DisputeStatus.OPEN);
        _row("commit", "-------J------", DisputeStatus.VOTING);
        _row("reveal", "--------J-----", DisputeStatus.VOTING);
        _row("appeal", "---------R----", DisputeStatus.APPEALED);
        _row("rule", "-----AA---A---", DisputeStatus.RULED);
        _row("settleSeats", "------------A-", DisputeStatus.RULED);
        _row("settleSeats, undrawn", "--------------", DisputeStatus.RULED);
        _row("withdrawCredit", "-------------J", DisputeStatus.RULED);
        _row("admitToken", "OOOOOOOOOOOOOO", DisputeStatus.NONE);
        // With a receipt either party may open.
        _rows[1].allowed[0] = "B";
    }

    function test_OnlyTheTableIsAllowed() public {
        _tryAll(false);
    }

    function test_WhilePausedTheSameIsAllowed() public {
        _tryAll(true);
    }

    function _row(string memory name, bytes memory allowed, DisputeStatus next) private {
        assert(allowed.length == _states.length);
        _rows.push(Row(name, allowed, next));
    }

    // States

    function _enter(uint256 state) private {
        if (state == 0) return;
        if (state == 1) {
            _open(provider, _signed(_receipt(RIGHT_RESULT)), _noProof());
            return;
        }
        if (state == 6) _open(requester, _noReceipt(), _proof());
        else _openOver(RIGHT_RESULT);
        if (state > 2) _passEvidence();
        if (state == 4 || state == 5) _ageOut();
        if (state == 5) {
            court.reseed(matter);
            _ageOut();
        }
        if (state < 7) return;
        court.draw(matter);
        if (state == 8) _commitAll();
        if (state >= 9) _voteAll(RIGHT_RESULT);
        if (state == 11) {
            _appeal(requester);
            _passToNextSeed();
        }
        if (state == 10 || state >= 12) _passAppeals();
        if (state >= 12) court.rule(matter);
        if (state == 13) court.settleSeats(matter, 0);
    }

    function _ageOut() private {
        _roll(uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
    }

    function _commitAll() private {
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            _commit(jurors[i], _vote(RIGHT_RESULT));
        }
        _passCommits();
    }

    /// In the order of the rows.
    function _makeCalls(address juror) private {
        delete _calls;
        bytes memory a = _sign(REQUESTER_KEY, _id());
        bytes memory b = _sign(PROVIDER_KEY, _id());
        bytes32 receiptHash = _receiptHash(_receipt(RIGHT_RESULT));
        _calls.push(abi.encodeCall(court.open, (matter, a, b, _noReceipt(), _proof())));
        _calls.push(abi.encodeCall(court.open, (matter, a, b, _signed(_receipt(RIGHT_RESULT)), _proof())));
        _calls.push(abi.encodeCall(court.join, (matter, _proof())));
        _calls.push(abi.encodeCall(court.showReceipt, (matter, _signed(_receipt(WRONG_RESULT)))));
        _calls.push(abi.encodeCall(court.showAcceptance, (matter, RATING, _acceptanceOf(receiptHash))));
        _calls.push(
            abi.encodeCall(
                court.showPayment, (matter, channels, _paymentFor(_backing(), receiptHash, true, REQUESTER_KEY))
            )
        );
        bytes memory refunded = _acceptanceOf(_refundHash(_id(), _backing(), 1));
        _calls.push(abi.encodeCall(court.showRefund, (matter, 1, RATING, refunded)));
        _calls.push(abi.encodeCall(court.draw, (matter)));
        _calls.push(abi.encodeCall(court.reseed, (matter)));
        _calls.push(abi.encodeCall(court.commit, (_id(), _commitment(0, juror, _vote(RIGHT_RESULT)))));
        _calls.push(abi.encodeCall(court.reveal, (_id(), _vote(RIGHT_RESULT), SALT)));
        _calls.push(abi.encodeCall(court.appeal, (matter)));
        _calls.push(abi.encodeCall(court.rule, (matter)));
        _calls.push(abi.encodeCall(court.settleSeats, (matter, 0)));
        _calls.push(abi.encodeCall(court.settleSeats, (matter, 1)));
        _calls.push(abi.encodeCall(court.withdrawCredit, (address(token), stranger)));
        _calls.push(abi.encodeCall(court.admitToken, (address(0xabc), CourtRule(1, 10))));
    }

    // Trials

    function _tryAll(bool paused) private {
        for (uint256 state = 0; state < _states.length; ++state) {
            uint256 start = vm.snapshotState();
            this.tryState(state, paused);
            vm.revertToState(start);
        }
    }

    /// A call of its own, as every trial: memory is not given back before a call ends.
    function tryState(uint256 state, bool paused) external {
        _enter(state);
        address[] memory drawn = court.jurorsOf(_id(), 0);
        address juror = drawn.length > 0 ? drawn[0] : pool[0];
        if (paused) {
            vm.startPrank(owner);
            escrow.pause();
            reputation.pause();
            vm.stopPrank();
        }
        _makeCalls(juror);
        for (uint256 i = 0; i < _rows.length; ++i) {
            this.tryOne(i, state, requester, "R");
            this.tryOne(i, state, provider, "P");
            this.tryOne(i, state, juror, "J");
            this.tryOne(i, state, owner, "O");
            this.tryOne(i, state, stranger, "-");
        }
    }

    function tryOne(uint256 index, uint256 state, address actor, bytes1 letter) external {
        Row memory row = _rows[index];
        string memory label = string.concat(row.name, " in ", _states[state], " by ", string(abi.encodePacked(letter)));
        bytes1 allowed = row.allowed[state];
        bool isParty = letter == "R" || letter == "P";
        bool expected =
            allowed == "A" || (allowed == letter && allowed != "-") || (allowed == "B" && isParty);
        uint256 start = vm.snapshotState();
        bytes32 before = _world(actor);
        DisputeStatus statusBefore = _dispute().status;
        vm.prank(actor);
        (bool done,) = address(court).call(_calls[index]);
        vm.assertTrue(done == expected, label);
        if (!expected) vm.assertEq(_world(actor), before, label);
        else vm.assertTrue(_world(actor) != before, label);
        DisputeStatus next = row.next == DisputeStatus.NONE || !expected ? statusBefore : row.next;
        vm.assertEq(uint256(_dispute().status), uint256(next), label);
        vm.revertToState(start);
    }

    function _world(address actor) private view returns (bytes32) {
        (uint8 seat,) = court.seatOf(_id(), 0, actor);
        (uint96 fee,) = court.courtRule(address(0xabc));
        address[] memory first = court.jurorsOf(_id(), 0);
        uint256 seated = first.length > 0 ? _seated(first[0]) : 0;
        return keccak256(
            abi.encode(
                _dispute(),
                seat,
                fee,
                seated,
                court.jurorsOf(_id(), 1),
                _balance(address(court)),
                _balance(requester),
                _balance(provider),
                _balance(stranger),
                _credit(actor),
                _allocated(_backing()),
                _pins(_backing())
            )
        );
    }
}
