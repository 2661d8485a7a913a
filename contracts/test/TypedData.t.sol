// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputeArbiter} from "../src/interfaces/IDisputeArbiter.sol";
import {ChannelId, CloseTerms, RebaseTerms, SignedPromise} from "../src/interfaces/IPaymentChannel.sol";
import {Approval, EscrowId} from "../src/interfaces/IEscrow.sol";
import {ChannelTypes} from "../src/libraries/ChannelTypes.sol";
import {EscrowRules} from "../src/libraries/EscrowRules.sol";
import {MarketTypes} from "../src/libraries/MarketTypes.sol";
import {PlainSignature} from "../src/libraries/PlainSignature.sol";
import {CourtDefaults} from "./court/CourtKit.sol";
import {T} from "./kit/T.sol";

/// Opens the libraries' calldata functions to the test.
contract TypesProbe {
    function payState(ChannelId id, bool fromA, SignedPromise calldata signedPromise) external pure returns (bytes32) {
        return ChannelTypes.hashPayState(id, fromA, signedPromise);
    }

    function coopClose(ChannelId id, CloseTerms calldata terms) external pure returns (bytes32) {
        return ChannelTypes.hashCoopClose(id, terms);
    }

    function rebase(ChannelId id, RebaseTerms calldata terms) external pure returns (bytes32) {
        return ChannelTypes.hashRebase(id, terms);
    }

    function actFor(ChannelId id, address tower, uint40 validUntil) external pure returns (bytes32) {
        return ChannelTypes.hashActFor(id, tower, validUntil);
    }

    function approve(EscrowId id, Approval calldata approval) external pure returns (bytes32) {
        return EscrowRules.hashApprove(id, approval);
    }

    function agreement(address court, MarketTypes.Agreement calldata message) external view returns (bytes32) {
        return EscrowRules.agreementHash(court, message);
    }

    function receipt(address court, MarketTypes.Receipt calldata message) external view returns (bytes32) {
        return EscrowRules.receiptHash(court, message);
    }

    function acceptance(address court, MarketTypes.Acceptance calldata message) external view returns (bytes32) {
        return EscrowRules.acceptanceHash(court, message.receiptHash, message.rating);
    }

    function isBy(address signer, bytes32 digest, bytes calldata signature) external pure returns (bool) {
        return PlainSignature.isBy(signer, digest, signature);
    }
}

