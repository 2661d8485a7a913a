// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDisputeArbiter} from "./interfaces/IDisputeArbiter.sol";
import {MarketTypes} from "./libraries/MarketTypes.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";

/// The signing domain of market messages, and the check that an agreement was signed by both its agents.
contract DisputeArbiterContract is IDisputeArbiter, EIP712 {
    using MarketTypes for *;

    constructor() EIP712("Souk", "1") {}

    function auctionDigest(MarketTypes.Auction calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function bidDigest(MarketTypes.Bid calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function awardDigest(MarketTypes.Award calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function agreementDigest(MarketTypes.Agreement calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function progressDigest(MarketTypes.Progress calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function refundDigest(MarketTypes.Refund calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function receiptDigest(MarketTypes.Receipt calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function acceptanceDigest(MarketTypes.Acceptance calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function cancelAuctionDigest(MarketTypes.CancelAuction calldata message) external view returns (bytes32) {
        return _hashTypedDataV4(message.hash());
    }

    function requireAgreement(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external view returns (bytes32 agreementHash) {
        agreementHash = _hashTypedDataV4(agreement.hash());
        _requireSigned(agreement.requester, agreementHash, requesterSignature);
        _requireSigned(agreement.provider, agreementHash, providerSignature);
    }

    function _requireSigned(address agent, bytes32 digest, bytes calldata signature) private pure {
        if (!PlainSignature.isBy(agent, digest, signature)) revert AgreementNotSignedBy(agent);
    }
}
