// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ChannelId,
    ChannelParams,
    ChannelStatus,
    CloseTerms,
    IPaymentChannel,
    Permit
} from "../../src/interfaces/IPaymentChannel.sol";
import {IEntryRules} from "../../src/interfaces/IEntryRules.sol";
import {IPayouts} from "../../src/interfaces/IPayouts.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

contract GivenNoChannel is ChannelKit {
    function test_ItReportsNothing() public view {
        _assertChannel(0, 0, ChannelStatus.NONE);
    }

    function test_ItNamesAChannelByItsParams() public view {
        vm.assertEq(ChannelId.unwrap(channels.channelIdOf(params)), keccak256(abi.encode(params)));
    }

    function test_WhenThePayerOpensWithATokenDeposit_ItHoldsTheDeposit() public {
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Opened(
            id, alice, bob, params.signerA, params.signerB, address(token), WINDOW, 1, 1, DEPOSIT
        );
        _open(DEPOSIT);
        _assertChannel(DEPOSIT, 0, ChannelStatus.OPEN);
        vm.assertEq(token.balanceOf(address(channels)), DEPOSIT);
    }

    function test_WhenThePayerOpensWithNativeCoin_ItHoldsTheDeposit() public {
        _openNative(1 ether);
        _assertChannel(1 ether, 0, ChannelStatus.OPEN);
        vm.assertEq(address(channels).balance, 1 ether);
    }

    function test_WhenThePermitIsGood_ItOpensWithoutAnAllowance() public {
        Permit memory permit = _permit();
        vm.prank(params.partyA);
        channels.openWithPermit(params, DEPOSIT, permit);
        _assertChannel(DEPOSIT, 0, ChannelStatus.OPEN);
    }

    function test_WhenSomebodyUsedThePermitBefore_ItStillOpens() public {
        Permit memory permit = _permit();
        vm.prank(stranger);
        token.permit(params.partyA, address(channels), DEPOSIT, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(params.partyA);
        channels.openWithPermit(params, DEPOSIT, permit);
        _assertChannel(DEPOSIT, 0, ChannelStatus.OPEN);
    }

    function test_WhenThePermitIsBadAndNothingIsAllowed_ItRefuses() public {
        Permit memory permit = _permit();
        permit.deadline -= 1;
        vm.prank(params.partyA);
        vm.expectRevert();
        channels.openWithPermit(params, DEPOSIT, permit);
    }

    function test_WhenAWordOfTheParamsHasStrayBits_NothingGoesThrough() public {
        bytes[4] memory calls = [
            abi.encodeCall(channels.open, (params, DEPOSIT)),
            abi.encodeCall(channels.fund, (params, 1)),
            abi.encodeCall(channels.startClose, (params, _noPromise())),
            abi.encodeCall(channels.coopClose, (params, CloseTerms(0, 0, 0, type(uint40).max), "", ""))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 word = 0; word < 8; ++word) {
                bytes memory stray = bytes.concat(calls[i]);
                stray[4 + 32 * word] = 0x80;
                vm.prank(alice);
                (bool done,) = address(channels).call(stray);
                vm.assertFalse(done, string.concat("call ", vm.toString(i), " word ", vm.toString(word)));
            }
            if (i == 0) _open(DEPOSIT);
        }
    }

    function test_WhenAPermitNamesATokenThatIsNotAllowed_TheTokenIsNotCalled() public {
        Permit memory permit = _permit();
        params.token = address(this);
        vm.expectCall(params.token, abi.encodePacked(IERC20Permit.permit.selector), 0);
        vm.prank(params.partyA);
        vm.expectRevert(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, address(this)));
        channels.openWithPermit(params, DEPOSIT, permit);
    }

    function test_WhenAPermitNamesNativeCoin_ItRefuses() public {
        Permit memory permit = _permit();
        params.token = address(0);
        vm.prank(params.partyA);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.TokenMissing.selector, address(0)));
        channels.openWithPermit(params, DEPOSIT, permit);
    }

    function test_WhenTheModeIsUnknown_ItRefuses() public {
        params.mode = 2;
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.ModeNotSupported.selector, 2));
    }

    function test_WhenTheWindowIsOutOfRange_ItRefuses() public {
        params.window = MIN_WINDOW - 1;
        _refuseOpen(
            abi.encodeWithSelector(IPaymentChannel.WindowOutOfRange.selector, MIN_WINDOW - 1, MIN_WINDOW, 30 days)
        );
        params.window = 30 days + 1;
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.WindowOutOfRange.selector, 30 days + 1, MIN_WINDOW, 30 days));
    }

    function test_WhenTheWindowIsAtItsBounds_ItOpens() public {
        params.window = MIN_WINDOW;
        _open(1);
        params.window = 30 days;
        _open(1);
    }

    function test_WhenThePartiesAreOne_ItRefuses() public {
        params.partyB = alice;
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.PartiesNotDistinct.selector, alice, alice));
    }

    function test_WhenThePayeeCannotBePaid_ItRefuses() public {
        params.partyB = address(0);
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.PartyNotPayable.selector, address(0)));
        params.partyB = address(channels);
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.PartyNotPayable.selector, address(channels)));
    }

    function test_WhenASignerIsMissing_ItRefuses() public {
        params.signerA = address(0);
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.SignerMissing.selector));
        params.signerA = signerA;
        params.signerB = address(0);
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.SignerMissing.selector));
    }

    function test_WhenTheSignersAreOne_ItRefuses() public {
        params.signerB = params.signerA;
        _refuseOpen(abi.encodeWithSelector(IPaymentChannel.SignersNotDistinct.selector, params.signerA, params.signerA));
    }

    function test_WhenTheAmountIsZero_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(IPaymentChannel.AmountMissing.selector);
        channels.open(params, 0);
    }

    function test_WhenAnotherThanThePayerOpens_ItRefuses() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayer.selector, bob, alice));
        channels.open(params, DEPOSIT);
    }

    function test_WhenNativeCoinComesWithATokenDeposit_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.WrongNativeAmount.selector, 0, 1));
        channels.open{value: 1}(params, DEPOSIT);
    }

    function test_WhenNativeCoinDiffersFromTheAmount_ItRefuses() public {
        params.token = address(0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.WrongNativeAmount.selector, 2, 1));
        channels.open{value: 1}(params, 2);
    }

    function test_WhenNativeCoinIsSentWithoutACall_ItRefuses() public {
        vm.prank(alice);
        (bool taken,) = address(channels).call{value: 1}("");
        vm.assertFalse(taken, "taken");
    }

    function test_WhenItsShortestWindowIsOutOfRange_ItCannotBeDeployed() public {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WindowOutOfRange.selector, 0, 1, 30 days));
        _deployChannels(0);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WindowOutOfRange.selector, 30 days + 1, 1, 30 days));
        _deployChannels(30 days + 1);
    }

    function _refuseOpen(bytes memory reason) private {
        vm.prank(alice);
        vm.expectRevert(reason);
        channels.open(params, DEPOSIT);
    }

    /// Makes the payer an account with a known key and without an allowance.
    function _permit() private returns (Permit memory permit) {
        params.partyA = vm.addr(0xFEE);
        _use(params);
        token.mint(params.partyA, DEPOSIT);
        permit.deadline = block.timestamp;
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                params.partyA,
                address(channels),
                DEPOSIT,
                0,
                permit.deadline
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
        (permit.v, permit.r, permit.s) = vm.sign(0xFEE, digest);
    }
}

