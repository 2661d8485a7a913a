// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {EscrowKit} from "../kit/EscrowKit.sol";

/// One signature of an agent over one kind of message, wrong in every way. What the message is and where it is handed in is left to
/// four contracts below.
abstract contract GivenASignature is EscrowKit {
    /// The hash of the message that `key` has to sign, and the address that verifies it.
    function _message() internal view virtual returns (bytes32 structHash, address verifier);

    /// Hands in the message with this signature; every other one is right.
    function _submit(bytes memory signature) internal virtual;

    function _key() internal pure virtual returns (uint256);

    /// The error that names the agent whose signature is wrong.
    function _refuses(bytes memory signature) internal {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, vm.addr(_key())));
        _submit(signature);
    }

    function _right() internal view returns (bytes32) {
        (bytes32 structHash, address verifier) = _message();
        return _digest(verifier, structHash);
    }

    function test_WhenItIsRight_ItCounts() public {
        _submit(_sign(_key(), _right()));
    }

    function test_Invariant14_WhenTheSignerHasCode_ItCounts() public {
        vm.etch(vm.addr(_key()), hex"ef01005005500550055005500550055005500550055005");
        _submit(_sign(_key(), _right()));
    }

    function test_WhenAnotherKeySigned_ItRefuses() public {
        uint256[3] memory others = [0xBAD, _key() == PROVIDER_KEY ? REQUESTER_KEY : PROVIDER_KEY, 0xAB];
        for (uint256 i = 0; i < others.length; ++i) {
            _refuses(_sign(others[i], _right()));
        }
    }

    function test_WhenItIsOfAnotherChain_ItRefuses() public {
        (bytes32 structHash, address verifier) = _message();
        _refuses(_sign(_key(), _digestOn(block.chainid + 1, verifier, structHash)));
    }

    function test_WhenTheChainForks_ItRefusesTheOldOne() public {
        bytes memory old = _sign(_key(), _right());
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        _submit(old);
    }

    function test_WhenItIsForAnotherContract_ItRefuses() public {
        (bytes32 structHash, address verifier) = _message();
        address other = verifier == arbiter ? address(escrow) : arbiter;
        _refuses(_sign(_key(), _digest(other, structHash)));
        _refuses(_sign(_key(), _digest(address(reputation), structHash)));
    }

    function test_WhenItIsOfAnotherType_ItRefuses() public {
        (bytes32 structHash, address verifier) = _message();
        _refuses(_sign(_key(), structHash));
        _refuses(_sign(_key(), _digest(verifier, keccak256(abi.encode("Agreement", structHash)))));
        _refuses(_sign(_key(), terms.agreementHash == _right() ? id_() : terms.agreementHash));
    }

    function test_WhenItIsMalleated_ItRefuses() public {
        _refuses(_highS(_key(), _right()));
    }

    function test_WhenItIsCompact_ItRefuses() public {
        _refuses(_compact(_key(), _right()));
    }

    function test_WhenItsLengthIsWrong_ItRefuses() public {
        bytes memory good = _sign(_key(), _right());
        _refuses("");
        _refuses(bytes.concat(good, hex"00"));
        bytes memory short = bytes.concat(good);
        assembly ("memory-safe") {
            mstore(short, 64)
        }
        _refuses(short);
    }

    function test_WhenVIsZeroOrOne_ItRefuses() public {
        bytes memory signature = _sign(_key(), _right());
        signature[64] = bytes1(uint8(signature[64]) - 27);
        _refuses(signature);
    }

    function test_WhenItIsZeros_ItRefuses() public {
        _refuses(new bytes(65));
    }

    function testFuzz_WhenOneBitDiffers_ItRefuses(uint256 bit) public {
        bytes memory signature = _sign(_key(), _right());
        bit = bound(bit, 0, 65 * 8 - 1);
        signature[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _refuses(signature);
    }

    function id_() private view returns (bytes32) {
        return keccak256(abi.encode(terms));
    }
}

abstract contract GivenAnAgreementSignature is GivenASignature {
    function _message() internal view override returns (bytes32, address) {
        return (_hashOf(agreement), arbiter);
    }

    function test_WhenATermChangedAfterSigning_ItRefuses() public {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        bytes memory words = abi.encode(agreement);
        for (uint256 i = 0; i < words.length / 32; ++i) {
            bytes memory changed = bytes.concat(words);
            changed[32 * i + 31] ^= 0x02;
            MarketTypes.Agreement memory other = abi.decode(changed, (MarketTypes.Agreement));
            vm.expectRevert();
            vm.prank(requester);
            escrow.fund(other, byRequester, byProvider);
        }
    }

    function test_WhenAWordDoesNotFitItsType_ItRefuses() public {
        bytes memory call = abi.encodeCall(
            escrow.fund,
            (agreement, _sign(REQUESTER_KEY, terms.agreementHash), _sign(PROVIDER_KEY, terms.agreementHash))
        );
        for (uint256 i = 3; i < 19; ++i) {
            if (i == 16) continue;
            bytes memory changed = bytes.concat(call);
            changed[4 + 32 * i] = 0x01;
            vm.prank(requester);
            (bool done,) = address(escrow).call(changed);
            vm.assertFalse(done, "a word too wide");
        }
        vm.prank(requester);
        (bool isGood,) = address(escrow).call(call);
        vm.assertTrue(isGood);
    }
}

