// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchor, IReputation, ReceiptLeaf} from "../../src/interfaces/IReputation.sol";
import {StakeKit} from "../kit/StakeKit.sol";

contract GivenReceiptsOfADay is StakeKit {
    uint32 private _today;
    ReceiptLeaf[] private _leaves;
    bytes32[2] private _pairs;
    Anchor private _anchor;

    function setUp() public override {
        super.setUp();
        _today = uint32(block.timestamp / 1 days);
        for (uint64 i = 0; i < 4; ++i) {
            _leaves.push(ReceiptLeaf(i, keccak256(abi.encode("agreement", i)), keccak256(abi.encode("receipt", i))));
        }
        _pairs[0] = _pair(_hash(_leaves[0]), _hash(_leaves[1]));
        _pairs[1] = _pair(_hash(_leaves[2]), _hash(_leaves[3]));
        _anchor = Anchor({receiptsRoot: _pair(_pairs[0], _pairs[1]), count: 4, value: 12e6});
    }

    function test_WhenAnchored_EachReceiptIsProved() public {
        vm.expectEmit(address(reputation));
        emit IReputation.Anchored(alice, _today, _anchor.receiptsRoot, 4, 12e6);
        vm.prank(alice);
        reputation.anchor(_today, _anchor);
        vm.assertEq(reputation.anchorOf(alice, _today), keccak256(abi.encode(_anchor)));
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertTrue(reputation.proveReceipt(alice, _today, _anchor, _leaves[i], _proof(i)));
        }
    }

    function test_WhenAnythingDiffers_NothingIsProved() public {
        vm.prank(alice);
        reputation.anchor(_today, _anchor);
        bytes32[] memory proof = _proof(0);
        Anchor memory other = _anchor;
        other.count = 5;
        vm.assertFalse(reputation.proveReceipt(alice, _today, other, _leaves[0], proof), "count");
        other = _anchor;
        other.receiptsRoot = _hash(_leaves[0]);
        vm.assertFalse(reputation.proveReceipt(alice, _today, other, _leaves[0], new bytes32[](0)), "root");
        vm.assertFalse(reputation.proveReceipt(bob, _today, _anchor, _leaves[0], proof), "agent");
        vm.assertFalse(reputation.proveReceipt(alice, _today - 1, _anchor, _leaves[0], proof), "epoch");
        vm.assertFalse(reputation.proveReceipt(alice, _today, _anchor, _leaves[1], proof), "leaf");
        ReceiptLeaf memory renumbered = _leaves[0];
        renumbered.providerSeq = 7;
        vm.assertFalse(reputation.proveReceipt(alice, _today, _anchor, renumbered, proof), "number");
        vm.assertFalse(reputation.proveReceipt(alice, _today, _anchor, _leaves[0], new bytes32[](0)), "proof");
    }

    function test_WhenAnInnerNodeIsShownAsALeaf_ItIsNotProved() public {
        vm.prank(alice);
        reputation.anchor(_today, _anchor);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = _pairs[1];
        ReceiptLeaf memory forged = ReceiptLeaf(0, _hash(_leaves[0]), _hash(_leaves[1]));
        vm.assertFalse(reputation.proveReceipt(alice, _today, _anchor, forged, proof), "inner node");
    }

    function test_WhenAnchoredAgain_ItRefuses() public {
        vm.startPrank(alice);
        reputation.anchor(_today, _anchor);
        vm.expectRevert(abi.encodeWithSelector(IReputation.AlreadyAnchored.selector, alice, _today));
        reputation.anchor(_today, _anchor);
        reputation.anchor(_today - 1, _anchor);
        vm.stopPrank();
        vm.prank(bob);
        reputation.anchor(_today, _anchor);
    }

    function test_WhenTheDayHasNotBegun_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.EpochNotBegun.selector, _today + 1, _today));
        vm.prank(alice);
        reputation.anchor(_today + 1, _anchor);
    }

    function _hash(ReceiptLeaf memory leaf) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.providerSeq, leaf.agreementHash, leaf.receiptHash))));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _proof(uint256 index) private view returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        proof[0] = _hash(_leaves[index ^ 1]);
        proof[1] = _pairs[1 - index / 2];
    }
}

contract GivenAnAgentToVouchFor is StakeKit {
    function test_WhenVouchedFor_PointsAreLent() public {
        vm.expectEmit(address(reputation));
        emit IReputation.Vouched(bob, alice, 500);
        _vouch(500);
        (uint16 points, uint40 since, uint40 endsAt) = reputation.vouchOf(bob, alice);
        vm.assertEq(points, 500);
        vm.assertEq(since, block.timestamp);
        vm.assertEq(endsAt, 0);
    }

    function test_WhenItIsForNothingTooMuchOrOneself_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.VouchRefused.selector, bob, 0));
        _vouch(0);
        vm.expectRevert(abi.encodeWithSelector(IReputation.VouchRefused.selector, bob, 10_001));
        _vouch(10_001);
        vm.expectRevert(abi.encodeWithSelector(IReputation.VouchRefused.selector, alice, 1));
        vm.prank(alice);
        reputation.vouch(alice, 1);
        _vouch(10_000);
    }

    function test_WhenVouchedForTwice_ItRefuses() public {
        _vouch(1);
        vm.expectRevert(abi.encodeWithSelector(IReputation.AlreadyVouched.selector, bob, alice));
        _vouch(2);
    }

    function test_WhenItEnds_ItLastsForTheDelay() public {
        _vouch(1);
        uint40 endsAt = uint40(block.timestamp) + DELAY;
        vm.expectEmit(address(reputation));
        emit IReputation.VouchEnding(bob, alice, endsAt);
        vm.prank(alice);
        reputation.endVouch(bob);
        vm.warp(endsAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IReputation.AlreadyVouched.selector, bob, alice));
        _vouch(2);
        vm.warp(endsAt);
        _vouch(2);
        (uint16 points,, uint40 endsAtNow) = reputation.vouchOf(bob, alice);
        vm.assertEq(points, 2);
        vm.assertEq(endsAtNow, 0);
    }

    function test_WhenThereIsNothingToEnd_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IReputation.NoVouch.selector, bob, alice));
        vm.prank(alice);
        reputation.endVouch(bob);
        _vouch(1);
        vm.startPrank(alice);
        reputation.endVouch(bob);
        vm.expectRevert(abi.encodeWithSelector(IReputation.NoVouch.selector, bob, alice));
        reputation.endVouch(bob);
    }

    function _vouch(uint16 points) private {
        vm.prank(alice);
        reputation.vouch(bob, points);
    }
}
