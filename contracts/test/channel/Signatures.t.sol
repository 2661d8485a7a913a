// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ChannelId,
    ChannelStatus,
    CloseTerms,
    IPaymentChannel,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

/// Answers every ERC-1271 question with yes.
contract YesSigner {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}

contract GivenASignatureThatIsNotThePayersPromise is ChannelKit {
    uint96 private constant SENT = 300;
    bytes32 private _digest;

    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
        _digest = _payStateDigest(_domain(address(channels), block.chainid), id, true, 0, SENT);
    }

    function test_WhenItIsThePayers_ItIsTaken() public {
        vm.prank(bob);
        channels.claim(params, _with(_sign(KEY_A, _digest)));
        vm.assertEq(token.balanceOf(bob), SENT);
    }

    function test_WhenItIsThePayees_ItIsRefused() public {
        _refuseEverywhere(_sign(KEY_B, _digest));
    }

    function test_WhenSIsHigh_ItIsRefused() public {
        _refuseEverywhere(_highS(KEY_A, _digest));
    }

    function test_WhenItIsCompact_ItIsRefused() public {
        _refuseEverywhere(_compact(KEY_A, _digest));
    }

    function test_WhenVIsZeroOrOne_ItIsRefused() public {
        bytes memory signature = _sign(KEY_A, _digest);
        signature[64] = bytes1(uint8(signature[64]) - 27);
        _refuseEverywhere(signature);
    }

    function test_WhenItIsTooLong_ItIsRefused() public {
        _refuseEverywhere(bytes.concat(_sign(KEY_A, _digest), hex"00"));
    }

    function test_WhenItIsZero_ItIsRefused() public {
        _refuseEverywhere(new bytes(65));
    }

    function test_WhenItIsForTheOtherDirection_ItIsRefused() public {
        _refuseDigest(_payStateDigest(_domain(address(channels), block.chainid), id, false, 0, SENT));
    }

    function test_WhenItIsForAnotherChannel_ItIsRefused() public {
        ChannelId other = _idOf(_params(address(token), 9));
        _refuseDigest(_payStateDigest(_domain(address(channels), block.chainid), other, true, 0, SENT));
    }

    function test_WhenItIsForAnotherContract_ItIsRefused() public {
        _refuseDigest(_payStateDigest(_domain(_deployChannels(MIN_WINDOW), block.chainid), id, true, 0, SENT));
    }

    function test_WhenItIsForAnotherChain_ItIsRefused() public {
        _refuseDigest(_payStateDigest(_domain(address(channels), 1), id, true, 0, SENT));
    }

    function test_WhenItIsForAnotherEpoch_ItIsRefused() public {
        _refuseDigest(_payStateDigest(_domain(address(channels), block.chainid), id, true, 1, SENT));
    }

    function test_WhenItIsHonestAboutAnotherEpoch_ItIsRefused() public {
        SignedPromise memory promised =
            _with(_sign(KEY_A, _payStateDigest(_domain(address(channels), block.chainid), id, true, 1, SENT)));
        promised.epoch = 1;
        bytes memory wrongEpoch = abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 1, 0);
        vm.startPrank(bob);
        vm.expectRevert(wrongEpoch);
        channels.claim(params, promised);
        vm.assertEq(channels.claimBatch(_batchOf(params, promised))[0], 0, "batch");
        vm.expectRevert(wrongEpoch);
        channels.startClose(params, promised);
        channels.startClose(params, _noPromise());
        vm.expectRevert(wrongEpoch);
        channels.respond(params, promised);
    }

    function test_WhenItIsForAnotherAmount_ItIsRefused() public {
        _refuseDigest(_payStateDigest(_domain(address(channels), block.chainid), id, true, 0, SENT - 1));
    }

    function test_WhenItIsOverTermsOfClosing_ItIsRefused() public {
        _refuseDigest(_closeDigest(CloseTerms({epoch: 0, payA: 0, payB: SENT, validUntil: type(uint40).max})));
    }

    function test_WhenItIsOverAnotherMemo_ItIsRefused() public {
        SignedPromise memory promised = _with(_sign(KEY_A, _digest));
        promised.memo = keccak256("another task");
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerA));
        channels.claim(params, promised);
    }

    function test_WhenTheChainForks_ItIsRefusedOnTheOtherSide() public {
        bytes memory signature = _sign(KEY_A, _digest);
        vm.chainId(4242);
        _refuseEverywhere(signature);
        _refuseNothing(_sign(KEY_A, _payStateDigest(_domain(address(channels), 4242), id, true, 0, SENT)));
    }

    function test_WhenTheSignerGainsCodeLater_ItIsStillTaken() public {
        vm.etch(params.signerA, hex"60006000fd");
        _refuseNothing(_sign(KEY_A, _digest));
    }

    function test_WhenTheSignerIsAContractThatSaysYes_ItIsRefused() public {
        params.signerA = address(new YesSigner());
        _use(params);
        _open(DEPOSIT);
        _refuseEverywhere(hex"");
        _refuseEverywhere(_sign(KEY_A, _digest));
    }

    function testFuzz_WhenAnyByteDiffers_ItIsRefused(uint256 place, uint8 change) public {
        bytes memory signature = _sign(KEY_A, _digest);
        vm.assume(change != 0);
        signature[place % 65] ^= bytes1(change);
        _refuseEverywhere(signature);
    }

    function testFuzz_WhenBytesAreRandom_TheyAreRefused(bytes memory signature) public {
        _refuseEverywhere(signature);
    }

    function _with(bytes memory signature) private pure returns (SignedPromise memory) {
        return SignedPromise({epoch: 0, sent: SENT, memo: MEMO, signature: signature});
    }

    function _refuseDigest(bytes32 digest) private {
        _refuseEverywhere(_sign(KEY_A, digest));
    }

    function _refuseNothing(bytes memory signature) private {
        vm.prank(bob);
        channels.claim(params, _with(signature));
        vm.assertEq(token.balanceOf(bob), SENT);
    }

    /// claim, claimBatch, startClose and respond; an empty signature means no promise in startClose.
    function _refuseEverywhere(bytes memory signature) private {
        uint256 start = vm.snapshotState();
        SignedPromise memory promised = _with(signature);
        vm.startPrank(bob);
        _expectNotSigned();
        channels.claim(params, promised);
        vm.assertEq(channels.claimBatch(_batchOf(params, promised))[0], 0, "batch");
        if (signature.length > 0) {
            _expectNotSigned();
            channels.startClose(params, promised);
        }
        channels.startClose(params, _noPromise());
        _expectNotSigned();
        channels.respond(params, promised);
        vm.stopPrank();
        vm.assertEq(token.balanceOf(bob), 0);
        vm.revertToState(start);
    }

    function _expectNotSigned() private {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerA));
    }
}
