// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputeArbiter} from "../../src/interfaces/IDisputeArbiter.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {CourtDefaults} from "./CourtKit.sol";
import {IMarketDomain} from "../../src/interfaces/IMarketDomain.sol";
import {T} from "../kit/T.sol";

/// Digests themselves are held against the vectors in TypedData.t.sol.
contract GivenAnAgreement is T {
    uint256 private constant REQUESTER_KEY = 0xA11CE;
    uint256 private constant PROVIDER_KEY = 0xB0B;

    IDisputeArbiter private _arbiter;
    MarketTypes.Agreement private _agreement;
    bytes private _byRequester;
    bytes private _byProvider;

    function setUp() public {
        _arbiter = IDisputeArbiter(vm.deployCode("DisputeArbiterContract.sol", CourtDefaults.loneArgs()));
        _agreement.requester = vm.addr(REQUESTER_KEY);
        _agreement.provider = vm.addr(PROVIDER_KEY);
        _agreement.maxPrice = type(uint96).max;
        _byRequester = _sign(REQUESTER_KEY);
        _byProvider = _sign(PROVIDER_KEY);
    }

    function test_WhenBothSigned_ItReturnsItsHash() public view {
        bytes32 agreementHash = _arbiter.requireAgreement(_agreement, _byRequester, _byProvider);
        vm.assertEq(agreementHash, _arbiter.agreementDigest(_agreement));
    }

    function test_WhenTheSignaturesAreSwapped_ItRefuses() public {
        _refuse(_agreement.requester);
        _arbiter.requireAgreement(_agreement, _byProvider, _byRequester);
    }

    function test_WhenTheProviderDidNotSign_ItRefuses() public {
        _refuse(_agreement.provider);
        _arbiter.requireAgreement(_agreement, _byRequester, _byRequester);
    }

    function test_WhenATermChangedAfterSigning_ItRefuses() public {
        _agreement.maxPrice -= 1;
        _refuse(_agreement.requester);
        _arbiter.requireAgreement(_agreement, _byRequester, _byProvider);
    }

    function test_WhenAnAgentIsMissing_ItRefuses() public {
        _agreement.requester = address(0);
        _refuse(address(0));
        _arbiter.requireAgreement(_agreement, new bytes(65), _byProvider);
    }

    function test_WhenItIsReadByAnotherCourt_ItRefuses() public {
        IDisputeArbiter other = IDisputeArbiter(vm.deployCode("DisputeArbiterContract.sol", CourtDefaults.loneArgs()));
        _refuse(_agreement.requester);
        other.requireAgreement(_agreement, _byRequester, _byProvider);
    }

    function _sign(uint256 key) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _arbiter.agreementDigest(_agreement));
        return abi.encodePacked(r, s, v);
    }

    function _refuse(address agent) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketDomain.NotSignedBy.selector, agent));
    }
}