contract GivenAnOpenChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
    }

    function test_WhenItIsOpenedAgain_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.AlreadyUsed.selector, id));
        channels.open(params, DEPOSIT);
    }

    function test_WhenOnlyTheSaltDiffers_ItIsAnotherChannel() public {
        _use(_params(address(token), 3));
        _open(1);
        _assertChannel(1, 0, ChannelStatus.OPEN);
    }

    function test_WhenThePayerFunds_ItAddsToTheDeposit() public {
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Funded(id, 5, DEPOSIT + 5);
        vm.prank(alice);
        channels.fund(params, 5);
        _assertChannel(DEPOSIT + 5, 0, ChannelStatus.OPEN);
        vm.assertEq(token.balanceOf(address(channels)), DEPOSIT + 5);
    }

    function test_WhenThePayerFundsWithNativeCoin_ItAddsToTheDeposit() public {
        _openNative(1 ether);
        vm.prank(alice);
        channels.fund{value: 3}(params, 3);
        _assertChannel(1 ether + 3, 0, ChannelStatus.OPEN);
    }

    function test_WhenFundingFollowsAClaim_TheClaimStands() public {
        _claim(10);
        vm.prank(alice);
        channels.fund(params, 5);
        _assertChannel(DEPOSIT + 5, 10, ChannelStatus.OPEN);
    }

    function test_WhenAnotherFunds_ItRefuses() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotPayer.selector, bob, alice));
        channels.fund(params, 5);
    }

    function test_WhenNothingIsFunded_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(IPaymentChannel.AmountMissing.selector);
        channels.fund(params, 0);
    }

    function test_WhenTheDepositWouldOverflow_ItRefuses() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        channels.fund(params, type(uint96).max);
    }

    function test_WhenItIsClosing_FundingIsRefused() public {
        _startCloseByA();
        vm.prank(alice);
        _expectWrongStatus(ChannelStatus.CLOSING);
        channels.fund(params, 5);
    }
}
