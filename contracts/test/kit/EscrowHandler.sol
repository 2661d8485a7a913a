// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowId, EscrowState, EscrowStatus, EscrowTerms} from "../../src/interfaces/IEscrow.sol";
import {Slash} from "../../src/interfaces/IStakeCourt.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {ITestToken} from "./ChannelKit.sol";
import {EscrowKit} from "./EscrowKit.sol";
import {HostileToken} from "./Hostile.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Lets the invariant runner play both parties, the arbiter, strangers, the owner, a blocking token and the clock over six escrows that
/// share one provider's stake. Every call it makes must succeed: a revert fails the run. What it expects it keeps in its own books.
contract EscrowHandler is EscrowKit {
    struct Book {
        uint256 paidIn;
        uint256 paidOut;
        uint256 payments;
        uint256 slashes;
        EscrowStatus last;
    }

    uint256 public constant COUNT = 6;
    HostileToken public immutable money = new HostileToken();
    uint256 private constant CAN_FUND = 1;
    uint256 private constant CAN_DELIVER = 2;
    uint256 private constant CAN_RELEASE = 4;
    uint256 private constant CAN_SETTLE = 8;
    uint256 private constant CAN_REFUND = 16;
    uint256 private constant CAN_UNLOCK = 32;
    uint256 private constant CAN_DISPUTE = 64;
    uint256 private constant CAN_RULE = 128;

    MarketTypes.Agreement[] private _agreements;
    EscrowTerms[] private _terms;
    EscrowId[] private _ids;
    Book[] private _books;
    uint256 private _at;
    bool public wentBack;

    constructor() {
        vm.warp(1_800_000_000);
        token = ITestToken(address(money));
        _deploy(address(money));
        money.mint(requester, 1e30);
        money.mint(provider, 1e30);
        _stake(provider, uint96(COUNT) * STAKE);
        for (uint256 i = 0; i < COUNT; ++i) {
            MarketTypes.Agreement memory made = _agreementOver(address(money), i);
            made.startBy = uint40(block.timestamp) + 1 days;
            made.deliverBy = made.startBy + uint40(i) * 1 hours;
            _use(made);
            _agreements.push(agreement);
            _terms.push(terms);
            _ids.push(id);
            _books.push();
        }
    }

    // What the runner may do

    function fund(uint256 index) external {
        if (!_seek(index, CAN_FUND)) return;
        _fund();
        _books[_at].paidIn = PRICE + BONUS;
        _done();
    }

    function deliver(uint256 index, uint64 fuel, bool isSuccess) external {
        if (!_seek(index, CAN_DELIVER)) return;
        _deliver(_receiptOf(fuel, isSuccess));
        _done();
    }

    function release(uint256 index, bool byRequester) external {
        if (!_seek(index, CAN_RELEASE)) return;
        if (!byRequester && block.timestamp <= _state().until) return;
        _meter(byRequester ? requester : stranger, abi.encodeCall(escrow.release, (terms)));
    }

    function releaseBatch(uint256 order) external {
        EscrowTerms[] memory items = new EscrowTerms[](COUNT);
        for (uint256 i = 0; i < COUNT; ++i) {
            _pick((i + order % COUNT) % COUNT);
            items[i] = terms;
        }
        uint256 before = _outside();
        bool[] memory done = escrow.releaseBatch(items);
        uint256 expected = 0;
        for (uint256 i = 0; i < COUNT; ++i) {
            if (!done[i]) continue;
            _pick((i + order % COUNT) % COUNT);
            _books[_at].paidOut += PRICE + BONUS;
            ++_books[_at].payments;
            expected += PRICE + BONUS;
            _done();
        }
        vm.assertEq(_outside() - before, expected, "a batch pays what it says");
    }

    /// Seldom, as settle: or no escrow would live long enough to end any other way.
    function releaseAccepted(uint256 index, uint64 fuel, bool isSuccess, uint8 luck) external {
        if (luck % 4 > 0 || !_seek(index, CAN_SETTLE)) return;
        MarketTypes.Receipt memory receipt = _receiptOf(fuel, isSuccess);
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        _meter(stranger, abi.encodeCall(escrow.releaseAccepted, (terms, receipt, byProvider, RATING, byRequester)));
    }

    function refund(uint256 index, bool byRequester) external {
        if (!_seek(index, CAN_REFUND)) return;
        _meter(byRequester ? requester : provider, abi.encodeCall(escrow.refund, (terms)));
    }

    function settle(uint256 index, uint8 kind, uint96 toProvider, uint8 luck) external {
        if (luck % 4 > 0 || !_seek(index, CAN_SETTLE)) return;
        kind = uint8(bound(kind, 1, 3));
        toProvider = kind == 2 ? 0 : uint96(bound(toProvider, 0, PRICE));
        Approval memory approval = Approval({kind: kind, toProvider: toProvider, validUntil: uint40(block.timestamp)});
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        bytes memory byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        _meter(stranger, abi.encodeCall(escrow.settle, (terms, approval, byRequester, byProvider)));
    }

    function unlockStake(uint256 index) external {
        if (!_seek(index, CAN_UNLOCK)) return;
        escrow.unlockStake(terms);
        _done();
    }

    function dispute(uint256 index, bool byProvider) external {
        if (!_seek(index, CAN_DISPUTE)) return;
        _dispute(byProvider && _state().status == EscrowStatus.DELIVERED ? provider : requester);
        _done();
    }

    /// The court takes bonds and slashes whenever it has the escrow, and rules or leaves it.
    function judge(uint256 index, uint96 seized, uint96 slashed, uint96 toProvider, bool isSuccess, bool rules)
        external
    {
        if (!_seek(index, CAN_RULE)) return;
        bytes32 backing = EscrowId.unwrap(id);
        vm.startPrank(arbiter);
        reputation.seize(address(money), provider, backing, uint96(bound(seized, 0, STAKE)));
        if (_books[_at].slashes == 0) {
            uint96 amount = uint96(bound(slashed, 0, 2 * STAKE));
            Slash memory order = Slash(
                backing, address(money), provider, backing, amount, requester, uint96(bound(toProvider, 0, STAKE))
            );
            reputation.slash(order);
            ++_books[_at].slashes;
        }
        vm.stopPrank();
        if (!rules) return;
        _meter(arbiter, abi.encodeCall(escrow.rule, (terms, toProvider, isSuccess)));
    }

    function withdrawCredit(bool ofProvider) external {
        address agent = ofProvider ? provider : requester;
        if (money.blocked() == stranger || escrow.credit(address(money), agent) == 0) return;
        vm.prank(agent);
        escrow.withdrawCredit(address(money), stranger);
    }

    function blockReceiver(uint8 luck) external {
        address[3] memory who = [address(0), requester, provider];
        money.blockReceiver(who[luck % 3]);
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + bound(time, 1, 4 hours));
    }

    function togglePause() external {
        bool paused = _isPaused();
        vm.startPrank(owner);
        if (paused) escrow.unpause();
        else escrow.pause();
        vm.stopPrank();
    }

    /// A stranger who holds nobody's signature, and agents out of turn, change nothing.
    function poke(uint256 index, uint8 who) external {
        _pick(index);
        address[3] memory pokers = [stranger, provider, arbiter];
        bytes32 before = keccak256(abi.encode(_state(), _outside(), _committed(provider)));
        MarketTypes.Receipt memory receipt = _receipt();
        Approval memory approval = Approval({kind: 1, toProvider: PRICE, validUntil: type(uint40).max});
        vm.startPrank(pokers[who % 3]);
        (bool a,) = address(escrow).call(abi.encodeCall(escrow.releaseAccepted, (terms, receipt, "", RATING, "")));
        (bool b,) = address(escrow).call(abi.encodeCall(escrow.settle, (terms, approval, "", "")));
        (bool c,) = address(escrow).call(abi.encodeCall(escrow.deliver, (terms, receipt, "")));
        (bool d,) = address(escrow).call(abi.encodeCall(escrow.fund, (agreement, "", "")));
        vm.stopPrank();
        vm.assertTrue(!a && !b && !c && !d, "a stranger did something");
        vm.assertEq(
            keccak256(abi.encode(_state(), _outside(), _committed(provider))), before, "a stranger changed something"
        );
    }

    // What the invariants ask

    function bookOf(uint256 index) external view returns (Book memory) {
        return _books[index];
    }

    function stateAt(uint256 index) public returns (EscrowState memory) {
        _pick(index);
        return _state();
    }

    function heldFor(uint256 index) external view returns (uint256) {
        return _books[index].paidIn - _books[index].paidOut;
    }

    function owedAsCredit() external view returns (uint256) {
        return escrow.credit(address(money), requester) + escrow.credit(address(money), provider);
    }

    function balances() external view returns (uint256 ofEscrow, uint256 ofReputation) {
        return (money.balanceOf(address(escrow)), money.balanceOf(address(reputation)));
    }

    function stakeOf() external view returns (uint256 total, uint256 committed, uint256 burned, uint256 credited) {
        (total, committed,) = reputation.accountOf(address(money), provider);
        burned = reputation.burned(address(money));
        credited = reputation.credit(address(money), requester);
    }

    /// What backs this escrow right now.
    function backingOf(uint256 index) external returns (uint256) {
        EscrowState memory state = stateAt(index);
        if (state.status == EscrowStatus.DISPUTED) {
            (uint96 amount,, uint16 pins) = reputation.allocationOf(address(money), provider, EscrowId.unwrap(id));
            vm.assertEq(pins, 1, "pinned");
            return amount;
        }
        bool isLocked = state.status == EscrowStatus.FUNDED || state.status == EscrowStatus.DELIVERED
            || (state.status == EscrowStatus.REFUNDED && state.until != 0);
        return isLocked ? STAKE : 0;
    }

    /// A stranger waits long enough and ends everything.
    function endAllByTimeout() external {
        vm.warp(block.timestamp + 365 days);
        for (uint256 i = 0; i < COUNT; ++i) {
            EscrowState memory state = stateAt(i);
            vm.startPrank(stranger);
            if (state.status == EscrowStatus.DELIVERED) escrow.release(terms);
            if (state.status == EscrowStatus.FUNDED || state.status == EscrowStatus.DISPUTED) escrow.refund(terms);
            if (state.status == EscrowStatus.REFUNDED && state.until != 0) escrow.unlockStake(terms);
            vm.stopPrank();
            EscrowStatus end = _state().status;
            bool isNever = end == EscrowStatus.NONE;
            vm.assertTrue(isNever || isFinal(end), "an escrow without an exit");
        }
    }

    function isFinal(EscrowStatus status) public pure returns (bool) {
        return status == EscrowStatus.RELEASED || status == EscrowStatus.REFUNDED || status == EscrowStatus.SPLIT
            || status == EscrowStatus.RULED;
    }

    // Bookkeeping

    function _pick(uint256 index) private {
        _at = index % COUNT;
        agreement = _agreements[_at];
        terms = _terms[_at];
        id = _ids[_at];
    }

    function _status() private view returns (EscrowStatus) {
        return _state().status;
    }

    function _isPaused() private view returns (bool) {
        return Pausable(address(escrow)).paused();
    }

    /// Picks the first escrow from here on with which this can be done.
    function _seek(uint256 index, uint256 action) private returns (bool) {
        for (uint256 i = 0; i < COUNT; ++i) {
            _at = (index % COUNT + i) % COUNT;
            if (_possible() & action == 0) continue;
            _pick(_at);
            return true;
        }
        return false;
    }

    function _possible() private view returns (uint256) {
        EscrowState memory state = escrow.stateOf(_ids[_at]);
        uint256 due = _terms[_at].deliverBy;
        uint256 disputable = due + _terms[_at].reviewSeconds;
        uint256 time = block.timestamp;
        if (state.status == EscrowStatus.NONE) {
            return !_isPaused() && time <= _agreements[_at].startBy ? CAN_FUND : 0;
        }
        if (state.status == EscrowStatus.FUNDED) {
            if (time <= due) return CAN_DELIVER | CAN_SETTLE;
            return CAN_REFUND | CAN_SETTLE | (time <= disputable ? CAN_DISPUTE : 0);
        }
        if (state.status == EscrowStatus.DELIVERED) {
            return CAN_RELEASE | CAN_SETTLE | (time <= state.until ? CAN_DISPUTE : 0);
        }
        if (state.status == EscrowStatus.REFUNDED && state.until != 0) {
            return time <= state.until ? CAN_DISPUTE : CAN_UNLOCK;
        }
        if (state.status == EscrowStatus.DISPUTED) {
            return CAN_RULE | (state.isPaid ? 0 : CAN_SETTLE) | (time > state.until ? CAN_REFUND : 0);
        }
        return 0;
    }

    function _receiptOf(uint64 fuel, bool isSuccess) private view returns (MarketTypes.Receipt memory receipt) {
        receipt = _receipt();
        receipt.fuelUsed = uint64(bound(fuel, 0, terms.maxFuel));
        receipt.cost = escrow.costOf(terms, receipt.fuelUsed);
        if (!isSuccess) receipt.exitCode = 1;
    }

    /// What the escrow gave away, in tokens or credits.
    function _outside() private view returns (uint256) {
        return money.balanceOf(requester) + money.balanceOf(provider) + escrow.credit(address(money), requester)
            + escrow.credit(address(money), provider);
    }

    function _meter(address caller, bytes memory call) private {
        uint256 before = _outside();
        vm.prank(caller);
        (bool done,) = address(escrow).call(call);
        vm.assertTrue(done, "an exit failed");
        uint256 paid = _outside() - before;
        _books[_at].paidOut += paid;
        if (paid > 0) ++_books[_at].payments;
        _done();
    }

    /// Follows the status: what is final stays as it is, but for a dispute over a missing delivery.
    function _done() private {
        EscrowStatus next = _status();
        EscrowStatus last = _books[_at].last;
        bool isReopened = last == EscrowStatus.REFUNDED && next == EscrowStatus.DISPUTED;
        if (isFinal(last) && next != last && !isReopened) wentBack = true;
        _books[_at].last = next;
    }
}
