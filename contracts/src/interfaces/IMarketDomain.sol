// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketTypes} from "../libraries/MarketTypes.sol";

/// The court that may have to read the market's signed messages: they are all signed for its address. Each digest function returns
/// the EIP-712 digest that a plain ECDSA key signs.
interface IMarketDomain {
    /// An agreement's digest is also its name: agreementHash in progress, refund and receipt.
    error NotSignedBy(address agent);

    function auctionDigest(MarketTypes.Auction calldata message) external view returns (bytes32);

    function bidDigest(MarketTypes.Bid calldata message) external view returns (bytes32);

    function awardDigest(MarketTypes.Award calldata message) external view returns (bytes32);

    function agreementDigest(MarketTypes.Agreement calldata message) external view returns (bytes32);

    function progressDigest(MarketTypes.Progress calldata message) external view returns (bytes32);

    function refundDigest(MarketTypes.Refund calldata message) external view returns (bytes32);

    function receiptDigest(MarketTypes.Receipt calldata message) external view returns (bytes32);

    function acceptanceDigest(MarketTypes.Acceptance calldata message) external view returns (bytes32);

    function cancelAuctionDigest(MarketTypes.CancelAuction calldata message) external view returns (bytes32);

    /// Reverts unless both agents named in the agreement signed it with plain, 65-byte, low-s signatures.
    /// @return agreementHash The agreement's digest.
    function requireAgreement(
        MarketTypes.Agreement calldata agreement,
        bytes calldata requesterSignature,
        bytes calldata providerSignature
    ) external view returns (bytes32 agreementHash);
}
