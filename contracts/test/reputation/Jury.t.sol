// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IJury, JuryOrder, JurySnapshot, SeatOutcome} from "../../src/interfaces/IJury.sol";
import {IStake} from "../../src/interfaces/IStake.sol";
import {StakeKit} from "../kit/StakeKit.sol";

/// Cheat codes that only measuring needs.
interface GasVm {
    function pauseGasMetering() external;
    function resumeGasMetering() external;
    function cool(address target) external;
}

abstract contract JuryKit is StakeKit {
    uint96 internal constant SEAT = 10e6;
    address[] internal agents;

    /// Agents 1 to `count` pledge that many seats each, from the number after the last.
    function _pledge(uint256 count, uint96 amount) internal {
        for (uint256 i = 0; i < count; ++i) {
            address agent = address(uint160(0x10000 + agents.length));
            agents.push(agent);
            _enrich(agent);
            _deposit(agent, amount);
            _join(agent, amount);
        }
    }

    function _contains(address[] memory list, address agent) internal pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == agent) return true;
        }
        return false;
    }

    function _assertDistinct(address[] memory list) internal pure {
        for (uint256 i = 0; i < list.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                vm.assertTrue(list[i] != list[j], "seated twice");
            }
        }
    }

    function _assertJuror(address agent, uint96 pledged, uint96 seated) internal view {
        (uint96 pledgedNow, uint96 seatedNow) = reputation.jurorOf(money, agent);
        vm.assertEq(pledgedNow, pledged, "pledged");
        vm.assertEq(seatedNow, seated, "seated");
    }

    function _assertJury(uint32 members, uint96 total) internal view {
        (uint32 membersNow, uint96 totalNow) = reputation.juryOf(money);
        vm.assertEq(membersNow, members, "members");
        vm.assertEq(totalNow, total, "total");
    }
}

contract GivenAPledge is JuryKit {
    function setUp() public override {
        super.setUp();
        _deposit(alice, STAKE);
        _join(alice, 3 * SEAT);
    }

    function test_ItIsCommittedAndCounts() public view {
        _assertAccount(STAKE, 3 * SEAT);
        _assertJuror(alice, 3 * SEAT, 0);
        _assertJury(1, 3 * SEAT);
    }

    function test_WhenMoreIsPledged_ItAddsUp() public {
        vm.expectEmit(address(reputation));
        emit IJury.JuryJoined(money, alice, 4 * SEAT);
        _join(alice, SEAT);
        _assertJury(1, 4 * SEAT);
    }

    function test_WhenMoreThanIsFree_ItRefuses() public {
        _expectNotFree(STAKE - 3 * SEAT, STAKE);
        _join(alice, STAKE);
    }

    function test_WhenNothing_ItRefuses() public {
        vm.expectRevert(IStake.AmountMissing.selector);
        _join(alice, 0);
        vm.expectRevert(IStake.AmountMissing.selector);
        _leave(alice, 0);
    }

    function test_WhenLeaving_ItIsUnbondingAndCountsNoMore() public {
        vm.expectEmit(address(reputation));
        emit IJury.JuryLeft(money, alice, 0);
        _leave(alice, 3 * SEAT);
        _assertJury(0, 0);
        _assertAccount(STAKE, 3 * SEAT);
        (uint96 amount,) = reputation.unbondingOf(money, alice);
        vm.assertEq(amount, 3 * SEAT);
        _passDelay();
        reputation.finishUnbonding(money, alice);
        _assertAccount(STAKE - 3 * SEAT, 0);
        _join(alice, SEAT);
        _assertJury(1, SEAT);
    }

    function test_WhenMoreLeavesThanIsPledged_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IJury.PledgeMissing.selector, 3 * SEAT, 3 * SEAT + 1));
        _leave(alice, 3 * SEAT + 1);
    }

    function test_WhenALeastPledgeIsSet_NothingBetweenItAndZeroIsLeft() public {
        vm.expectEmit(address(reputation));
        emit IJury.MinPledgeSet(money, 2 * SEAT);
        vm.prank(owner);
        reputation.setMinPledge(money, 2 * SEAT);
        vm.assertEq(reputation.minPledge(money), 2 * SEAT);
        vm.expectRevert(abi.encodeWithSelector(IJury.PledgeTooSmall.selector, 2 * SEAT - 1, 2 * SEAT));
        _leave(alice, SEAT + 1);
        _leave(alice, SEAT);
        _leave(alice, 2 * SEAT);
        vm.expectRevert(abi.encodeWithSelector(IJury.PledgeTooSmall.selector, SEAT, 2 * SEAT));
        _join(alice, SEAT);
    }
}

