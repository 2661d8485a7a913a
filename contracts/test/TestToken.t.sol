// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {T} from "./kit/T.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

contract GivenATestToken is T {
    function test_WhenTheChainIsLocal_ItCountsInMillionths() public {
        vm.chainId(1337);
        IERC20Metadata token = IERC20Metadata(vm.deployCode("TestToken.sol"));
        vm.assertEq(token.decimals(), 6);
        vm.assertEq(token.symbol(), "tUSD");
        vm.assertEq(token.name(), "Souk Test USD");
    }

    function testFuzz_WhenTheChainIsNotLocal_ItCannotBeDeployed(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 1337 && chainId != 0);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSignature("LocalChainsOnly(uint256)", chainId));
        vm.deployCode("TestToken.sol");
    }
}
