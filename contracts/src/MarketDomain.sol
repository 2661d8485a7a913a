// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IMarketDomain} from "./interfaces/IMarketDomain.sol";
import {CalldataWords} from "./libraries/CalldataWords.sol";
import {CourtDomain} from "./libraries/CourtDomain.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";

/// The signing domain of market messages, and the check that an agreement was signed by both its agents.
abstract contract MarketDomain is IMarketDomain, IERC5267 {
    using CalldataWords for *;

    function auctionDigest(MarketTypes.Auction calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function bidDigest(MarketTypes.Bid calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function awardDigest(MarketTypes.Award calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function agreementDigest(MarketTypes.Agreement calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function progressDigest(MarketTypes.Progress calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function refundDigest(MarketTypes.Refund calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function receiptDigest(MarketTypes.Receipt calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function acceptanceDigest(MarketTypes.Acceptance calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function cancelAuctionDigest(MarketTypes.CancelAuction calldata message) external view returns (bytes32) {
        return _digest(message.hash());
    }

    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", "Souk", "1", block.chainid, address(this), 0, extensions);
    }

    function requireAgreement(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) public view returns (bytes32 agreementHash) {
        agreementHash = _digest(agreement.hash());
        _requireBy(agreement.requester, agreementHash, requesterSignature);
        _requireBy(agreement.provider, agreementHash, providerSignature);
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return CourtDomain.digest(address(this), structHash);
    }

    function _requireBy(address agent, bytes32 digest, bytes calldata signature) internal pure {
        if (!PlainSignature.isBy(agent, digest, signature)) revert NotSignedBy(agent);
    }
}
