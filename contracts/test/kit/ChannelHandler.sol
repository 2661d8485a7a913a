// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ChannelId,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "./ChannelKit.sol";
import {HostileReceiver} from "./Hostile.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Lets the invariant runner play payer, payee, stranger, owner and clock over six channels at once. Every call it makes to an exit
/// must succeed: a revert fails the run. What it expects it keeps in its own books.
contract ChannelHandler is ChannelKit {
    struct Book {
        uint256 deposited;
        uint256 paidToA;
        uint256 paidToB;
        uint96 best;
        uint96 promised;
        uint40 closeAt;
        bool closed;
        bool closedTogether;
    }

    uint64 public constant COUNT = 6;
    mapping(uint64 salt => Book) private _books;
    HostileReceiver private _receiver = new HostileReceiver();
    uint64 private _salt;

    constructor() {
        ChannelKit.setUp();
        _receiver.become(HostileReceiver.Mood.REVERTS);
        for (uint64 salt = 0; salt < COUNT; ++salt) {
            _pick(salt);
            _open(DEPOSIT);
            _books[salt].deposited = DEPOSIT;
        }
    }

    // What the runner may do

    function fund(uint64 salt, uint96 amount) external {
        _pick(salt);
        if (_status() != ChannelStatus.OPEN || Pausable(address(channels)).paused()) return;
        amount = uint96(bound(amount, 1, DEPOSIT));
        vm.prank(alice);
        channels.fund{value: params.token == address(0) ? amount : 0}(params, amount);
        _books[_salt].deposited += amount;
    }

    function claim(uint64 salt, uint96 sent) external {
        _pick(salt);
        sent = _anySent(sent);
        if (!_isLive() || _covered(sent) <= _claimed()) return;
        SignedPromise memory promised = _promise(sent);
        _meter(abi.encodeCall(channels.claim, (params, promised)), params.partyB);
        _remember(sent);
    }

    function claimBatch(uint96[6] memory sent, uint256 order) external {
        Claim[] memory claims = new Claim[](COUNT);
        for (uint64 i = 0; i < COUNT; ++i) {
            _pick(uint64((i + order % COUNT) % COUNT));
            claims[i] = Claim(params, _promise(_anySent(sent[i])));
        }
        vm.prank(bob);
        uint96[] memory paid = channels.claimBatch(claims);
        for (uint256 i = 0; i < COUNT; ++i) {
            if (paid[i] == 0) continue;
            _salt = claims[i].params.salt;
            _books[_salt].paidToB += paid[i];
            _remember(claims[i].signedPromise.sent);
        }
    }

    function startClose(uint64 salt, uint96 sent, bool byPayee, bool withPromise) external {
        _pick(salt);
        if (_status() != ChannelStatus.OPEN) return;
        sent = _anySent(sent);
        bool shows = byPayee && withPromise && sent > _claimed();
        SignedPromise memory promised = shows ? _promise(sent) : _noPromise();
        vm.prank(byPayee ? params.partyB : alice);
        channels.startClose(params, promised);
        _books[_salt].closeAt = uint40(block.timestamp) + params.window;
        if (shows) _record(sent);
    }

    function respond(uint64 salt, uint96 sent) external {
        _pick(salt);
        sent = _anySent(sent);
        if (_status() != ChannelStatus.CLOSING || block.timestamp >= _closeAt()) return;
        if (sent <= _claimed() || sent <= channels.promised(id)) return;
        _respond(sent);
        _record(sent);
    }

    function settle(uint64 salt) external {
        _pick(salt);
        if (_status() != ChannelStatus.CLOSING || block.timestamp < _closeAt()) return;
        _meter(abi.encodeCall(channels.settle, (params)), stranger);
        _books[_salt].closed = true;
    }

    /// Seldom, or no channel would live long enough to be closed any other way.
    function coopClose(uint64 salt, uint96 payB, uint8 luck) external {
        _pick(salt);
        if (luck % 8 > 0) return;
        if (_status() != ChannelStatus.OPEN && _status() != ChannelStatus.CLOSING) return;
        uint96 left = uint96(_books[_salt].deposited) - _claimed();
        payB = uint96(bound(payB, 0, left));
        CloseTerms memory terms =
            CloseTerms({epoch: 0, payA: left - payB, payB: payB, validUntil: uint40(block.timestamp)});
        bytes memory byA = _sign(KEY_A, _closeDigest(terms));
        bytes memory byB = _sign(KEY_B, _closeDigest(terms));
        _meter(abi.encodeCall(channels.coopClose, (params, terms, byA, byB)), stranger);
        _books[_salt].closed = true;
        _books[_salt].closedTogether = true;
    }

    /// The hostile receiver's credit leaves to an account that takes it.
    function withdrawCredit() external {
        uint256 amount = channels.credit(address(0), address(_receiver));
        if (amount == 0) return;
        uint256 before = stranger.balance;
        _receiver.run(address(channels), abi.encodeCall(channels.withdrawCredit, (address(0), stranger)));
        vm.assertEq(stranger.balance - before, amount);
    }

    /// Before a window ends, an honest payee shows its best promise if the contract knows less.
    function pass(uint32 time) external {
        uint256 then = block.timestamp + bound(time, 1, WINDOW);
        for (uint64 salt = 0; salt < COUNT; ++salt) {
            _pick(salt);
            uint96 best = _books[salt].best;
            bool isLastChance = _status() == ChannelStatus.CLOSING && _isLive() && then >= _closeAt();
            if (!isLastChance || !isHonest(salt) || best <= _claimed() || best <= channels.promised(id)) continue;
            _respond(best);
            _record(best);
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

    /// A stranger with everybody's promises changes nothing; neither does opening a used id again.
    function pokeByStranger(uint64 salt, uint96 sent) external {
        _pick(salt);
        bytes32 before = _snapshotOf(id);
        SignedPromise memory promised = _promise(_anySent(sent));
        vm.startPrank(stranger);
        (bool claimed,) = address(channels).call(abi.encodeCall(channels.claim, (params, promised)));
        (bool started,) = address(channels).call(abi.encodeCall(channels.startClose, (params, promised)));
        (bool responded,) = address(channels).call(abi.encodeCall(channels.respond, (params, promised)));
        (bool funded,) = address(channels).call(abi.encodeCall(channels.fund, (params, 0)));
        uint96 paid = channels.claimBatch(_batchOf(params, promised))[0];
        vm.stopPrank();
        vm.prank(alice);
        (bool opened,) = address(channels).call(abi.encodeCall(channels.open, (params, 1)));
        vm.assertFalse(claimed || started || responded || funded || opened || paid > 0, "a stranger got through");
        vm.assertEq(_snapshotOf(id), before, "a stranger changed a channel");
    }

    // What the invariants ask

    function isHonest(uint64 salt) public pure returns (bool) {
        return salt != 0;
    }

    function book(uint64 salt) external view returns (Book memory) {
        return _books[salt];
    }

    function paramsOf(uint64 salt) public view returns (ChannelParams memory chosen) {
        chosen = _params(salt % 2 == 0 ? address(token) : address(0), salt);
        if (salt == 3) chosen.partyB = address(_receiver);
    }

    function stateOf(uint64 salt)
        external
        view
        returns (uint96 deposit, uint96 claimed, uint40 closeAt, ChannelStatus status, uint96 promised)
    {
        ChannelId channel = _idOf(paramsOf(salt));
        (deposit, claimed, closeAt, status,) = channels.channel(channel);
        promised = channels.promised(channel);
    }

    function heldIn(address currency) external view returns (uint256) {
        return currency == address(0) ? address(channels).balance : token.balanceOf(address(channels));
    }

    function owedAsCredit(address currency) external view returns (uint256) {
        return channels.credit(currency, alice) + channels.credit(currency, bob) + channels.credit(currency, stranger)
            + channels.credit(currency, address(_receiver));
    }

    function currencyOf(bool native) external view returns (address) {
        return native ? address(0) : address(token);
    }

    // Helpers

    function _pick(uint64 salt) private {
        _salt = salt % COUNT;
        _use(paramsOf(_salt));
    }

    /// Often above the deposit, and low enough to be exceeded by the next one.
    function _anySent(uint96 sent) private pure returns (uint96) {
        return uint96(bound(sent, 0, 3 * DEPOSIT));
    }

    function _status() private view returns (ChannelStatus status) {
        (,,, status,) = channels.channel(id);
    }

    function _claimed() private view returns (uint96 claimed) {
        (, claimed,,,) = channels.channel(id);
    }

    function _isLive() private view returns (bool) {
        ChannelStatus status = _status();
        return status == ChannelStatus.OPEN || (status == ChannelStatus.CLOSING && block.timestamp < _closeAt());
    }

    function _covered(uint96 sent) private view returns (uint96 covered) {
        uint96 deposited = uint96(_books[_salt].deposited);
        return sent < deposited ? sent : deposited;
    }

    function _remember(uint96 sent) private {
        if (sent > _books[_salt].best) _books[_salt].best = sent;
    }

    function _record(uint96 sent) private {
        vm.assertTrue(sent > _books[_salt].promised, "a recorded promise fell");
        _books[_salt].promised = sent;
        _remember(sent);
    }

    /// Makes the call and books what each party got, as money or as credit.
    function _meter(bytes memory call, address caller) private {
        uint256 wealthOfA = _wealth(alice);
        uint256 wealthOfB = _wealth(params.partyB);
        vm.prank(caller);
        (bool done,) = address(channels).call(call);
        vm.assertTrue(done, "an exit failed");
        _books[_salt].paidToA += _wealth(alice) - wealthOfA;
        _books[_salt].paidToB += _wealth(params.partyB) - wealthOfB;
    }

    function _wealth(address account) private view returns (uint256) {
        return _balance(account) + channels.credit(params.token, account);
    }
}
