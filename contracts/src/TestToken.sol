// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// Play money for local chains: anyone may mint. It cannot be deployed anywhere else.
contract TestToken is ERC20Permit {
    error LocalChainsOnly(uint256 chainId);

    constructor() ERC20("Souk Test USD", "tUSD") ERC20Permit("Souk Test USD") {
        if (block.chainid != 31337 && block.chainid != 1337) revert LocalChainsOnly(block.chainid);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// Gives atomic units out of nothing.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
