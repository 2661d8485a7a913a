// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JurySnapshot} from "../interfaces/IJury.sol";

/// Weights in a binary sum tree whose older versions stay readable. A node is one storage word: its children and the sums below them.
/// A change writes one node per level. It copies only nodes that belong to a snapshot, so taking one costs a single word, and a draw
/// from it reads one word per level.
library JuryTree {
    /// A child id of 0 is an empty subtree, or a leaf on level 1: leaves are the sums of their parents.
    struct Node {
        uint32 left;
        uint32 right;
        uint96 leftSum;
        uint96 rightSum;
    }

    /// @param nodes The highest node id in use.
    /// @param frozen Nodes up to this id belong to a snapshot and never change again.
    /// @param leaves Leaves ever given out: an agent keeps its leaf, or older snapshots would name another.
    /// @param members Leaves with a weight.
    struct Root {
        uint32 node;
        uint32 nodes;
        uint32 frozen;
        uint32 leaves;
        uint24 members;
        uint8 depth;
        uint96 total;
    }

    struct Tree {
        Root root;
        mapping(uint32 id => Node) nodes;
    }

    /// A leaf's share of the line from 0 to the sum of all weights.
    struct Interval {
        uint32 leaf;
        uint96 start;
        uint96 weight;
    }

    /// Gives out the next leaf, without weight.
    function addLeaf(Tree storage tree) internal returns (uint32 leaf) {
        Root memory root = tree.root;
        leaf = root.leaves++;
        if (leaf >> root.depth > 0) {
            // The old tree becomes the left half of one twice as large.
            if (root.node != 0) {
                tree.nodes[++root.nodes] = Node({left: root.node, right: 0, leftSum: root.total, rightSum: 0});
                root.node = root.nodes;
            }
            ++root.depth;
        } else if (root.depth == 0) {
            root.depth = 1;
        }
        tree.root = root;
    }

    /// Gives a leaf another weight.
    function set(Tree storage tree, uint32 leaf, uint96 weight) internal {
        Root memory root = tree.root;
        uint96 before;
        (root.node, before) = _set(tree, root, root.node, root.depth, leaf, weight);
        root.total = root.total - before + weight;
        if (before == 0 && weight > 0) ++root.members;
        else if (before > 0 && weight == 0) --root.members;
        tree.root = root;
    }

    function takeSnapshot(Tree storage tree) internal returns (JurySnapshot memory) {
        Root memory root = tree.root;
        if (root.frozen != root.nodes) tree.root.frozen = root.nodes;
        return JurySnapshot({root: root.node, depth: root.depth, total: root.total});
    }

    /// The leaf whose interval holds a point below the snapshot's total.
    function leafAt(Tree storage tree, JurySnapshot memory snapshot, uint96 point)
        internal
        view
        returns (Interval memory found)
    {
        uint32 id = snapshot.root;
        for (uint256 level = snapshot.depth; level > 0; --level) {
            Node memory node = tree.nodes[id];
            bool isRight = point - found.start >= node.leftSum;
            if (isRight) {
                found.start += node.leftSum;
                found.leaf |= uint32(1 << (level - 1));
            }
            (id, found.weight) = isRight ? (node.right, node.rightSum) : (node.left, node.leftSum);
        }
    }

    /// A leaf's interval; without weight where the leaf had none or was given out later.
    function intervalOf(Tree storage tree, JurySnapshot memory snapshot, uint32 leaf)
        internal
        view
        returns (Interval memory found)
    {
        found.leaf = leaf;
        if (leaf >> snapshot.depth > 0) return found;
        uint32 id = snapshot.root;
        for (uint256 level = snapshot.depth; level > 0; --level) {
            Node memory node = tree.nodes[id];
            bool isRight = (leaf >> (level - 1)) & 1 == 1;
            if (isRight) found.start += node.leftSum;
            (id, found.weight) = isRight ? (node.right, node.rightSum) : (node.left, node.leftSum);
        }
    }

    function _set(Tree storage tree, Root memory root, uint32 id, uint256 level, uint32 leaf, uint96 weight)
        private
        returns (uint32 written, uint96 before)
    {
        Node memory node = tree.nodes[id];
        bool isRight = (leaf >> (level - 1)) & 1 == 1;
        before = isRight ? node.rightSum : node.leftSum;
        if (level > 1) {
            uint32 child = isRight ? node.right : node.left;
            uint96 sum = before;
            (child, before) = _set(tree, root, child, level - 1, leaf, weight);
            weight = sum - before + weight;
            if (isRight) node.right = child;
            else node.left = child;
        }
        if (isRight) node.rightSum = weight;
        else node.leftSum = weight;
        written = id == 0 || id <= root.frozen ? ++root.nodes : id;
        tree.nodes[written] = node;
    }
}