contract GivenAJury is JuryKit {
    function setUp() public override {
        super.setUp();
        _pledge(12, SEAT);
    }

    function test_WhenSeated_SevenDifferentOnesAreLocked() public {
        address[] memory jurors = _seat(_snapshot(), "seed", 7, SEAT);
        vm.assertEq(jurors.length, 7);
        _assertDistinct(jurors);
        for (uint256 i = 0; i < 7; ++i) {
            _assertJuror(jurors[i], SEAT, SEAT);
        }
    }

    function test_TheDrawFollowsFromTheSeedAlone() public {
        JurySnapshot memory snapshot = _snapshot();
        address[] memory drawn = reputation.drawJury(_ordered(snapshot, "seed", 7));
        vm.warp(block.timestamp + 1 days);
        _pledge(5, 100 * SEAT);
        _leave(agents[0], SEAT);
        address[] memory again = reputation.drawJury(_ordered(snapshot, "seed", 7));
        vm.assertEq(keccak256(abi.encode(drawn)), keccak256(abi.encode(again)));
        vm.assertEq(keccak256(abi.encode(drawn)), keccak256(abi.encode(_seat(snapshot, "seed", 7, SEAT))));
        address[] memory other = reputation.drawJury(_ordered(snapshot, "another", 7));
        vm.assertNotEq(keccak256(abi.encode(drawn)), keccak256(abi.encode(other)), "another seed");
    }

    function testFuzz_TheExcludedAreNeverSeated(bytes32 seed, uint8 first, uint8 second) public {
        address[] memory excluded = new address[](4);
        (excluded[0], excluded[1]) = (agents[first % 12], agents[second % 12]);
        (excluded[2], excluded[3]) = (stranger, excluded[0]);
        JurySnapshot memory snapshot = _snapshot();
        vm.prank(arbiter);
        address[] memory jurors = reputation.seatJury(JuryOrder(money, snapshot, seed, 12, excluded), SEAT);
        vm.assertEq(jurors.length, first % 12 == second % 12 ? 11 : 10);
        _assertDistinct(jurors);
        vm.assertFalse(_contains(jurors, excluded[0]) || _contains(jurors, excluded[1]), "excluded");
    }

    function test_WhenTooFewAreLeft_FewerAreSeated() public {
        vm.assertEq(_seat(_snapshot(), "seed", 31, SEAT).length, 12);
    }

    function test_WhenASeatIsTaken_TheNextIsAnotherOne() public {
        address[] memory first = _seat(_snapshot(), "seed", 7, SEAT);
        address[] memory second = _seat(_snapshot(), "seed", 7, SEAT);
        vm.assertEq(second.length, 5);
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertFalse(_contains(first, second[i]), "one stake, two seats");
        }
    }

    function test_WhenAJurorLeftAfterTheSnapshot_ItIsSeatedAllTheSame() public {
        JurySnapshot memory snapshot = _snapshot();
        for (uint256 i = 0; i < 12; ++i) {
            _leave(agents[i], SEAT);
        }
        _assertJury(0, 0);
        address[] memory jurors = _seat(snapshot, "seed", 7, SEAT);
        vm.assertEq(jurors.length, 7);
        _assertJuror(jurors[0], 0, SEAT);
        _passDelay();
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeIsSeated.selector, jurors[0], SEAT));
        reputation.finishUnbonding(money, jurors[0]);
        _settleSeat(jurors[0], SEAT, 4e6);
        reputation.finishUnbonding(money, jurors[0]);
        (uint96 total, uint96 committed,) = reputation.accountOf(money, jurors[0]);
        vm.assertEq(total + committed, 0);
        vm.assertEq(token.balanceOf(jurors[0]), 1e30 - 4e6);
    }

    function test_WhenAJurorLeftBeforeTheSnapshot_ItIsNotSeated() public {
        _leave(agents[3], SEAT);
        vm.assertFalse(_contains(_seat(_snapshot(), "seed", 12, SEAT), agents[3]), "seated");
    }

    function test_WhenSettled_TheRestIsUnlockedAndTheLossIsTheArbiters() public {
        address juror = _seat(_snapshot(), "seed", 1, SEAT)[0];
        vm.expectEmit(address(reputation));
        emit IJury.SeatSettled(money, juror, SEAT, 5e6);
        _settleSeat(juror, SEAT, 5e6);
        _assertJuror(juror, SEAT - 5e6, 0);
        _assertJury(12, 12 * SEAT - 5e6);
        vm.assertEq(token.balanceOf(arbiter), 5e6);
        (uint96 total, uint96 committed,) = reputation.accountOf(money, juror);
        vm.assertEq(total, SEAT - 5e6);
        vm.assertEq(committed, SEAT - 5e6);
    }

    function test_WhenManyAreSettled_TheArbiterGetsOneSum() public {
        address[] memory jurors = _seat(_snapshot(), "seed", 7, SEAT);
        SeatOutcome[] memory outcomes = new SeatOutcome[](7);
        for (uint256 i = 0; i < 7; ++i) {
            outcomes[i] = SeatOutcome(jurors[i], SEAT, i < 3 ? uint96(5e6) : 0);
        }
        vm.expectCall(money, abi.encodeCall(token.transfer, (arbiter, 15e6)), 1);
        vm.prank(arbiter);
        vm.assertEq(reputation.settleSeats(money, outcomes), 15e6);
        _assertJury(12, 12 * SEAT - 15e6);
    }

    function test_WhenMoreIsSettledThanSeated_ItRefuses() public {
        address juror = _seat(_snapshot(), "seed", 1, SEAT)[0];
        vm.expectRevert(abi.encodeWithSelector(IJury.SeatLocksLess.selector, juror, SEAT, SEAT + 1));
        _settleSeat(juror, SEAT + 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IJury.TakesMoreThanUnlocked.selector, juror, SEAT - 1, SEAT));
        _settleSeat(juror, SEAT - 1, SEAT);
        _settleSeat(juror, SEAT, SEAT);
        vm.expectRevert(abi.encodeWithSelector(IJury.SeatLocksLess.selector, juror, 0, SEAT));
        _settleSeat(juror, SEAT, 0);
    }

    function test_WhenAJurorLeavesWhileSeated_ItLosesFromWhatUnbonds() public {
        address juror = _seat(_snapshot(), "seed", 1, SEAT)[0];
        _leave(juror, SEAT);
        _passDelay();
        vm.expectRevert(abi.encodeWithSelector(IStake.StakeIsSeated.selector, juror, SEAT));
        reputation.finishUnbonding(money, juror);
        _settleSeat(juror, SEAT, SEAT);
        vm.expectRevert(abi.encodeWithSelector(IStake.NothingUnbonding.selector, money, juror));
        reputation.finishUnbonding(money, juror);
        (uint96 total,,) = reputation.accountOf(money, juror);
        vm.assertEq(total, 0);
    }

    function test_WhenPledgesDiffer_TheLargerSitMoreOften() public {
        _pledge(1, 12 * SEAT);
        JurySnapshot memory snapshot = _snapshot();
        uint256 times = 0;
        for (uint256 i = 0; i < 400; ++i) {
            address[] memory drawn = reputation.drawJury(_ordered(snapshot, keccak256(abi.encode(i)), 1));
            if (drawn[0] == agents[12]) ++times;
        }
        vm.assertGe(times, 150, "half of the weight");
        vm.assertLe(times, 250, "half of the weight");
    }
}

