// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelHandler} from "../kit/ChannelHandler.sol";
import {DuplexHandler} from "../kit/DuplexHandler.sol";
import {InvariantT} from "../kit/T.sol";

/// The channel invariants of the design, by number, across any sequence of calls on SIMPLEX channels. The handler itself asserts 9
/// (strangers), and 10 and 11 (an exit that fails fails the run, paused or not, receiver hostile or not). 8, 12, 13 and 14 have tests of
/// their own, named after them.
contract SimplexInvariants is InvariantT {
    ChannelHandler private _handler;

    function setUp() public {
        _handler = new ChannelHandler();
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = _handler.fund.selector;
        selectors[1] = _handler.claim.selector;
        selectors[2] = _handler.claimBatch.selector;
        selectors[3] = _handler.startClose.selector;
        selectors[4] = _handler.respond.selector;
        selectors[5] = _handler.settle.selector;
        selectors[6] = _handler.coopClose.selector;
        selectors[7] = _handler.withdrawCredit.selector;
        selectors[8] = _handler.pass.selector;
        selectors[9] = _handler.togglePause.selector;
        selectors[10] = _handler.pokeByStranger.selector;
        selectors[11] = _handler.changeReceiver.selector;
        target(address(_handler), selectors);
    }

    function invariant_01_BalanceIsOpenTotalsAndCredits() public view {
        _checkBalance(_handler.currencyOf(false));
        _checkBalance(_handler.currencyOf(true));
    }

    function invariant_02_and_03_AllOfTheDepositIsPaidAndNoMore() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            ChannelHandler.Book memory book = _handler.book(salt);
            uint256 paid = book.paidToA + book.paidToB;
            if (book.closed) vm.assertEq(paid, book.deposited, "paid is deposited");
            vm.assertLe(paid, book.deposited, "paid within deposited");
            vm.assertTrue(book.closed || book.paidToA == 0, "the payer is paid at the end");
        }
    }

    function invariant_04_RecordedPromisesAndClaimsNeverFall() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (uint96 deposit, uint96 claimed,, ChannelStatus status, uint96 promised) = _handler.stateOf(salt);
            ChannelHandler.Book memory book = _handler.book(salt);
            if (status == ChannelStatus.CLOSED) continue;
            vm.assertEq(promised, book.promised, "recorded promise");
            vm.assertEq(claimed, book.paidToB, "claimed");
            vm.assertEq(deposit, book.deposited, "deposit");
        }
    }

    function invariant_05_AnHonestPayeeGetsItsBestPromise() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            ChannelHandler.Book memory book = _handler.book(salt);
            if (!book.closed || book.closedTogether || !_handler.isHonest(salt)) continue;
            vm.assertEq(book.paidToB, book.best < book.deposited ? book.best : book.deposited, "paid to the payee");
        }
    }

    function invariant_06_and_07_CloseAtIsSetOnceAndClosedIsForEver() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (uint96 deposit, uint96 claimed, uint40 closeAt, ChannelStatus status,) = _handler.stateOf(salt);
            ChannelHandler.Book memory book = _handler.book(salt);
            vm.assertTrue((status == ChannelStatus.CLOSED) == book.closed, "closed");
            if (status == ChannelStatus.CLOSED) vm.assertEq(uint256(deposit) + claimed + closeAt, 0, "emptied");
            else vm.assertEq(closeAt, book.closeAt, "closeAt");
        }
    }

    function _checkBalance(address money) private view {
        uint256 owed = _handler.owedAsCredit(money);
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            if (_handler.paramsOf(salt).token != money) continue;
            (uint96 deposit, uint96 claimed,,,) = _handler.stateOf(salt);
            owed += deposit - claimed;
        }
        vm.assertEq(_handler.heldIn(money), owed, "balance");
    }
}

