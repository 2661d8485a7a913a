// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// Signatures of plain keys: 65 bytes r, s, v, low-s, v 27 or 28. No compact form, no ERC-1271, so one signature has one encoding and
/// stays valid whatever code its signer's account gains later.
library PlainSignature {
    function isBy(address signer, bytes32 digest, bytes calldata signature) internal pure returns (bool) {
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
