// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EntryRules} from "./EntryRules.sol";
import {JuryPledges} from "./JuryPledges.sol";
import {Anchor, AppealResult, ReceiptLeaf} from "./interfaces/IReputation.sol";

/// Stake, jury and the public record of agents. See IReputation for the rules; stake is in StakeAccounts, the jury in JuryPledges.
contract ReputationContract is JuryPledges {
    /// What may be lent at most: a whole score, in hundredths of a point.
    uint16 private constant MAX_POINTS = 10_000;

    struct Vouch {
        uint16 points;
        uint40 since;
        uint40 endsAt;
    }

    mapping(address agent => mapping(uint32 epoch => bytes32 anchorHash)) public anchorOf;
    mapping(address agent => mapping(address voucher => Vouch)) public vouchOf;
    mapping(address agent => mapping(bytes32 penalty => AppealResult)) public appealOf;

    /// @param delay Seconds; must be longer than the escrow's longest agreement and the arbiter's longest dispute together.
    /// @param tokens May be staked from the start, without a cap.
    constructor(address escrow_, address arbiter_, uint32 delay, address owner, address[] memory tokens)
        EntryRules(owner, tokens)
    {
        (escrow, arbiter, releaseDelay) = (escrow_, arbiter_, delay);
    }

    function anchor(uint32 epoch, Anchor calldata anchored) external {
        // Checks
        uint256 current = block.timestamp / 1 days;
        if (epoch > current) revert EpochNotBegun(epoch, current);
        if (anchorOf[msg.sender][epoch] != 0) revert AlreadyAnchored(msg.sender, epoch);
        // Effects
        anchorOf[msg.sender][epoch] = keccak256(abi.encode(anchored));
        emit Anchored(msg.sender, epoch, anchored.receiptsRoot, anchored.count, anchored.value);
    }

    function vouch(address agent, uint16 points) external whenNotPaused {
        // Checks
        if (agent == msg.sender || points == 0 || points > MAX_POINTS) revert VouchRefused(agent, points);
        Vouch storage stored = vouchOf[agent][msg.sender];
        bool isOver = stored.endsAt != 0 && block.timestamp >= stored.endsAt;
        if (stored.points != 0 && !isOver) revert AlreadyVouched(agent, msg.sender);
        // Effects
        (stored.points, stored.since, stored.endsAt) = (points, uint40(block.timestamp), 0);
        emit Vouched(agent, msg.sender, points);
    }

    function endVouch(address agent) external {
        // Checks
        Vouch storage stored = vouchOf[agent][msg.sender];
        if (stored.points == 0 || stored.endsAt != 0) revert NoVouch(agent, msg.sender);
        // Effects
        stored.endsAt = _afterDelay();
        emit VouchEnding(agent, msg.sender, stored.endsAt);
    }

    function recordAppeal(address agent, bytes32 penalty, bool isStruck) external onlyArbiter {
        // Checks
        if (appealOf[agent][penalty] != AppealResult.NONE) revert AlreadyAppealed(agent, penalty);
        // Effects
        AppealResult result = isStruck ? AppealResult.STRUCK : AppealResult.DISMISSED;
        appealOf[agent][penalty] = result;
        emit AppealRecorded(agent, penalty, result);
    }

    function proveReceipt(
        address agent,
        uint32 epoch,
        Anchor calldata anchored,
        ReceiptLeaf calldata leaf,
        bytes32[] calldata proof
    ) external view returns (bool) {
        if (anchorOf[agent][epoch] != keccak256(abi.encode(anchored))) return false;
        bytes32 hash = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        return MerkleProof.verifyCalldata(proof, anchored.receiptsRoot, hash);
    }
}
