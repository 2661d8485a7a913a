// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, CloseTerms, IPaymentChannel} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenTermsOfBothSigners is ChannelKit {
    CloseTerms private _terms;

    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
        _terms = CloseTerms({epoch: 0, payA: DEPOSIT - 40, payB: 40, validUntil: uint40(block.timestamp + 600)});
    }

    function test_WhenAnyoneHandsThemIn_ItPaysExactlyThese() public {
        uint256 before = token.balanceOf(alice);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, DEPOSIT - 40, 40);
        vm.prank(stranger);
        _close();
        vm.assertEq(token.balanceOf(alice) - before, DEPOSIT - 40);
        vm.assertEq(token.balanceOf(bob), 40);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function test_WhenTheChannelIsClosing_ItPaysAtOnce() public {
        _startCloseByA();
        _close();
        vm.assertEq(token.balanceOf(bob), 40);
    }

    function test_WhenAClaimCameFirst_TheyNoLongerAddUp() public {
        _claim(30);
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, DEPOSIT, DEPOSIT - 30));
    }

    function test_WhenTheyShareWhatTheClaimLeft_ItPays() public {
        _claim(30);
        _terms.payA -= 30;
        _close();
        vm.assertEq(token.balanceOf(bob), 70);
    }

    function test_WhenTheyAddUpToMore_ItRefuses() public {
        _terms.payB += 1;
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, DEPOSIT + 1, DEPOSIT));
    }

    function test_WhenTheyAddUpToLess_ItRefuses() public {
        _terms.payB -= 1;
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, DEPOSIT - 1, DEPOSIT));
    }

    function test_WhenTheyAreAtTheirLastSecond_ItPays() public {
        vm.warp(_terms.validUntil);
        _close();
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function test_WhenTheyExpired_ItRefuses() public {
        vm.warp(_terms.validUntil + 1);
        _refuse(abi.encodeWithSelector(IPaymentChannel.TermsExpired.selector, _terms.validUntil, _terms.validUntil + 1));
    }

    function test_WhenTheyNameAnotherEpoch_ItRefuses() public {
        _terms.epoch = 1;
        _refuse(abi.encodeWithSelector(IPaymentChannel.WrongEpoch.selector, 1, 0));
    }

    function test_WhenTheyAreUsedAgain_ItRefuses() public {
        _close();
        _refuse(abi.encodeWithSelector(IPaymentChannel.WrongStatus.selector, id, ChannelStatus.CLOSED));
    }

    function test_WhenOneSideSignedTwice_ItRefuses() public {
        bytes memory byA = _sign(KEY_A, _closeDigest(_terms));
        bytes memory byB = _sign(KEY_B, _closeDigest(_terms));
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerB));
        channels.coopClose(params, _terms, byA, byA);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerA));
        channels.coopClose(params, _terms, byB, byB);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerA));
        channels.coopClose(params, _terms, byB, byA);
    }

    function test_WhenTheTermsWereChangedAfterSigning_ItRefuses() public {
        bytes memory byA = _sign(KEY_A, _closeDigest(_terms));
        bytes memory byB = _sign(KEY_B, _closeDigest(_terms));
        (_terms.payA, _terms.payB) = (_terms.payB, _terms.payA);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, params.signerA));
        channels.coopClose(params, _terms, byA, byB);
    }

    function testFuzz_ItPaysTheWholeDeposit(uint96 payB, uint96 claimed) public {
        uint256 before = token.balanceOf(alice);
        claimed = uint96(bound(claimed, 0, DEPOSIT));
        if (claimed > 0) _claim(claimed);
        _terms.payB = uint96(bound(payB, 0, DEPOSIT - claimed));
        _terms.payA = DEPOSIT - claimed - _terms.payB;
        _close();
        vm.assertEq(token.balanceOf(bob), claimed + _terms.payB);
        vm.assertEq(token.balanceOf(alice) - before, _terms.payA);
        vm.assertEq(token.balanceOf(address(channels)), 0);
    }

    function _close() private {
        bytes memory byA = _sign(KEY_A, _closeDigest(_terms));
        bytes memory byB = _sign(KEY_B, _closeDigest(_terms));
        channels.coopClose(params, _terms, byA, byB);
    }

    function _refuse(bytes memory reason) private {
        bytes memory byA = _sign(KEY_A, _closeDigest(_terms));
        bytes memory byB = _sign(KEY_B, _closeDigest(_terms));
        vm.expectRevert(reason);
        channels.coopClose(params, _terms, byA, byB);
    }
}
