// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedProgress, SignedReceipt} from "../../src/interfaces/IDisputeArbiter.sol";
import {SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {OverChannel} from "./CourtKit.sol";

/// Invariants 8 and 14 as a table: every place in the court that takes a signature, and every way in which it can be another's.
contract Invariant08_AMarketSignatureIsForOneThingOnly is OverChannel {
    /// Where the signature under test stands; all others are good.
    enum Place {
        AGREEMENT_BY_REQUESTER,
        AGREEMENT_BY_PROVIDER,
        RECEIPT_AT_OPENING,
        PROGRESS_AT_OPENING,
        PROGRESS_OF_WHO_JOINS,
        RECEIPT_SHOWN,
        SECOND_RECEIPT,
        ACCEPTANCE,
        PAYMENT,
        ACCEPTANCE_OF_REFUND
    }

    enum Flaw {
        NONE,
        SIGNER_HAS_CODE,
        OTHER_SIGNER,
        OTHER_CHAIN,
        OTHER_CONTRACT,
        OTHER_VERSION,
        OTHER_TYPE,
        OTHER_MESSAGE,
        HIGH_S,
        COMPACT,
        V_ZERO_OR_ONE,
        TOO_LONG,
        ALL_ZERO,
        EMPTY
    }

    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    string private constant AGREEMENT =
        "Agreement(bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt)";
    string private constant RECEIPT =
        "Receipt(bytes32 agreementHash,bytes32 resultHash,uint8 outcome,int32 exitCode,uint64 fuelUsed,uint96 cost,uint40 finishedAt)";
    string private constant PROGRESS = "Progress(bytes32 agreementHash,uint32 slice,uint64 fuelUsed,uint96 paid)";
    string private constant REFUND = "Refund(bytes32 agreementHash,bytes32 channelId,uint96 amount)";
    string private constant ACCEPTANCE_TEXT = "Acceptance(bytes32 receiptHash,uint8 rating)";
    string private constant PAY_STATE =
        "PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)";

    Place private _place;
    Flaw private _flaw;

    function test_Invariant08_OnlyTheRightSignatureGoesThrough() public {
        uint256 start = vm.snapshotState();
        for (uint8 place = 0; place <= uint8(Place.ACCEPTANCE_OF_REFUND); ++place) {
            for (uint8 flaw = uint8(Flaw.OTHER_SIGNER); flaw <= uint8(Flaw.EMPTY); ++flaw) {
                _check(Place(place), Flaw(flaw), false);
                vm.revertToState(start);
            }
            _check(Place(place), Flaw.NONE, true);
            vm.revertToState(start);
        }
    }

    function test_Invariant14_ASignerThatGainsCodeVoidsNothing() public {
        uint256 start = vm.snapshotState();
        for (uint8 place = 0; place <= uint8(Place.ACCEPTANCE_OF_REFUND); ++place) {
            _check(Place(place), Flaw.SIGNER_HAS_CODE, true);
            vm.revertToState(start);
        }
    }

    function _check(Place place, Flaw flaw, bool expected) private {
        // Without a signature these are not wrong: they are not there.
        bool isOptional = place == Place.RECEIPT_AT_OPENING || place == Place.PROGRESS_AT_OPENING
            || place == Place.PROGRESS_OF_WHO_JOINS;
        if (flaw == Flaw.EMPTY && isOptional) return;
        (_place, _flaw) = (place, flaw);
        if (flaw == Flaw.SIGNER_HAS_CODE) {
            // An EIP-7702 delegation, to code that reverts.
            vm.etch(requester, abi.encodePacked(hex"ef0100", address(token)));
            vm.etch(provider, abi.encodePacked(hex"ef0100", address(token)));
        }
        string memory what = string.concat("place ", vm.toString(uint8(place)), " flaw ", vm.toString(uint8(flaw)));
        vm.assertTrue(_goesThrough() == expected, what);
    }

    // Places

    function _goesThrough() private returns (bool) {
        if (_place <= Place.PROGRESS_AT_OPENING) return _opens(requester, _place);
        if (_place == Place.PROGRESS_OF_WHO_JOINS) {
            vm.assertTrue(_opens(provider, Place.ACCEPTANCE), "opens");
            return _calls(requester, abi.encodeCall(court.join, (matter, _progress(_place))));
        }
        if (_place == Place.RECEIPT_SHOWN) {
            _open(requester, _noReceipt(), _noProof());
            return _calls(stranger, abi.encodeCall(court.showReceipt, (matter, _shown(_place, RIGHT_RESULT))));
        }
        vm.assertTrue(_opens(requester, Place.ACCEPTANCE), "opens");
        if (_place == Place.SECOND_RECEIPT) {
            return _calls(stranger, abi.encodeCall(court.showReceipt, (matter, _shown(_place, WRONG_RESULT))));
        }
        bytes32 receiptHash = _receiptHash(_receipt(RIGHT_RESULT));
        if (_place == Place.ACCEPTANCE) {
            bytes memory accepted =
                _signFor(_place, REQUESTER_KEY, address(court), ACCEPTANCE_TEXT, abi.encode(receiptHash, RATING));
            return _calls(stranger, abi.encodeCall(court.showAcceptance, (matter, RATING, accepted)));
        }
        if (_place == Place.PAYMENT) {
            bytes memory words = abi.encode(_backing(), uint16(0), true, COST, uint96(0), bytes32(0), receiptHash);
            bytes memory paid = _signFor(_place, REQUESTER_KEY, channels, PAY_STATE, words);
            SignedPromise memory payment = SignedPromise(0, COST, receiptHash, paid);
            return _calls(stranger, abi.encodeCall(court.showPayment, (matter, channels, payment)));
        }
        bytes32 refund = _refundHash(_id(), _backing(), 5);
        bytes memory signature =
            _signFor(_place, REQUESTER_KEY, address(court), ACCEPTANCE_TEXT, abi.encode(refund, RATING));
        return _calls(stranger, abi.encodeCall(court.showRefund, (matter, 5, RATING, signature)));
    }

    /// The flaw is in `place` of what is handed in at opening, or nowhere.
    function _opens(address opener, Place place) private returns (bool) {
        if (place != _place) place = Place.ACCEPTANCE;
        bytes memory words = abi.encode(matter.agreement);
        bytes memory a = _at(place, Place.AGREEMENT_BY_REQUESTER, REQUESTER_KEY, AGREEMENT, words);
        bytes memory b = _at(place, Place.AGREEMENT_BY_PROVIDER, PROVIDER_KEY, AGREEMENT, words);
        SignedReceipt memory shown = SignedReceipt(
            _receipt(RIGHT_RESULT),
            _at(place, Place.RECEIPT_AT_OPENING, PROVIDER_KEY, RECEIPT, abi.encode(_receipt(RIGHT_RESULT)))
        );
        SignedProgress memory proof = SignedProgress(
            _proof().progress,
            _at(place, Place.PROGRESS_AT_OPENING, PROVIDER_KEY, PROGRESS, abi.encode(_proof().progress))
        );
        return _calls(opener, abi.encodeCall(court.open, (matter, a, b, shown, proof)));
    }

    function _shown(Place place, bytes32 resultHash) private view returns (SignedReceipt memory) {
        MarketTypes.Receipt memory receipt = _receipt(resultHash);
        return SignedReceipt(
            receipt, _signFor(place, PROVIDER_KEY, address(court), RECEIPT, abi.encode(receipt))
        );
    }

    function _progress(Place place) private view returns (SignedProgress memory) {
        MarketTypes.Progress memory progress = _proof().progress;
        return SignedProgress(
            progress, _signFor(place, PROVIDER_KEY, address(court), PROGRESS, abi.encode(progress))
        );
    }

    function _calls(address from, bytes memory call) private returns (bool done) {
        vm.prank(from);
        (done,) = address(court).call(call);
    }

    // Signatures

    function _at(Place flawed, Place place, uint256 key, string memory typeText, bytes memory words)
        private
        view
        returns (bytes memory)
    {
        return _encode(flawed == place ? _flaw : Flaw.NONE, key, address(court), typeText, words);
    }

    function _signFor(Place place, uint256 key, address verifier, string memory typeText, bytes memory words)
        private
        view
        returns (bytes memory)
    {
        return _encode(place == _place ? _flaw : Flaw.NONE, key, verifier, typeText, words);
    }

    function _encode(Flaw flaw, uint256 key, address verifier, string memory typeText, bytes memory words)
        private
        view
        returns (bytes memory)
    {
        if (flaw == Flaw.OTHER_SIGNER) key = key == REQUESTER_KEY ? PROVIDER_KEY : REQUESTER_KEY;
        // Any word but the first may be off by one bit.
        if (flaw == Flaw.OTHER_MESSAGE) words[words.length - 1] ^= 0x01;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digestWith(flaw, verifier, typeText, words));
        if (flaw == Flaw.HIGH_S) return abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        if (flaw == Flaw.COMPACT) return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
        if (flaw == Flaw.V_ZERO_OR_ONE) return abi.encodePacked(r, s, v - 27);
        if (flaw == Flaw.TOO_LONG) return abi.encodePacked(r, s, v, uint8(0));
        if (flaw == Flaw.ALL_ZERO) return new bytes(65);
        if (flaw == Flaw.EMPTY) return "";
        return abi.encodePacked(r, s, v);
    }

    function _digestWith(Flaw flaw, address verifier, string memory typeText, bytes memory words)
        private
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(bytes(flaw == Flaw.OTHER_TYPE ? string.concat(typeText, " ") : typeText));
        if (flaw == Flaw.OTHER_CONTRACT) verifier = address(escrow);
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE,
                keccak256("Souk"),
                keccak256(flaw == Flaw.OTHER_VERSION ? bytes("2") : bytes("1")),
                flaw == Flaw.OTHER_CHAIN ? block.chainid + 1 : block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, keccak256(abi.encodePacked(typeHash, words))));
    }
}
