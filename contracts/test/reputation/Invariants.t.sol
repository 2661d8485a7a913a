// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakeHandler} from "../kit/StakeHandler.sol";
import {InvariantT} from "../kit/T.sol";

/// The stake's invariants by their numbers, 1 and 16, across any sequence of calls. The handler itself asserts that a slash counts once, and
/// that releases and unbondings finish exactly when they may.
contract StakeInvariants is InvariantT {
    StakeHandler private _handler;

    function setUp() public {
        _handler = new StakeHandler();
        bytes4[] memory selectors = new bytes4[](23);
        selectors[0] = _handler.deposit.selector;
        selectors[1] = _handler.allocate.selector;
        selectors[2] = _handler.startRelease.selector;
        selectors[3] = _handler.finishRelease.selector;
        selectors[4] = _handler.startUnbonding.selector;
        selectors[5] = _handler.finishUnbonding.selector;
        selectors[6] = _handler.joinJury.selector;
        selectors[7] = _handler.leaveJury.selector;
        selectors[8] = _handler.lock.selector;
        selectors[9] = _handler.unlock.selector;
        selectors[10] = _handler.hold.selector;
        selectors[11] = _handler.endHold.selector;
        selectors[12] = _handler.pin.selector;
        selectors[13] = _handler.unpin.selector;
        selectors[14] = _handler.seize.selector;
        selectors[15] = _handler.slash.selector;
        selectors[16] = _handler.takeSnapshot.selector;
        selectors[17] = _handler.seatJury.selector;
        selectors[18] = _handler.settleSeat.selector;
        selectors[19] = _handler.withdrawCredit.selector;
        selectors[20] = _handler.blockReceiver.selector;
        selectors[21] = _handler.pass.selector;
        selectors[22] = _handler.togglePause.selector;
        target(address(_handler), selectors);
    }

    /// One function, because the runner plays all its sequences again for each invariant.
    function invariant_01_16_LockedIsWithinStakeAndLeavesOnlyUnlocked() public view {
        uint256 totals = 0;
        uint256 pledges = 0;
        uint32 members = 0;
        for (uint256 i = 0; i < _handler.COUNT(); ++i) {
            address agent = _handler.agentAt(i);
            totals += lockedIsWithinStakeAndBacksOneThing(agent);
            seatsAreCoveredUntilTheyEnd(agent);
            uint96 pledged = _handler.pledgeOf(agent);
            pledges += pledged;
            if (pledged > 0) ++members;
        }
        balanceIsStakeCreditsAndWhatWasBurned(totals);
        theJuryIsItsPledges(members, pledges);
    }

    /// Snapshots never change, whatever is pledged later: checked at the end of each sequence.
    function afterInvariant() public view {
        vm.assertTrue(_handler.areSnapshotsAsTheyWere(), "a snapshot changed");
    }

    function lockedIsWithinStakeAndBacksOneThing(address agent) private view returns (uint256) {
        (uint256 total, uint256 committed) = _handler.accountOf(agent);
        vm.assertLe(committed, total, "locked within stake");
        vm.assertEq(committed, _handler.partsOf(agent), "committed is the sum of its parts");
        return total;
    }

    function seatsAreCoveredUntilTheyEnd(address agent) private view {
        (uint256 seated, uint256 booked, uint256 covers) = _handler.seatsOf(agent);
        vm.assertEq(seated, booked, "seats");
        vm.assertLe(seated, covers, "a seat without stake");
    }

    function balanceIsStakeCreditsAndWhatWasBurned(uint256 totals) private view {
        (uint256 held, uint256 unowned) = _handler.heldAndUnowned();
        vm.assertEq(held, totals + unowned, "balance");
    }

    function theJuryIsItsPledges(uint32 members, uint256 pledges) private view {
        (uint32 membersNow, uint96 total) = _handler.juryOf();
        vm.assertEq(membersNow, members, "members");
        vm.assertEq(total, pledges, "pledges");
    }
}
