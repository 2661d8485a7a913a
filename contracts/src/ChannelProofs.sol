// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Authority, ChannelId, IPaymentChannel, SignedPromise} from "./interfaces/IPaymentChannel.sol";
import {AgreedParams} from "./libraries/AgreedParams.sol";
import {ChannelTypes} from "./libraries/ChannelTypes.sol";
import {PlainSignature} from "./libraries/PlainSignature.sol";

/// Who signed what for a channel. A submission needs the other side's signature only: the submitter's consent is the call.
abstract contract ChannelProofs is IPaymentChannel, EIP712 {
    constructor() EIP712("Souk", "1") {}

    function _isPromiseBy(address signer, ChannelId id, SignedPromise calldata signedPromise, bool fromA)
        internal
        view
        returns (bool)
    {
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashPayState(id, fromA, signedPromise));
        return PlainSignature.isBy(signer, digest, signedPromise.signature);
    }

    function _requirePromise(
        ChannelId id,
        AgreedParams agreed,
        uint16 epoch,
        SignedPromise calldata signedPromise,
        bool fromA
    ) internal view {
        uint16 given = signedPromise.epoch;
        if (given != epoch) revert WrongEpoch(given, epoch);
        address signer = fromA ? agreed.signerA() : agreed.signerB();
        if (!_isPromiseBy(signer, id, signedPromise, fromA)) revert NotSignedBy(signer);
    }

    function _requireBoth(AgreedParams agreed, bytes32 structHash, bytes calldata signatureA, bytes calldata signatureB)
        internal
        view
    {
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!PlainSignature.isBy(agreed.signerA(), digest, signatureA)) revert NotSignedBy(agreed.signerA());
        if (!PlainSignature.isBy(agreed.signerB(), digest, signatureB)) revert NotSignedBy(agreed.signerB());
    }

    /// The signer for whom the caller may act as a watchtower; zero where nobody signed.
    function _clientOf(ChannelId id, Authority calldata authority) internal view returns (address) {
        if (block.timestamp > authority.validUntil) revert AuthorityExpired(authority.validUntil, block.timestamp);
        bytes32 digest = _hashTypedDataV4(ChannelTypes.hashActFor(id, msg.sender, authority.validUntil));
        return PlainSignature.signerOf(digest, authority.signature);
    }
}