/// The vectors in test/vectors/typed-data.json, made by TypeScript, as the contracts see them.
contract TypedDataVectors is T {
    struct PayState {
        ChannelId channelId;
        uint16 epoch;
        bool fromA;
        uint96 sent;
        uint96 lockedTotal;
        bytes32 locksRoot;
        bytes32 memo;
    }

    struct CoopClose {
        ChannelId channelId;
        uint16 epoch;
        uint96 payA;
        uint96 payB;
        uint40 validUntil;
    }

    struct Rebase {
        ChannelId channelId;
        uint16 epoch;
        uint96 newDepA;
        uint96 newDepB;
        uint96 outA;
        uint96 outB;
        uint40 validUntil;
    }

    struct ActFor {
        ChannelId channelId;
        address tower;
        uint40 validUntil;
    }

    struct Approve {
        EscrowId id;
        uint8 kind;
        uint96 toProvider;
        uint40 validUntil;
    }

    string private _json;
    TypesProbe private _probe;
    IDisputeArbiter private _arbiter;
    bytes32 private _domain;

    function setUp() public {
        _json = vm.readFile("../test/vectors/typed-data.json");
        _probe = new TypesProbe();
        address place = vm.parseJsonAddress(_json, ".domain.verifyingContract");
        vm.etch(place, vm.deployCode("DisputeArbiterContract.sol", CourtDefaults.loneArgs()).code);
        _arbiter = IDisputeArbiter(place);
        _domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Souk"),
                keccak256("1"),
                31337,
                place
            )
        );
    }

    function test_GivenVectors_ItComputesEveryDigest() public view {
        uint256 count = 0;
        for (string memory path = _at(0); vm.keyExistsJson(_json, path); path = _at(++count)) {
            _check(path);
        }
        vm.assertGe(count, 60, "vectors read");
    }

    function _at(uint256 index) private pure returns (string memory) {
        return string.concat(".vectors[", vm.toString(index), "]");
    }

    function _check(string memory path) private view {
        string memory name = vm.parseJsonString(_json, string.concat(path, ".type"));
        bytes memory message = vm.parseJsonType(
            _json, string.concat(path, ".message"), vm.parseJsonString(_json, string.concat(".types.", name))
        );
        bytes32 digest = vm.parseJsonBytes32(_json, string.concat(path, ".digest"));
        bytes32 typeHash = keccak256(bytes(vm.parseJsonString(_json, string.concat(".types.", name))));
        vm.assertEq(_typed(keccak256(bytes.concat(typeHash, message))), digest, string.concat("words ", name, path));
        if (_isOffChain(keccak256(bytes(name)))) return;
        vm.assertEq(_digest(keccak256(bytes(name)), message), digest, string.concat(name, path));
        vm.assertEq(_digestInEscrow(keccak256(bytes(name)), message, digest), digest, string.concat("escrow ", name));
        bytes memory signature = vm.parseJsonBytes(_json, string.concat(path, ".signature"));
        vm.assertTrue(_probe.isBy(vm.parseJsonAddress(_json, ".signer"), digest, signature), path);
    }

    function _digest(bytes32 name, bytes memory message) private view returns (bytes32) {
        if (name == keccak256("PayState")) return _payStateDigest(abi.decode(message, (PayState)));
        if (name == keccak256("CoopClose")) return _coopCloseDigest(abi.decode(message, (CoopClose)));
        if (name == keccak256("Rebase")) return _rebaseDigest(abi.decode(message, (Rebase)));
        if (name == keccak256("Approve")) return _approveDigest(abi.decode(message, (Approve)));
        if (name == keccak256("ActFor")) return _actForDigest(abi.decode(message, (ActFor)));
        if (name == keccak256("Auction")) return _arbiter.auctionDigest(abi.decode(message, (MarketTypes.Auction)));
        if (name == keccak256("Bid")) return _arbiter.bidDigest(abi.decode(message, (MarketTypes.Bid)));
        if (name == keccak256("Award")) return _arbiter.awardDigest(abi.decode(message, (MarketTypes.Award)));
        if (name == keccak256("Agreement")) {
            return _arbiter.agreementDigest(abi.decode(message, (MarketTypes.Agreement)));
        }
        if (name == keccak256("Progress")) {
            return _arbiter.progressDigest(abi.decode(message, (MarketTypes.Progress)));
        }
        if (name == keccak256("Refund")) return _arbiter.refundDigest(abi.decode(message, (MarketTypes.Refund)));
        if (name == keccak256("Receipt")) return _arbiter.receiptDigest(abi.decode(message, (MarketTypes.Receipt)));
        if (name == keccak256("Acceptance")) {
            return _arbiter.acceptanceDigest(abi.decode(message, (MarketTypes.Acceptance)));
        }
        if (name == keccak256("CancelAuction")) {
            return _arbiter.cancelAuctionDigest(abi.decode(message, (MarketTypes.CancelAuction)));
        }
        revert("a type without a contract");
    }

    /// The escrow computes some digests by itself, straight from calldata.
    function _digestInEscrow(bytes32 name, bytes memory message, bytes32 other) private view returns (bytes32) {
        address court = address(_arbiter);
        if (name == keccak256("Agreement")) {
            return _probe.agreement(court, abi.decode(message, (MarketTypes.Agreement)));
        }
        if (name == keccak256("Receipt")) return _probe.receipt(court, abi.decode(message, (MarketTypes.Receipt)));
        if (name == keccak256("Acceptance")) {
            return _probe.acceptance(court, abi.decode(message, (MarketTypes.Acceptance)));
        }
        return other;
    }

    /// Messages that no contract reads: what matters is that the others agree on the type string.
    function _isOffChain(bytes32 name) private pure returns (bool) {
        return name == keccak256("SealedBid") || name == keccak256("BidAck") || name == keccak256("Complaint");
    }

    function _payStateDigest(PayState memory state) private view returns (bytes32) {
        SignedPromise memory signedPromise = SignedPromise(state.epoch, state.sent, state.memo, "");
        bytes32 withoutLocks = _probe.payState(state.channelId, state.fromA, signedPromise);
        if (state.lockedTotal == 0 && state.locksRoot == 0) return _typed(withoutLocks);
        // The channel contract knows no locks yet: a promise with any must not pass for one without.
        bytes32 withLocks = keccak256(abi.encode(ChannelTypes.PAY_STATE, state));
        vm.assertNotEq(withLocks, withoutLocks, "locks are part of the hash");
        return _typed(withLocks);
    }

    function _coopCloseDigest(CoopClose memory close) private view returns (bytes32) {
        return
            _typed(_probe.coopClose(close.channelId, CloseTerms(close.epoch, close.payA, close.payB, close.validUntil)));
    }

    function _rebaseDigest(Rebase memory m) private view returns (bytes32) {
        RebaseTerms memory terms = RebaseTerms(m.epoch, m.newDepA, m.newDepB, m.outA, m.outB, m.validUntil);
        return _typed(_probe.rebase(m.channelId, terms));
    }

    function _approveDigest(Approve memory m) private view returns (bytes32) {
        return _typed(_probe.approve(m.id, Approval(m.kind, m.toProvider, m.validUntil)));
    }

    function _actForDigest(ActFor memory m) private view returns (bytes32) {
        return _typed(_probe.actFor(m.channelId, m.tower, m.validUntil));
    }

    function _typed(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", _domain, structHash));
    }
}
