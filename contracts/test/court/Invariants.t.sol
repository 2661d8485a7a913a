// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DisputeStatus} from "../../src/interfaces/IDisputeArbiter.sol";
import {CourtHandler} from "../kit/CourtHandler.sol";
import {InvariantT} from "../kit/T.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";

/// The court's invariants by their numbers, across any sequence of calls: 1, 7 and 16 here. The handler itself asserts 9 (strangers change
/// nothing), 10 and 11 (what may be done can be done, paused or not, receivers blocked or not) and that nothing can be done at another time.
contract CourtInvariants is InvariantT {
    CourtHandler private _handler;

    function setUp() public {
        _handler = new CourtHandler();
        bytes4[] memory selectors = new bytes4[](22);
        selectors[0] = _handler.open.selector;
        selectors[1] = _handler.join.selector;
        selectors[2] = _handler.showReceipt.selector;
        selectors[3] = _handler.showAcceptance.selector;
        selectors[4] = _handler.showRefund.selector;
        selectors[5] = _handler.appeal.selector;
        selectors[6] = _handler.draw.selector;
        selectors[7] = _handler.reseed.selector;
        selectors[8] = _handler.commit.selector;
        selectors[9] = _handler.reveal.selector;
        selectors[10] = _handler.rule.selector;
        selectors[11] = _handler.settleSeats.selector;
        selectors[12] = _handler.withdrawCredit.selector;
        selectors[13] = _handler.blockReceiver.selector;
        selectors[14] = _handler.pass.selector;
        selectors[15] = _handler.hurry.selector;
        selectors[16] = _handler.idle.selector;
        selectors[17] = _handler.togglePause.selector;
        selectors[18] = _handler.poke.selector;
        // What takes a dispute on, more often than the rest.
        selectors[19] = _handler.open.selector;
        selectors[20] = _handler.hurry.selector;
        selectors[21] = _handler.draw.selector;
        target(address(_handler), selectors);
    }

    /// One function, because the runner plays all its sequences again for each invariant.
    function invariant_01_07_16_TheCourtHoldsWhatItOwes() public view {
        uint256 owed = _handler.owedAsCredit();
        uint256 booked = 0;
        for (uint256 i = 0; i < _handler.COUNT(); ++i) {
            (uint256 held, uint256 seats, bool isCovered, bool isUnchanged) = _handler.accountsOf(i);
            owed += held;
            booked += seats;
            vm.assertTrue(isCovered, "a jury that nobody pays");
            vm.assertTrue(isUnchanged, "a ruling changed");
        }
        vm.assertEq(_handler.heldByCourt(), owed, "the court's balance");
        vm.assertEq(_handler.seated(), booked, "stake locked in seats");
    }

    /// Every state has an exit that anyone can use: tried at the end of each sequence.
    function afterInvariant() public {
        _handler.endAllByTimeout();
        vm.assertEq(_handler.seated(), 0, "seats locked for ever");
        vm.assertEq(_handler.heldByCourt(), _handler.owedAsCredit(), "money held for ever");
    }
}

/// Invariant 19: whatever the parties do, a dispute whose steps anyone takes as soon as they can be taken is ruled within longestDispute.
contract Invariant19_ADisputeEnds is OverChannel {
    uint256 private _firstTime;
    uint256 private _firstBlock;

    function testFuzz_WhenEverythingTakesAsLongAsItMay_ItIsRuledInTime(uint8 luck) public {
        (_firstTime, _firstBlock) = (block.timestamp, height);
        _openOver(RIGHT_RESULT);
        for (uint256 round = 0; round < 3; ++round) {
            bool stalls = (luck >> round) & 1 == 1;
            _drawLate(stalls);
            _wait(uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW + CourtDefaults.APPEAL_WINDOW);
            // Nobody voted, so either may appeal.
            bool isAppealed = round < 2 && (luck >> (3 + round)) & 1 == 1;
            if (!isAppealed) break;
            _appeal((luck >> 5) & 1 == 1 ? requester : provider);
        }
        if (_dispute().status == DisputeStatus.VOTING) _wait(block.timestamp + 1);
        court.rule(matter);
        vm.assertLe(block.timestamp - _firstTime, court.longestDispute(), "longer than it may");
    }

    /// In the last block in which it can be drawn, after one missed seed where it stalls.
    function _drawLate(bool stalls) private {
        _wait(uint256(_dispute().evidenceBy) + 1);
        if (stalls) {
            _waitForBlock(uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
            court.reseed(matter);
        }
        _waitForBlock(uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS);
        court.draw(matter);
    }

    /// Blocks come every 12 seconds, exactly.
    function _wait(uint256 until) private {
        if (block.timestamp < until) vm.warp(until);
        _roll(_firstBlock + (block.timestamp - _firstTime) / 12);
    }

    function _waitForBlock(uint256 number) private {
        if (height < number) _wait(_firstTime + (number - _firstBlock) * 12);
    }
}
