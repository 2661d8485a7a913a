// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelId,
    ChannelParams,
    Claim,
    CloseTerms,
    RebaseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

/// Invariant 8 and 14 as a table: every place that takes a signature, and every way in which a signature can be another's.
contract Invariant08_ASignatureIsForOneThingOnly is ChannelKit {
    /// Where the signature under test stands; all others are good.
    enum Place {
        CLAIM,
        CLAIM_FOR_PROMISE,
        CLAIM_FOR_AUTHORITY,
        CLAIM_BATCH,
        CLAIM_BATCH_FOR_PROMISE,
        CLAIM_BATCH_FOR_AUTHORITY,
        CLAIM_BATCH_PACKED,
        SIMPLEX_START,
        SIMPLEX_RESPOND,
        DUPLEX_START_BY_A,
        DUPLEX_START_BY_B,
        DUPLEX_RESPOND_BY_A,
        DUPLEX_RESPOND_BY_B,
        RESPOND_FOR_PROMISE,
        RESPOND_FOR_AUTHORITY,
        REBASE_A,
        REBASE_B,
        COOP_CLOSE_A,
        COOP_CLOSE_B
    }

    enum Flaw {
        NONE,
        SIGNER_HAS_CODE,
        OTHER_SIGNER,
        OTHER_CHAIN,
        OTHER_CONTRACT,
        OTHER_VERSION,
        OTHER_CHANNEL,
        OTHER_DIRECTION,
        OTHER_TYPE,
        OTHER_EPOCH,
        OTHER_AMOUNT,
        WITH_LOCKS,
        HIGH_S,
        COMPACT,
        V_ZERO_OR_ONE,
        TOO_LONG,
        ALL_ZERO,
        EMPTY
    }

    /// What is signed: a type and its words after the channel's id.
    struct Text {
        string typeText;
        bytes words;
    }

    uint96 private constant SENT = 30;
    Place private _place;
    Flaw private _flaw;

    function setUp() public override {
        super.setUp();
        _enrich(bob);
    }

    function test_Invariant08_OnlyTheRightSignatureGoesThrough() public {
        uint256 start = vm.snapshotState();
        for (uint8 place = 0; place <= uint8(Place.COOP_CLOSE_B); ++place) {
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
        for (uint8 place = 0; place <= uint8(Place.COOP_CLOSE_B); ++place) {
            _check(Place(place), Flaw.SIGNER_HAS_CODE, true);
            vm.revertToState(start);
        }
    }

    function _check(Place place, Flaw flaw, bool expected) private {
        (_place, _flaw) = (place, flaw);
        _stage();
        if (!_applies()) return;
        if (flaw == Flaw.SIGNER_HAS_CODE) {
            // An EIP-7702 delegation, to code that reverts.
            vm.etch(signerA, abi.encodePacked(hex"ef0100", address(token)));
            vm.etch(signerB, abi.encodePacked(hex"ef0100", address(token)));
        }
        string memory what = string.concat("place ", vm.toString(uint8(place)), " flaw ", vm.toString(uint8(flaw)));
        vm.assertTrue(_goesThrough() == expected, what);
    }

    // The state in which the place can be tried

    function _isDuplex() private view returns (bool) {
        if (_place >= Place.REBASE_A) return true;
        return _place >= Place.DUPLEX_START_BY_A && _place <= Place.DUPLEX_RESPOND_BY_B;
    }

    function _isResponse() private view returns (bool) {
        return _place == Place.SIMPLEX_RESPOND || _place == Place.DUPLEX_RESPOND_BY_A
            || _place == Place.DUPLEX_RESPOND_BY_B || _place == Place.RESPOND_FOR_PROMISE
            || _place == Place.RESPOND_FOR_AUTHORITY;
    }

    function _stage() private {
        if (_isDuplex()) {
            _openDuplex(address(token), 100, 40);
        } else {
            ChannelParams memory chosen = _params(address(token), 1);
            // A packed claim's payer signs with its own account.
            if (_place == Place.CLAIM_BATCH_PACKED) chosen.partyA = signerA;
            _use(chosen);
            _enrich(chosen.partyA);
            _open(100);
        }
        if (_isResponse()) {
            vm.prank(params.partyA);
            channels.startClose(params, _noPromise());
        }
    }

    /// Some flaws do not exist everywhere: only promises have a direction and locks, an authority has no epoch, a missing signature in
    /// startClose means that there is no promise, and a packed item has no room for another length.
    function _applies() private view returns (bool) {
        bool isAuthority = _place == Place.CLAIM_FOR_AUTHORITY || _place == Place.CLAIM_BATCH_FOR_AUTHORITY
            || _place == Place.RESPOND_FOR_AUTHORITY;
        bool isPromise = !isAuthority && _place < Place.REBASE_A;
        bool isStart =
            _place == Place.SIMPLEX_START || _place == Place.DUPLEX_START_BY_A || _place == Place.DUPLEX_START_BY_B;
        if (_flaw == Flaw.OTHER_DIRECTION || _flaw == Flaw.WITH_LOCKS) return isPromise;
        if (_flaw == Flaw.OTHER_EPOCH) return !isAuthority;
        if (_flaw == Flaw.EMPTY && isStart) return false;
        bool isOfOtherLength = _flaw == Flaw.COMPACT || _flaw == Flaw.TOO_LONG || _flaw == Flaw.EMPTY;
        return !(isOfOtherLength && _place == Place.CLAIM_BATCH_PACKED);
    }

    // The calls

    function _goesThrough() private returns (bool) {
        if (_place == Place.CLAIM) {
            return _calls(bob, abi.encodeCall(channels.claim, (params, _promised(true, Place.CLAIM))));
        }
        if (_place <= Place.CLAIM_FOR_AUTHORITY) {
            SignedPromise memory promised = _promised(true, Place.CLAIM_FOR_PROMISE);
            Authority memory grant = _grant(Place.CLAIM_FOR_AUTHORITY);
            return _calls(tower, abi.encodeCall(channels.claimFor, (params, promised, grant)));
        }
        if (_place <= Place.CLAIM_BATCH_PACKED) return _batchPays();
        if (_place >= Place.REBASE_A) return _bothSign();
        return _closes();
    }

    function _batchPays() private returns (bool) {
        if (_place == Place.CLAIM_BATCH_PACKED) {
            SignedPromise memory item = _promised(true, Place.CLAIM_BATCH_PACKED);
            bytes memory packed = abi.encodePacked(params.partyA, params.salt, item.sent, item.memo, item.signature);
            vm.prank(bob);
            return channels.claimBatchPacked(signerB, address(token), WINDOW, packed) > 0;
        }
        if (_place == Place.CLAIM_BATCH) {
            Claim[] memory own = _batchOf(params, _promised(true, Place.CLAIM_BATCH));
            vm.prank(bob);
            return channels.claimBatch(own)[0] > 0;
        }
        Claim[] memory claims = _batchOf(params, _promised(true, Place.CLAIM_BATCH_FOR_PROMISE));
        Authority[] memory grants = new Authority[](1);
        grants[0] = _grant(Place.CLAIM_BATCH_FOR_AUTHORITY);
        vm.prank(tower);
        return channels.claimBatchFor(claims, grants)[0] > 0;
    }

    function _closes() private returns (bool) {
        if (_place == Place.RESPOND_FOR_PROMISE || _place == Place.RESPOND_FOR_AUTHORITY) {
            SignedPromise memory shown = _promised(true, Place.RESPOND_FOR_PROMISE);
            Authority memory grant = _grant(Place.RESPOND_FOR_AUTHORITY);
            return _calls(tower, abi.encodeCall(channels.respondFor, (params, shown, grant)));
        }
        bool byA = _place == Place.DUPLEX_START_BY_A || _place == Place.DUPLEX_RESPOND_BY_A;
        SignedPromise memory promised = _promised(!byA, _place);
        return _calls(
            byA ? alice : bob,
            _isResponse()
                ? abi.encodeCall(channels.respond, (params, promised))
                : abi.encodeCall(channels.startClose, (params, promised))
        );
    }

    function _bothSign() private returns (bool) {
        uint40 until = uint40(block.timestamp + 1);
        if (_place == Place.REBASE_A || _place == Place.REBASE_B) {
            RebaseTerms memory terms = RebaseTerms(0, 50, 60, 10, 20, until);
            Text memory text = Text(
                "Rebase(bytes32 channelId,uint16 epoch,uint96 newDepA,uint96 newDepB,uint96 outA,uint96 outB,uint40 validUntil)",
                abi.encode(terms)
            );
            (bytes memory byA, bytes memory byB) =
                (_signature(KEY_A, text, Place.REBASE_A), _signature(KEY_B, text, Place.REBASE_B));
            return _calls(stranger, abi.encodeCall(channels.rebase, (params, terms, byA, byB)));
        }
        CloseTerms memory close = CloseTerms(0, 50, 90, until);
        Text memory closeText = Text(
            "CoopClose(bytes32 channelId,uint16 epoch,uint96 payA,uint96 payB,uint40 validUntil)", abi.encode(close)
        );
        (bytes memory closeA, bytes memory closeB) =
            (_signature(KEY_A, closeText, Place.COOP_CLOSE_A), _signature(KEY_B, closeText, Place.COOP_CLOSE_B));
        return _calls(stranger, abi.encodeCall(channels.coopClose, (params, close, closeA, closeB)));
    }

    function _calls(address caller, bytes memory data) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(channels).call(data);
    }

    // What is signed, and how badly

    function _promised(bool fromA, Place place) private view returns (SignedPromise memory) {
        bool isHere = place == _place;
        bool direction = isHere && _flaw == Flaw.OTHER_DIRECTION ? !fromA : fromA;
        (uint96 locked, bytes32 root) =
            isHere && _flaw == Flaw.WITH_LOCKS ? (uint96(1), keccak256("lock")) : (uint96(0), bytes32(0));
        Text memory text = Text(
            "PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)",
            abi.encode(uint16(0), direction, SENT, locked, root, MEMO)
        );
        return SignedPromise(0, SENT, MEMO, _signature(fromA ? KEY_A : KEY_B, text, place));
    }

    function _grant(Place place) private view returns (Authority memory) {
        Text memory text =
            Text("ActFor(bytes32 channelId,address tower,uint40 validUntil)", abi.encode(tower, type(uint40).max));
        return Authority(type(uint40).max, _signature(KEY_B, text, place));
    }

    function _signature(uint256 key, Text memory text, Place place) private view returns (bytes memory) {
        Flaw flaw = place == _place ? _flaw : Flaw.NONE;
        if (flaw == Flaw.OTHER_EPOCH) _changeWord(text.words, 0);
        if (flaw == Flaw.OTHER_AMOUNT) _changeWord(text.words, text.words.length == 192 ? 2 : 1);
        if (flaw == Flaw.OTHER_TYPE) text.typeText = string.concat("x", text.typeText);
        if (flaw == Flaw.OTHER_SIGNER) key = 0xBAD;
        bytes32 channel =
            flaw == Flaw.OTHER_CHANNEL ? ChannelId.unwrap(_idOf(_params(address(token), 99))) : ChannelId.unwrap(id);
        bytes32 structHash = keccak256(bytes.concat(keccak256(bytes(text.typeText)), channel, text.words));
        return _written(key, keccak256(abi.encodePacked(hex"1901", _domainUnder(flaw), structHash)), flaw);
    }

    function _changeWord(bytes memory words, uint256 index) private pure {
        words[32 * index + 31] ^= 0x01;
    }

    function _domainUnder(Flaw flaw) private view returns (bytes32) {
        if (flaw == Flaw.OTHER_CHAIN) return _domain(address(channels), block.chainid + 1);
        if (flaw == Flaw.OTHER_CONTRACT) return _domain(address(this), block.chainid);
        if (flaw != Flaw.OTHER_VERSION) return _domain(address(channels), block.chainid);
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Souk"),
                keccak256("2"),
                block.chainid,
                address(channels)
            )
        );
    }

    function _written(uint256 key, bytes32 digest, Flaw flaw) private pure returns (bytes memory signature) {
        if (flaw == Flaw.HIGH_S) return _highS(key, digest);
        if (flaw == Flaw.COMPACT) return _compact(key, digest);
        if (flaw == Flaw.ALL_ZERO) return new bytes(65);
        if (flaw == Flaw.EMPTY) return "";
        signature = _sign(key, digest);
        if (flaw == Flaw.V_ZERO_OR_ONE) signature[64] = bytes1(uint8(signature[64]) - 27);
        if (flaw == Flaw.TOO_LONG) signature = bytes.concat(signature, hex"00");
    }
}