/// The same for DUPLEX channels, with rebases and towers.
contract DuplexInvariants is InvariantT {
    DuplexHandler private _handler;

    function setUp() public {
        _handler = new DuplexHandler();
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = _handler.fund.selector;
        selectors[1] = _handler.pay.selector;
        selectors[2] = _handler.startClose.selector;
        selectors[3] = _handler.respond.selector;
        selectors[4] = _handler.settle.selector;
        selectors[5] = _handler.coopClose.selector;
        selectors[6] = _handler.rebase.selector;
        selectors[7] = _handler.withdrawCredit.selector;
        selectors[8] = _handler.pass.selector;
        selectors[9] = _handler.togglePause.selector;
        selectors[10] = _handler.changeReceiver.selector;
        selectors[11] = _handler.poke.selector;
        target(address(_handler), selectors);
    }

    function invariant_01_BalanceIsOpenTotalsAndCredits() public view {
        uint256[2] memory owed = [_handler.owedAsCredit(false), _handler.owedAsCredit(true)];
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (uint96 depositA, uint96 depositB,,,,,) = _handler.stateOf(salt);
            owed[salt % 2] += uint256(depositA) + depositB;
        }
        vm.assertEq(_handler.heldIn(false), owed[0], "tokens");
        vm.assertEq(_handler.heldIn(true), owed[1], "coins");
    }

    function invariant_02_and_03_AllDepositsArePaidAndNoMore() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            DuplexHandler.Book memory book = _handler.book(salt);
            uint256 paid = book.a.paid + book.b.paid;
            uint256 kept = book.closed ? 0 : uint256(book.a.deposit) + book.b.deposit;
            vm.assertEq(paid + kept, book.deposited, "paid and kept is deposited");
        }
    }

    function invariant_04_RecordedPromisesNeverFallAndAreOfThisEpoch() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (,,, ChannelStatus status, uint16 epoch, uint96 shownA, uint96 shownB) = _handler.stateOf(salt);
            DuplexHandler.Book memory book = _handler.book(salt);
            vm.assertEq(epoch, book.epoch, "epoch");
            bool closed = status == ChannelStatus.CLOSED;
            vm.assertEq(shownA, closed ? 0 : book.a.shown, "promise of A");
            vm.assertEq(shownB, closed ? 0 : book.b.shown, "promise of B");
        }
    }

    /// What left in rebases was the sides' own: at the end an honest one has received its due of the last epoch on top of it.
    function invariant_05_AnHonestSideGetsItsDue() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            DuplexHandler.Book memory book = _handler.book(salt);
            if (!book.closed || book.closedTogether) continue;
            _checkDue(salt, true, book);
            _checkDue(salt, false, book);
        }
    }

    function invariant_06_and_07_CloseAtIsSetOnceAndClosedIsForEver() public view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (uint96 depositA, uint96 depositB, uint40 closeAt, ChannelStatus status,,,) = _handler.stateOf(salt);
            DuplexHandler.Book memory book = _handler.book(salt);
            vm.assertTrue((status == ChannelStatus.CLOSED) == book.closed, "closed");
            if (book.closed) {
                vm.assertEq(uint256(depositA) + depositB + closeAt, 0, "emptied");
                continue;
            }
            vm.assertEq(closeAt, book.closeAt, "closeAt");
            vm.assertEq(depositA, book.a.deposit, "deposit of A");
            vm.assertEq(depositB, book.b.deposit, "deposit of B");
        }
    }

    function _checkDue(uint64 salt, bool ofA, DuplexHandler.Book memory book) private view {
        if (!_handler.isHonest(salt, ofA)) return;
        uint256 got = (ofA ? book.a.paid : book.b.paid) - (ofA ? book.a.withdrawn : book.b.withdrawn);
        uint256 due = _handler.dueAtEnd(salt, ofA);
        vm.assertGe(got, due, "an honest side's due");
        // Where both are honest, neither gets more.
        if (_handler.isHonest(salt, !ofA)) vm.assertEq(got, due, "exactly its due");
    }
}
