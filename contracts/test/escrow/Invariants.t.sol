// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowState, EscrowStatus} from "../../src/interfaces/IEscrow.sol";
import {EscrowHandler} from "../kit/EscrowHandler.sol";
import {InvariantT} from "../kit/T.sol";

/// The escrow's invariants by their numbers, across any sequence of calls: 1, 2, 3, 7 and 15 here, and 16 where it touches the escrow; the
/// handler itself asserts 9 (strangers change nothing), 10 and 11 (an exit that fails fails the run, paused or not, receivers blocked or not).
contract EscrowInvariants is InvariantT {
    EscrowHandler private _handler;

    function setUp() public {
        _handler = new EscrowHandler();
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = _handler.fund.selector;
        selectors[1] = _handler.deliver.selector;
        selectors[2] = _handler.release.selector;
        selectors[3] = _handler.releaseBatch.selector;
        selectors[4] = _handler.releaseAccepted.selector;
        selectors[5] = _handler.refund.selector;
        selectors[6] = _handler.settle.selector;
        selectors[7] = _handler.unlockStake.selector;
        selectors[8] = _handler.dispute.selector;
        selectors[9] = _handler.judge.selector;
        selectors[10] = _handler.withdrawCredit.selector;
        selectors[11] = _handler.blockReceiver.selector;
        selectors[12] = _handler.pass.selector;
        selectors[13] = _handler.togglePause.selector;
        selectors[14] = _handler.poke.selector;
        target(address(_handler), selectors);
    }

    /// One function, because the runner plays all its sequences again for each invariant.
    function invariant_01_02_03_07_15_PaysOutExactlyOnceAndHoldsWhatItOwes() public {
        paysOutExactlyOnce();
        balanceIsOpenEscrowsAndCredits();
        stakeIsLockedExactlyWhileItBacks();
    }

    /// Every state that is not final has a timeout exit that anyone can use: tried at the end of each sequence.
    function afterInvariant() public {
        _handler.endAllByTimeout();
        (, uint256 committed,,) = _handler.stakeOf();
        vm.assertEq(committed, 0, "stake locked for ever");
        (uint256 held,) = _handler.balances();
        vm.assertEq(held, _handler.owedAsCredit(), "money held for ever");
    }

    function paysOutExactlyOnce() private {
        vm.assertFalse(_handler.wentBack(), "a final state changed");
        for (uint256 i = 0; i < _handler.COUNT(); ++i) {
            EscrowHandler.Book memory book = _handler.bookOf(i);
            EscrowState memory state = _handler.stateAt(i);
            vm.assertLe(book.payments, 1, "paid twice");
            vm.assertTrue(book.paidOut == 0 || book.paidOut == book.paidIn, "paid in part");
            bool isOver = _handler.isFinal(state.status);
            vm.assertTrue(!isOver || (state.isPaid && book.paidOut == book.paidIn), "over and not paid");
            vm.assertTrue(state.isPaid == (book.payments == 1), "isPaid");
        }
    }

    function balanceIsOpenEscrowsAndCredits() private view {
        uint256 owed = _handler.owedAsCredit();
        for (uint256 i = 0; i < _handler.COUNT(); ++i) {
            owed += _handler.heldFor(i);
        }
        (uint256 held, uint256 staked) = _handler.balances();
        (uint256 total,, uint256 burned, uint256 credited) = _handler.stakeOf();
        vm.assertEq(held, owed, "escrow balance");
        vm.assertEq(staked, total + burned + credited, "reputation balance");
    }

    /// locked <= stake, and one stake never backs two.
    function stakeIsLockedExactlyWhileItBacks() private {
        uint256 backing = 0;
        for (uint256 i = 0; i < _handler.COUNT(); ++i) {
            backing += _handler.backingOf(i);
        }
        (uint256 total, uint256 committed,,) = _handler.stakeOf();
        vm.assertEq(committed, backing, "committed");
        vm.assertLe(committed, total, "locked within stake");
    }
}
