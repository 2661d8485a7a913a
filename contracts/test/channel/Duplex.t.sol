// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChannelStatus, CloseTerms, IPaymentChannel, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenNoDuplexChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _enrich(bob);
        params.mode = DUPLEX;
        _use(params);
    }

    function test_WhenPartyAOpens_TheDepositIsItsOwn() public {
        _openBy(alice, 70);
        _assertChannel(70, 0, ChannelStatus.OPEN);
    }

    function test_WhenPartyBOpens_TheDepositIsItsOwn() public {
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Opened(id, alice, bob, signerA, signerB, address(token), WINDOW, DUPLEX, 1, 0);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.FundedByB(id, 70, 70);
        _openBy(bob, 70);
        _assertChannel(0, 70, ChannelStatus.OPEN);
    }

    function test_WhenAStrangerOpens_ItRefuses() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotParty.selector, stranger));
        channels.open(params, 70);
    }

    function test_WhenAPartyCannotBePaid_ItRefuses() public {
        address[2] memory nobodies = [address(0), address(channels)];
        for (uint256 i = 0; i < nobodies.length; ++i) {
            params.partyA = nobodies[i];
            vm.prank(bob);
            vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PartyNotPayable.selector, nobodies[i]));
            channels.open(params, 70);
        }
    }

    function test_WhenTheOtherSideOpensAgain_ItRefuses() public {
        _openBy(alice, 70);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.AlreadyUsed.selector, id));
        channels.open(params, 30);
    }
}

contract GivenAnOpenDuplexChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _openDuplex(address(token), 100, 40);
    }

    function test_ItHoldsBothDeposits() public view {
        _assertChannel(100, 40, ChannelStatus.OPEN);
        vm.assertEq(token.balanceOf(address(channels)), 140);
    }

    function test_WhenEachSideFunds_ItsOwnDepositGrows() public {
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Funded(id, 5, 105);
        _fundBy(alice, 5);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.FundedByB(id, 7, 47);
        _fundBy(bob, 7);
        _assertChannel(105, 47, ChannelStatus.OPEN);
    }

    function test_WhenAStrangerFunds_ItRefuses() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotParty.selector, stranger));
        channels.fund(params, 5);
    }

    function test_WhenSomebodyClaims_ItRefusesOrSkips() public {
        SignedPromise memory promised = _promiseFrom(true, 0, 30);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ModeNotSupported.selector, DUPLEX));
        channels.claim(params, promised);
        vm.assertEq(channels.claimBatch(_batchOf(params, promised))[0], 0, "batch");
        _assertChannel(100, 40, ChannelStatus.OPEN);
    }

    function test_WhenPartyAStartsWithThePromiseItHolds_ItIsRecorded() public {
        SignedPromise memory promised = _promiseFrom(false, 0, 25);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.RespondedForA(id, 25);
        vm.prank(alice);
        channels.startClose(params, promised);
        vm.assertEq(channels.promised(id), 0);
        vm.assertEq(channels.promisedByB(id), 25);
    }

    function test_WhenPartyBStartsWithThePromiseItHolds_ItIsRecorded() public {
        SignedPromise memory promised = _promiseFrom(true, 0, 25);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Responded(id, 25);
        vm.prank(bob);
        channels.startClose(params, promised);
        vm.assertEq(channels.promised(id), 25);
        vm.assertEq(channels.promisedByB(id), 0);
    }

    function test_WhenAPartyShowsItsOwnPromise_ItRefuses() public {
        SignedPromise memory byA = _promiseFrom(true, 0, 25);
        SignedPromise memory byB = _promiseFrom(false, 0, 25);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, signerB));
        channels.startClose(params, byA);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.NotSignedBy.selector, signerA));
        channels.startClose(params, byB);
    }

    function test_WhenBothSignersClose_ItPaysExactlyWhatTheySigned() public {
        uint256 before = token.balanceOf(bob);
        CloseTerms memory terms = CloseTerms(0, 0, 140, uint40(block.timestamp));
        bytes32 digest = _closeDigest(terms);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, 0, 140);
        channels.coopClose(params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest));
        vm.assertEq(token.balanceOf(bob) - before, 140);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function test_WhenClosingTermsCountOneDepositOnly_TheyDoNotAddUp() public {
        CloseTerms memory terms = CloseTerms(0, 60, 40, uint40(block.timestamp));
        bytes32 digest = _closeDigest(terms);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.TermsDoNotAddUp.selector, 100, 140));
        channels.coopClose(params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest));
    }
}

contract GivenAClosingDuplexChannel is ChannelKit {
    function setUp() public override {
        super.setUp();
        _openDuplex(address(token), 100, 40);
        _startCloseByA();
    }

    function test_WhenNobodyResponds_BothGetTheirDeposits() public {
        _settlesAs(100, 40);
    }

    function test_WhenBothRespond_TheDifferenceMoves() public {
        _respondTo(true, 90);
        _respondTo(false, 30);
        _settlesAs(40, 100);
    }

    function test_WhenMoreIsOwedThanIsThere_TheOwedTakesAll() public {
        _respondTo(true, 5000);
        _settlesAs(0, 140);
    }

    function test_WhenMoreIsOwedToTheOpener_ItTakesAll() public {
        _respondTo(false, type(uint96).max);
        _settlesAs(140, 0);
    }

    function test_WhenBothPromisedWhatTheyReceived_TheySpendItTwice() public {
        _respondTo(false, 140);
        _respondTo(true, 240);
        _settlesAs(0, 140);
    }

    function test_WhenEachDirectionIsShownAgain_OnlyGreaterIsTaken() public {
        _respondTo(true, 90);
        _respondTo(false, 30);
        for (uint256 i = 0; i < 2; ++i) {
            bool fromA = i == 0;
            SignedPromise memory same = _promiseFrom(fromA, 0, fromA ? 90 : 30);
            vm.prank(fromA ? bob : alice);
            vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, same.sent, same.sent));
            channels.respond(params, same);
        }
        _respondTo(true, 91);
        vm.assertEq(channels.promised(id), 91);
        vm.assertEq(channels.promisedByB(id), 30);
    }

    function test_WhenAPromiseOfZeroIsShown_ItRefuses() public {
        SignedPromise memory nothing = _promiseFrom(true, 0, 0);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.PromiseNotGreater.selector, 0, 0));
        channels.respond(params, nothing);
    }

    function test_WhenBothSignersAgreeMeanwhile_ItClosesAtOnceAndForgetsThePromises() public {
        _respondTo(true, 90);
        CloseTerms memory terms = CloseTerms(0, 70, 70, uint40(block.timestamp));
        bytes32 digest = _closeDigest(terms);
        channels.coopClose(params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest));
        vm.assertEq(channels.promised(id), 0);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }

    function _settlesAs(uint96 payA, uint96 payB) private {
        (uint256 a, uint256 b) = (token.balanceOf(alice), token.balanceOf(bob));
        _passWindow();
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Settled(id, payA, payB);
        vm.prank(stranger);
        channels.settle(params);
        vm.assertEq(token.balanceOf(alice) - a, payA, "payA");
        vm.assertEq(token.balanceOf(bob) - b, payB, "payB");
        vm.assertEq(channels.promised(id) + channels.promisedByB(id), 0, "promises");
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }
}
