// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JurySnapshot} from "../../src/interfaces/IJury.sol";
import {JuryDraw} from "../../src/libraries/JuryDraw.sol";
import {JuryTree} from "../../src/libraries/JuryTree.sol";
import {T} from "../kit/T.sol";

/// A tree and, beside it, the same weights in a plain array.
contract GivenATreeOfWeights is T {
    using JuryTree for JuryTree.Tree;
    using JuryDraw for JuryDraw.Draw;

    JuryTree.Tree private _tree;
    uint96[] private _weights;

    function test_WhenEmpty_NothingIsDrawn() public {
        JurySnapshot memory snapshot = _tree.takeSnapshot();
        vm.assertEq(snapshot.total, 0);
        vm.assertEq(JuryDraw.begin(snapshot, "seed", 3).left, 0);
        vm.assertEq(_tree.intervalOf(snapshot, 0).weight, 0);
    }

    function test_WhenLeavesAreAdded_TheyKeepTheirPlaceAsTheTreeGrows() public {
        for (uint96 i = 0; i < 70; ++i) {
            vm.assertEq(_add(i + 1), i);
            _assertSame(_tree.takeSnapshot(), _weights);
        }
        vm.assertEq(_tree.root.depth, 7);
        vm.assertEq(_tree.root.members, 70);
    }

    function testFuzz_WhateverChanges_ItHoldsTheSameWeights(uint256 seed, uint8 leaves) public {
        leaves = uint8(bound(leaves, 1, 33));
        for (uint256 i = 0; i < leaves; ++i) {
            _add(_random(seed, i, 3) == 0 ? 0 : uint96(_random(seed, i, 1e12)));
        }
        for (uint256 i = 0; i < 40; ++i) {
            _change(uint32(_random(seed, 100 + i, leaves)), i % 3 == 0 ? 0 : uint96(_random(seed, 200 + i, 1e12)));
        }
        _assertSame(_tree.takeSnapshot(), _weights);
    }

    function testFuzz_WhateverFollows_ASnapshotStaysAsItWas(uint256 seed, uint8 leaves, uint8 later) public {
        leaves = uint8(bound(leaves, 1, 20));
        later = uint8(bound(later, 0, 20));
        JurySnapshot[3] memory snapshots;
        uint96[][3] memory weights;
        for (uint256 round = 0; round < 3; ++round) {
            for (uint256 i = 0; i < (round == 0 ? leaves : later); ++i) {
                _add(uint96(_random(seed, 1000 * round + i, 1e12)));
            }
            for (uint256 i = 0; i < 6; ++i) {
                uint32 leaf = uint32(_random(seed, 1000 * round + 100 + i, _weights.length));
                _change(leaf, uint96(_random(seed, 1000 * round + 200 + i, 1e12)));
            }
            snapshots[round] = _tree.takeSnapshot();
            weights[round] = _weights;
        }
        for (uint256 round = 0; round < 3; ++round) {
            _assertSame(snapshots[round], weights[round]);
        }
    }

    function test_WhenWeightsAreTheGreatest_SumsDoNotOverflow() public {
        _add(type(uint96).max - 1);
        _add(1);
        _assertSame(_tree.takeSnapshot(), _weights);
        uint32 leaf = _tree.addLeaf();
        vm.expectRevert();
        this.setOutside(leaf, 1);
    }

    function setOutside(uint32 leaf, uint96 weight) external {
        _tree.set(leaf, weight);
    }

    function testFuzz_WhoeverIsDrawn_HasWeightAndIsDrawnOnce(uint256 seed, uint8 leaves, uint8 seats, uint8 cuts)
        public
    {
        leaves = uint8(bound(leaves, 1, 40));
        for (uint256 i = 0; i < leaves; ++i) {
            _add(uint96(_random(seed, i, 4)));
        }
        JurySnapshot memory snapshot = _tree.takeSnapshot();
        uint256 excluded = bound(cuts, 0, 10);
        JuryDraw.Draw memory draw = JuryDraw.begin(snapshot, bytes32(seed), uint256(leaves) + excluded);
        bool[] memory isOut = new bool[](leaves);
        uint96 left = snapshot.total;
        for (uint256 i = 0; i < excluded; ++i) {
            uint256 leaf = _random(seed, 500 + i, leaves);
            draw.exclude(_tree, uint32(leaf));
            if (!isOut[leaf]) left -= _weights[leaf];
            isOut[leaf] = true;
        }
        for (uint256 i = 0; i < seats && draw.left > 0; ++i) {
            vm.assertEq(draw.left, left, "left");
            uint32 leaf = draw.next(_tree);
            vm.assertFalse(isOut[leaf], "drawn twice or excluded");
            vm.assertGe(_weights[leaf], 1, "drawn without weight");
            isOut[leaf] = true;
            left -= _weights[leaf];
        }
        vm.assertEq(draw.left, left, "left at the end");
    }

    /// The same draw done the slow way: a line of all weights that are still in, and a walk along it.
    function testFuzz_ADrawIsAWalkAlongTheLine(uint256 seed, uint8 leaves) public {
        leaves = uint8(bound(leaves, 1, 24));
        for (uint256 i = 0; i < leaves; ++i) {
            _add(uint96(_random(seed, i, 1e9)));
        }
        JuryDraw.Draw memory draw = JuryDraw.begin(_tree.takeSnapshot(), bytes32(seed), leaves);
        uint96[] memory line = _weights;
        for (uint256 attempt = 0; draw.left > 0; ++attempt) {
            uint256 point = uint256(keccak256(abi.encode(bytes32(seed), attempt))) % draw.left;
            uint32 expected = 0;
            while (point >= line[expected]) point -= line[expected++];
            vm.assertEq(draw.next(_tree), expected, "drawn");
            line[expected] = 0;
        }
    }

    /// Of 3,000 draws, a leaf with a tenth of the weight is first in 300, give or take five standard deviations.
    function test_DrawsFollowTheWeights() public {
        uint96[4] memory weights = [uint96(100), 200, 300, 400];
        for (uint256 i = 0; i < 4; ++i) {
            _add(weights[i]);
        }
        JurySnapshot memory snapshot = _tree.takeSnapshot();
        uint256[4] memory firsts;
        for (uint256 i = 0; i < 3000; ++i) {
            JuryDraw.Draw memory draw = JuryDraw.begin(snapshot, keccak256(abi.encode(i)), 1);
            ++firsts[draw.next(_tree)];
        }
        for (uint256 i = 0; i < 4; ++i) {
            uint256 expected = 3 * weights[i];
            vm.assertGe(firsts[i] + 140, expected, "too seldom");
            vm.assertLe(firsts[i], expected + 140, "too often");
        }
    }

    // The tree and its mirror

    function _add(uint96 weight) private returns (uint32 leaf) {
        leaf = _tree.addLeaf();
        _weights.push(weight);
        _tree.set(leaf, weight);
    }

    function _change(uint32 leaf, uint96 weight) private {
        _weights[leaf] = weight;
        _tree.set(leaf, weight);
    }

    function _random(uint256 seed, uint256 index, uint256 below) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, "random", index))) % below;
    }

    function _assertSame(JurySnapshot memory snapshot, uint96[] memory weights) private view {
        uint96 start = 0;
        for (uint32 leaf = 0; leaf < weights.length; ++leaf) {
            JuryTree.Interval memory interval = _tree.intervalOf(snapshot, leaf);
            vm.assertEq(interval.weight, weights[leaf], "weight");
            if (weights[leaf] == 0) continue;
            vm.assertEq(interval.start, start, "start");
            vm.assertEq(_tree.leafAt(snapshot, start).leaf, leaf, "first point");
            start += weights[leaf];
            JuryTree.Interval memory last = _tree.leafAt(snapshot, start - 1);
            vm.assertEq(last.leaf, leaf, "last point");
            vm.assertEq(last.start, interval.start, "start of the leaf");
            vm.assertEq(last.weight, interval.weight, "weight of the leaf");
        }
        vm.assertEq(snapshot.total, start, "total");
        vm.assertEq(_tree.intervalOf(snapshot, uint32(weights.length)).weight, 0, "no further leaf");
    }
}