contract Invariant08_GivenTheRequestersSignatureOnAnAgreement is GivenAnAgreementSignature {
    function _key() internal pure override returns (uint256) {
        return REQUESTER_KEY;
    }

    function _submit(bytes memory signature) internal override {
        bytes memory byProvider = _sign(PROVIDER_KEY, _digest(arbiter, _hashOf(agreement)));
        vm.prank(requester);
        escrow.fund(agreement, signature, byProvider);
    }
}

contract Invariant08_GivenTheProvidersSignatureOnAnAgreement is GivenAnAgreementSignature {
    function _key() internal pure override returns (uint256) {
        return PROVIDER_KEY;
    }

    function _submit(bytes memory signature) internal override {
        bytes memory byRequester = _sign(REQUESTER_KEY, _digest(arbiter, _hashOf(agreement)));
        vm.prank(requester);
        escrow.fund(agreement, byRequester, signature);
    }
}

contract Invariant08_GivenTheProvidersSignatureOnAReceipt is GivenASignature {
    function setUp() public override {
        super.setUp();
        _fund();
    }

    function _key() internal pure override returns (uint256) {
        return PROVIDER_KEY;
    }

    function _message() internal view override returns (bytes32, address) {
        return (keccak256(abi.encode(RECEIPT_TYPE, _receipt())), arbiter);
    }

    function _submit(bytes memory signature) internal override {
        escrow.deliver(terms, _receipt(), signature);
    }

    function test_WhenTheProviderCallsWithoutIt_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, provider));
        vm.prank(provider);
        escrow.deliver(terms, _receipt(), "");
    }
}

contract Invariant08_GivenTheRequestersSignatureOnAnAcceptance is GivenASignature {
    function setUp() public override {
        super.setUp();
        _fund();
    }

    function _key() internal pure override returns (uint256) {
        return REQUESTER_KEY;
    }

    function _message() internal view override returns (bytes32, address) {
        return (keccak256(abi.encode(ACCEPTANCE_TYPE, _receiptHash(_receipt()), RATING)), arbiter);
    }

    function _submit(bytes memory signature) internal override {
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(_receipt()));
        escrow.releaseAccepted(terms, _receipt(), byProvider, RATING, signature);
    }

    function test_WhenItIsOfAnotherReceipt_ItRefuses() public {
        MarketTypes.Receipt memory other = _receipt();
        other.resultHash = "another";
        _refuses(_sign(REQUESTER_KEY, _acceptanceHash(other)));
    }

    function test_WhenTheRatingDiffers_ItRefuses() public {
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(_receipt()));
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(_receipt()));
        vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, requester));
        escrow.releaseAccepted(terms, _receipt(), byProvider, RATING - 1, byRequester);
    }
}

abstract contract GivenAnApprovalSignature is GivenASignature {
    function setUp() public override {
        super.setUp();
        _fund();
    }

    function _approval() internal view returns (Approval memory) {
        return Approval({kind: 3, toProvider: 30e6, validUntil: uint40(block.timestamp) + 600});
    }

    function _message() internal view override returns (bytes32, address) {
        return (keccak256(abi.encode(APPROVE_TYPE, id, _approval())), address(escrow));
    }

    function test_WhenAnyWordDiffers_ItRefuses() public {
        bytes memory signature = _sign(_key(), _approvalHash(_approval()));
        Approval[3] memory others = [_approval(), _approval(), _approval()];
        others[0].kind = 1;
        others[1].toProvider += 1;
        others[2].validUntil += 1;
        for (uint256 i = 0; i < others.length; ++i) {
            uint256 otherKey = _key() == PROVIDER_KEY ? REQUESTER_KEY : PROVIDER_KEY;
            bytes memory good = _sign(otherKey, _approvalHash(others[i]));
            (bytes memory a, bytes memory b) = _key() == PROVIDER_KEY ? (good, signature) : (signature, good);
            vm.expectRevert(abi.encodeWithSelector(IEscrow.NotSignedBy.selector, vm.addr(_key())));
            escrow.settle(terms, others[i], a, b);
        }
    }
}

contract Invariant08_GivenTheRequestersSignatureOnAnApproval is GivenAnApprovalSignature {
    function _key() internal pure override returns (uint256) {
        return REQUESTER_KEY;
    }

    function _submit(bytes memory signature) internal override {
        bytes memory byProvider = _sign(PROVIDER_KEY, _right());
        escrow.settle(terms, _approval(), signature, byProvider);
    }
}

contract Invariant08_GivenTheProvidersSignatureOnAnApproval is GivenAnApprovalSignature {
    function _key() internal pure override returns (uint256) {
        return PROVIDER_KEY;
    }

    function _submit(bytes memory signature) internal override {
        bytes memory byRequester = _sign(REQUESTER_KEY, _right());
        escrow.settle(terms, _approval(), byRequester, signature);
    }
}