contract GivenJuriesOfEverySize is JuryKit {
    event log_named_uint(string key, uint256 value);

    GasVm private constant GAS = GasVm(address(vm));

    /// A draw reads one word per seat and level of the tree, and a pledge writes one per level: from 1,000 to 10,000 jurors a level costs
    /// no more than from 10 to 1,000.
    function test_TheCostOfADrawGrowsWithTheLogarithm() public {
        uint256[3] memory sizes = [uint256(10), 1_000, 10_000];
        uint256[3] memory levels = [uint256(4), 10, 14];
        uint256[3] memory draws;
        uint256[3] memory pledges;
        for (uint256 i = 0; i < 3; ++i) {
            GAS.pauseGasMetering();
            _pledge(sizes[i] - agents.length, SEAT);
            JurySnapshot memory snapshot = _snapshot();
            GAS.resumeGasMetering();
            draws[i] = _measureDraw(snapshot);
            pledges[i] = _measurePledge(agents[sizes[i] / 2]);
            emit log_named_uint(string.concat("seat 7 of ", vm.toString(sizes[i])), draws[i]);
            emit log_named_uint(string.concat("pledge among ", vm.toString(sizes[i])), pledges[i]);
        }
        _assertGrowsWith(levels, draws);
        _assertGrowsWith(levels, pledges);
    }

    function _assertGrowsWith(uint256[3] memory levels, uint256[3] memory costs) private pure {
        uint256 perLevelAtFirst = (costs[1] - costs[0]) / (levels[1] - levels[0]);
        uint256 perLevelLater = (costs[2] - costs[1]) / (levels[2] - levels[1]);
        vm.assertLe(perLevelLater * 10, perLevelAtFirst * 12, "more than with the logarithm");
    }

    function _measureDraw(JurySnapshot memory snapshot) private returns (uint256) {
        JuryOrder memory order = JuryOrder(money, snapshot, keccak256(abi.encode(agents.length)), 7, _two());
        bytes memory call = abi.encodeCall(reputation.seatJury, (order, SEAT));
        return _measure(arbiter, call);
    }

    /// Right after a snapshot, when the whole path has to be copied.
    function _measurePledge(address agent) private returns (uint256) {
        _deposit(agent, 1);
        return _measure(agent, abi.encodeCall(reputation.joinJury, (money, 1)));
    }

    function _measure(address caller, bytes memory call) private returns (uint256) {
        GAS.cool(address(reputation));
        vm.prank(caller);
        uint256 before = gasleft();
        (bool done,) = address(reputation).call(call);
        uint256 used = before - gasleft();
        vm.assertTrue(done);
        return used;
    }

    function _two() private view returns (address[] memory excluded) {
        excluded = new address[](2);
        (excluded[0], excluded[1]) = (agents[0], agents[1]);
    }
}
