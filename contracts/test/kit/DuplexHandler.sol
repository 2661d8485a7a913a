// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelId,
    ChannelParams,
    ChannelStatus,
    CloseTerms,
    RebaseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "./ChannelKit.sol";
import {HostileReceiver} from "./Hostile.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Lets the invariant runner play both sides of four DUPLEX channels, their towers, a stranger, the owner and the clock. Sides accept
/// promises by the off-chain rule; an honest one shows its best before the window ends, a dishonest one shows what it likes or nothing.
/// Every call to an exit must succeed: a revert fails the run. What is expected is kept in the handler's own books.
contract DuplexHandler is ChannelKit {
    struct Side {
        uint96 deposit; // in this epoch
        uint96 sent; // promised to the other side in this epoch, and accepted there
        uint96 shown; // of that, what the contract has recorded
        uint256 paid; // by the contract, at any time
        uint256 withdrawn; // of that, by rebases
    }

    struct Book {
        Side a;
        Side b;
        uint256 deposited;
        uint16 epoch;
        uint40 closeAt;
        uint96 voided; // partyA's last promise of an earlier epoch
        bool closed;
        bool closedTogether;
    }

    uint64 public constant COUNT = 4;
    mapping(uint64 salt => Book) private _books;
    HostileReceiver private _receiver = new HostileReceiver();
    uint64 private _salt;

    constructor() {
        ChannelKit.setUp();
        _enrich(bob);
        _receiver.become(HostileReceiver.Mood.REVERTS);
        for (uint64 salt = 0; salt < COUNT; ++salt) {
            _pick(salt);
            _open(DEPOSIT);
            _books[salt].a.deposit = DEPOSIT;
            _books[salt].deposited = DEPOSIT;
        }
    }

    // What the runner may do

    function fund(uint64 salt, bool byA, uint96 amount) external {
        _pick(salt);
        if (_status() != ChannelStatus.OPEN || Pausable(address(channels)).paused()) return;
        // The hostile receiver has nothing to deposit.
        if (!byA && params.partyB != bob) return;
        amount = uint96(bound(amount, 1, DEPOSIT));
        _fundBy(byA ? alice : bob, amount);
        _side(byA).deposit += amount;
        _books[_salt].deposited += amount;
    }

    /// Off-chain: one more promise, which the other side accepts if what backs it is there.
    function pay(uint64 salt, bool fromA, uint96 amount) external {
        _pick(salt);
        if (_status() != ChannelStatus.OPEN) return;
        Side storage payer = _side(fromA);
        uint96 spendable = payer.deposit + _side(!fromA).sent - payer.sent;
        if (spendable == 0) return;
        payer.sent += uint96(bound(amount, 1, spendable));
    }

    function startClose(uint64 salt, bool byA, uint96 sent, bool withPromise) external {
        _pick(salt);
        if (_status() != ChannelStatus.OPEN) return;
        uint96 best = _side(!byA).sent;
        withPromise = withPromise && best > 0;
        sent = _isHonest(byA) ? best : uint96(bound(sent, 1, best + 1));
        // More than was ever promised cannot be shown: nobody signed it.
        if (sent > best) sent = best;
        SignedPromise memory promised = withPromise ? _promiseFrom(!byA, _epoch(), sent) : _noPromise();
        _callAs(byA, abi.encodeCall(channels.startClose, (params, promised)));
        _books[_salt].closeAt = uint40(block.timestamp) + params.window;
        if (withPromise) _record(!byA, sent);
    }

    function respond(uint64 salt, bool byA, uint96 sent, bool byTower) external {
        _pick(salt);
        if (_status() != ChannelStatus.CLOSING || block.timestamp >= _closeAt()) return;
        Side storage payer = _side(!byA);
        if (payer.sent <= payer.shown) return;
        _show(byA, uint96(bound(sent, payer.shown + 1, payer.sent)), byTower);
    }

    function settle(uint64 salt) external {
        _pick(salt);
        if (_status() != ChannelStatus.CLOSING || block.timestamp < _closeAt()) return;
        _meter(abi.encodeCall(channels.settle, (params)));
        _books[_salt].closed = true;
    }

    /// Both agree on what each is due, or on anything else.
    function coopClose(uint64 salt, uint96 payA, uint8 luck) external {
        _pick(salt);
        if (luck % 8 > 0 || (_status() != ChannelStatus.OPEN && _status() != ChannelStatus.CLOSING)) return;
        uint96 total = _side(true).deposit + _side(false).deposit;
        payA = luck % 16 == 0 ? _due(true) : uint96(bound(payA, 0, total));
        CloseTerms memory terms = CloseTerms(_epoch(), payA, total - payA, uint40(block.timestamp));
        bytes32 digest = _closeDigest(terms);
        _meter(abi.encodeCall(channels.coopClose, (params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest))));
        _books[_salt].closed = true;
        _books[_salt].closedTogether = true;
    }

    /// Each side's due is split at will into what stays and what leaves.
    function rebase(uint64 salt, uint96 outA, uint96 outB, uint8 luck) external {
        _pick(salt);
        if (luck % 4 > 0 || _status() != ChannelStatus.OPEN) return;
        (uint96 dueA, uint96 dueB) = (_due(true), _due(false));
        outA = uint96(bound(outA, 0, dueA));
        outB = uint96(bound(outB, 0, dueB));
        uint40 until = uint40(block.timestamp);
        RebaseTerms memory terms = RebaseTerms(_epoch(), dueA - outA, dueB - outB, outA, outB, until);
        bytes32 digest = _rebaseDigest(terms);
        _meter(abi.encodeCall(channels.rebase, (params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest))));
        Book storage known = _books[_salt];
        if (known.a.sent > 0) known.voided = known.a.sent;
        (known.a.deposit, known.b.deposit) = (terms.newDepA, terms.newDepB);
        known.a.withdrawn += outA;
        known.b.withdrawn += outB;
        (known.a.sent, known.b.sent) = (0, 0);
        known.epoch += 1;
    }

    function withdrawCredit() external {
        uint256 amount = channels.credit(address(0), address(_receiver));
        if (amount == 0) return;
        uint256 before = stranger.balance;
        _receiver.run(address(channels), abi.encodeCall(channels.withdrawCredit, (address(0), stranger)));
        vm.assertEq(stranger.balance - before, amount);
    }

    /// Before a window ends, each honest side shows its best promise if the contract knows less.
    function pass(uint32 time, bool byTower) external {
        uint256 then = block.timestamp + bound(time, 1, WINDOW);
        for (uint64 salt = 0; salt < COUNT; ++salt) {
            _pick(salt);
            if (_status() != ChannelStatus.CLOSING || block.timestamp >= _closeAt() || then < _closeAt()) continue;
            for (uint256 i = 0; i < 2; ++i) {
                bool byA = i == 0;
                Side storage payer = _side(!byA);
                if (_isHonest(byA) && payer.sent > payer.shown) _show(byA, payer.sent, byTower);
            }
        }
        vm.warp(then);
    }

    function togglePause() external {
        bool paused = Pausable(address(channels)).paused();
        vm.prank(owner);
        if (paused) channels.unpause();
        else channels.pause();
    }

    function changeReceiver(bool good) external {
        _receiver.become(good ? HostileReceiver.Mood.GOOD : HostileReceiver.Mood.BURNS_GAS);
    }

    /// Strangers with everybody's promises, parties with promises of an older epoch, claims and second openings: none goes through.
    function poke(uint64 salt) external {
        _pick(salt);
        bytes32 before = _snapshotOf(id);
        SignedPromise memory promised = _promiseFrom(true, _epoch(), _side(true).sent + 1);
        bool through = _reaches(stranger, abi.encodeCall(channels.startClose, (params, promised)));
        through = _reaches(stranger, abi.encodeCall(channels.respond, (params, promised))) || through;
        through = _reaches(stranger, abi.encodeCall(channels.fund, (params, 0))) || through;
        through = _reaches(params.partyB, abi.encodeCall(channels.claim, (params, promised))) || through;
        through = _reaches(alice, abi.encodeCall(channels.open, (params, 1))) || through;
        vm.prank(params.partyB);
        through = channels.claimBatch(_batchOf(params, promised))[0] > 0 || through;
        if (_epoch() > 0) {
            SignedPromise memory old = _promiseFrom(true, _epoch() - 1, _books[_salt].voided + 1);
            through = _reaches(params.partyB, abi.encodeCall(channels.startClose, (params, old))) || through;
            through = _reaches(params.partyB, abi.encodeCall(channels.respond, (params, old))) || through;
            old.epoch = _epoch();
            through = _reaches(params.partyB, abi.encodeCall(channels.respond, (params, old))) || through;
        }
        vm.assertFalse(through, "somebody got through");
        vm.assertEq(_snapshotOf(id), before, "a channel changed");
    }

    // What the invariants ask

    function book(uint64 salt) external view returns (Book memory) {
        return _books[salt];
    }

    /// What an honest side must receive in the end: its deposit, what it was promised, less what it promised.
    function dueAtEnd(uint64 salt, bool ofA) external view returns (uint256) {
        Book storage b = _books[salt];
        return ofA ? uint256(b.a.deposit) + b.b.sent - b.a.sent : uint256(b.b.deposit) + b.a.sent - b.b.sent;
    }

    function isHonest(uint64 salt, bool isA) public pure returns (bool) {
        if (salt == 0) return !isA;
        return salt != 1 || isA;
    }

    function stateOf(uint64 salt)
        external
        view
        returns (
            uint96 depositA,
            uint96 depositB,
            uint40 closeAt,
            ChannelStatus status,
            uint16 epoch,
            uint96 shownA,
            uint96 shownB
        )
    {
        ChannelId channel = _idOf(paramsOf(salt));
        (depositA, depositB, closeAt, status, epoch) = channels.channel(channel);
        (shownA, shownB) = (channels.promised(channel), channels.promisedByB(channel));
    }

    function paramsOf(uint64 salt) public view returns (ChannelParams memory chosen) {
        chosen = _params(salt % 2 == 0 ? address(token) : address(0), salt);
        chosen.mode = DUPLEX;
        if (salt == 3) chosen.partyB = address(_receiver);
    }

    function heldIn(bool native) external view returns (uint256) {
        return native ? address(channels).balance : token.balanceOf(address(channels));
    }

    function owedAsCredit(bool native) external view returns (uint256) {
        address currency = native ? address(0) : address(token);
        return channels.credit(currency, alice) + channels.credit(currency, bob)
            + channels.credit(currency, address(_receiver));
    }

    // Helpers

    function _pick(uint64 salt) private {
        _salt = salt % COUNT;
        _use(paramsOf(_salt));
    }

    function _side(bool isA) private view returns (Side storage) {
        return isA ? _books[_salt].a : _books[_salt].b;
    }

    function _isHonest(bool isA) private view returns (bool) {
        return isHonest(_salt, isA);
    }

    function _epoch() private view returns (uint16) {
        return _books[_salt].epoch;
    }

    function _due(bool ofA) private view returns (uint96) {
        return _side(ofA).deposit + _side(!ofA).sent - _side(ofA).sent;
    }

    function _status() private view returns (ChannelStatus status) {
        (,,, status,) = channels.channel(id);
    }

    function _record(bool fromA, uint96 sent) private {
        vm.assertTrue(sent > _side(fromA).shown, "a recorded promise fell");
        _side(fromA).shown = sent;
    }

    function _show(bool byA, uint96 sent, bool byTower) private {
        SignedPromise memory promised = _promiseFrom(!byA, _epoch(), sent);
        if (byTower) {
            Authority memory grant = _authority(byA ? KEY_A : KEY_B);
            vm.prank(tower);
            channels.respondFor(params, promised, grant);
        } else {
            _callAs(byA, abi.encodeCall(channels.respond, (params, promised)));
        }
        _record(!byA, sent);
    }

    function _callAs(bool isA, bytes memory call) private {
        vm.assertTrue(_reaches(isA ? alice : params.partyB, call), "an exit failed");
    }

    function _reaches(address caller, bytes memory call) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(channels).call(call);
    }

    /// Makes the call and books what each side got, as money or as credit.
    function _meter(bytes memory call) private {
        (uint256 a, uint256 b) = (_wealth(alice), _wealth(params.partyB));
        vm.assertTrue(_reaches(stranger, call), "an exit failed");
        _books[_salt].a.paid += _wealth(alice) - a;
        _books[_salt].b.paid += _wealth(params.partyB) - b;
    }

    function _wealth(address account) private view returns (uint256) {
        return _balance(account) + channels.credit(params.token, account);
    }
}
