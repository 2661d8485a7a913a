// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelHandler} from "../kit/ChannelHandler.sol";
import {InvariantT} from "../kit/T.sol";

/// The channel invariants of the design, by number, across any sequence of calls. The handler itself asserts 9 (strangers), and 10 and 11
/// (an exit that fails fails the run, paused or not, receiver hostile or not). 8, 12, 13 and 14 have tests of their own.
contract ChannelInvariants is InvariantT {
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

    /// One function, because the runner plays all its sequences again for each invariant.
    function invariant_OneToSevenAndNineToEleven() public view {
        balanceIsOpenTotalsAndCredits();
        nobodyGetsMoreThanTheDepositAndAllOfItIsPaid();
        recordedPromisesAndClaimsAreAsBooked();
        anHonestPayeeGetsItsBestPromise();
        closeAtIsSetOnceAndClosedIsForEver();
    }

    /// 1
    function balanceIsOpenTotalsAndCredits() private view {
        _checkBalance(_handler.currencyOf(false));
        _checkBalance(_handler.currencyOf(true));
    }

    /// 2, 3
    function nobodyGetsMoreThanTheDepositAndAllOfItIsPaid() private view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            ChannelHandler.Book memory book = _handler.book(salt);
            uint256 paid = book.paidToA + book.paidToB;
            if (book.closed) vm.assertEq(paid, book.deposited, "paid is deposited");
            vm.assertLe(paid, book.deposited, "paid within deposited");
            vm.assertTrue(book.closed || book.paidToA == 0, "the payer is paid at the end");
        }
    }

    /// 4
    function recordedPromisesAndClaimsAreAsBooked() private view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            (uint96 deposit, uint96 claimed,, ChannelStatus status, uint96 promised) = _handler.stateOf(salt);
            ChannelHandler.Book memory book = _handler.book(salt);
            if (status == ChannelStatus.CLOSED) continue;
            vm.assertEq(promised, book.promised, "recorded promise");
            vm.assertEq(claimed, book.paidToB, "claimed");
            vm.assertEq(deposit, book.deposited, "deposit");
        }
    }

    /// 5
    function anHonestPayeeGetsItsBestPromise() private view {
        for (uint64 salt = 0; salt < _handler.COUNT(); ++salt) {
            ChannelHandler.Book memory book = _handler.book(salt);
            if (!book.closed || book.closedTogether || !_handler.isHonest(salt)) continue;
            vm.assertEq(book.paidToB, book.best < book.deposited ? book.best : book.deposited, "paid to the payee");
        }
    }

    /// 6, 7
    function closeAtIsSetOnceAndClosedIsForEver() private view {
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
