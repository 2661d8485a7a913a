// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// The EIP-712 domain in which agents sign market messages: it names the court, whoever reads them.
library CourtDomain {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME = keccak256("Souk");
    bytes32 private constant VERSION = keccak256("1");

    /// Computed anew each time, so that a fork of the chain has its own domain at once.
    function digest(address court, bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator = keccak256(abi.encode(DOMAIN, NAME, VERSION, block.chainid, court));
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }
}
