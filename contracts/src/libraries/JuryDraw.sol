// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JurySnapshot} from "../interfaces/IJury.sol";
import {JuryTree} from "./JuryTree.sol";

/// Draws leaves of a snapshot one after another, weighted and without replacement: what is out of the draw is cut out of the line that
/// a point is chosen on, so no attempt is wasted.
library JuryDraw {
    using JuryTree for JuryTree.Tree;

    /// @param left The sum of the weights that may still be drawn.
    /// @param cuts Intervals out of the draw, in order of their start; the first `count` are in use.
    struct Draw {
        JurySnapshot snapshot;
        bytes32 seed;
        uint256 attempts;
        uint96 left;
        uint256 count;
        JuryTree.Interval[] cuts;
    }

    /// @param room How many leaves will be excluded and drawn at most.
    function begin(JurySnapshot memory snapshot, bytes32 seed, uint256 room) internal pure returns (Draw memory draw) {
        draw.snapshot = snapshot;
        draw.seed = seed;
        draw.left = snapshot.total;
        draw.cuts = new JuryTree.Interval[](room);
    }

    /// Takes a leaf out of the draw. Twice is the same as once.
    function exclude(Draw memory draw, JuryTree.Tree storage tree, uint32 leaf) internal view {
        _cut(draw, tree.intervalOf(draw.snapshot, leaf));
    }

    /// The next leaf, which cannot be drawn again. Only while `left` is above zero.
    function next(Draw memory draw, JuryTree.Tree storage tree) internal view returns (uint32) {
        // 256 bits of a hash modulo at most 96: the bias is below 2^-160.
        uint96 point = uint96(uint256(keccak256(abi.encode(draw.seed, draw.attempts++))) % draw.left);
        for (uint256 i = 0; i < draw.count && point >= draw.cuts[i].start; ++i) {
            point += draw.cuts[i].weight;
        }
        JuryTree.Interval memory found = tree.leafAt(draw.snapshot, point);
        _cut(draw, found);
        return found.leaf;
    }

    /// Gives an array that was made for more its true length.
    function shorten(address[] memory list, uint256 length) internal pure {
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }

    function _cut(Draw memory draw, JuryTree.Interval memory interval) private pure {
        if (interval.weight == 0) return;
        uint256 place = draw.count;
        while (place > 0 && draw.cuts[place - 1].start >= interval.start) {
            --place;
            if (draw.cuts[place].start == interval.start) return;
        }
        for (uint256 i = draw.count; i > place; --i) {
            draw.cuts[i] = draw.cuts[i - 1];
        }
        draw.cuts[place] = interval;
        ++draw.count;
        draw.left -= interval.weight;
    }
}
