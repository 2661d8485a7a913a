// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelParams,
    ChannelStatus,
    CloseTerms,
    IPaymentChannel,
    RebaseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {IPayouts} from "../../src/interfaces/IPayouts.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";
import {ExpensiveReceiver, HostileReceiver, HostileToken} from "../kit/Hostile.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract GivenAHostileToken is ChannelKit {
    HostileToken private _hostile;

    function setUp() public override {
        super.setUp();
        _open(DEPOSIT);
        _hostile = new HostileToken();
        _hostile.mint(alice, 1e30);
        vm.prank(owner);
        channels.setDepositCap(address(_hostile), type(uint96).max);
        _use(_params(address(_hostile), 5));
    }

    function test_WhenItAnswersNothing_AllWorks() public {
        _hostile.become(HostileToken.Mood.SILENT);
        _open(DEPOSIT);
        _claim(10);
        _closeAndSettle();
        vm.assertEq(_hostile.balanceOf(bob), 10);
        vm.assertEq(_hostile.balanceOf(address(channels)), 0);
    }

    function test_WhenItKeepsAFee_OpeningIsRefused() public {
        _hostile.become(HostileToken.Mood.TAKES_FEE);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.WrongTokenAmount.selector, DEPOSIT, DEPOSIT - DEPOSIT / 100));
        channels.open(params, DEPOSIT);
    }

    function test_WhenItAnswersFalse_OpeningIsRefused() public {
        _hostile.become(HostileToken.Mood.ANSWERS_FALSE);
        vm.prank(alice);
        vm.expectRevert();
        channels.open(params, DEPOSIT);
    }

    function test_WhenItHasNoCode_OpeningIsRefused() public {
        vm.prank(owner);
        channels.setDepositCap(stranger, DEPOSIT);
        _use(_params(stranger, 5));
        vm.prank(alice);
        vm.expectRevert();
        channels.open(params, DEPOSIT);
    }

    function test_WhenItTurnsBad_PayoutsBecomeCredit() public {
        _open(DEPOSIT);
        uint256 start = vm.snapshotState();
        for (uint8 i = uint8(HostileToken.Mood.ANSWERS_FALSE); i < uint8(HostileToken.Mood.CALLS_BACK); ++i) {
            HostileToken.Mood mood = HostileToken.Mood(i);
            _hostile.become(mood);
            // An endless answer is still a good answer: only its first word is read.
            uint256 expected = mood == HostileToken.Mood.ANSWERS_AT_LENGTH ? 0 : 10;
            _claim(10);
            vm.assertEq(channels.credit(address(_hostile), bob), expected, vm.toString(i));
            _hostile.become(HostileToken.Mood.GOOD);
            _closeAndSettle();
            vm.revertToState(start);
        }
    }

    function test_WhenItLosesItsCode_PayoutsBecomeCredit() public {
        _open(DEPOSIT);
        vm.etch(address(_hostile), "");
        _claim(10);
        vm.assertEq(channels.credit(address(_hostile), bob), 10);
    }

    function test_Invariant11_WhenItBlocksThePayee_ThePayerIsStillPaid() public {
        _open(DEPOSIT);
        _hostile.blockReceiver(bob);
        _startCloseByA();
        _respond(10);
        uint256 before = _hostile.balanceOf(alice);
        vm.expectEmit(address(channels));
        emit IPayouts.Credited(address(_hostile), bob, 10);
        _passWindow();
        channels.settle(params);
        vm.assertEq(_hostile.balanceOf(alice) - before, DEPOSIT - 10);
    }

    function test_WhenItBlocksThePayee_TheCreditGoesWhereThePayeeSays() public {
        _open(DEPOSIT);
        _hostile.blockReceiver(bob);
        _claim(10);
        vm.expectEmit(address(channels));
        emit IPayouts.CreditWithdrawn(address(_hostile), bob, stranger, 10);
        vm.prank(bob);
        channels.withdrawCredit(address(_hostile), stranger);
        vm.assertEq(_hostile.balanceOf(stranger), 10);
        vm.assertEq(channels.credit(address(_hostile), bob), 0);
    }

    function test_WhenCreditCannotBeSent_ItIsKept() public {
        _open(DEPOSIT);
        _hostile.blockReceiver(bob);
        _claim(10);
        vm.prank(bob);
        vm.expectRevert();
        channels.withdrawCredit(address(_hostile), bob);
        vm.assertEq(channels.credit(address(_hostile), bob), 10);
    }

    function test_WhenThereIsNoCreditOrNoReceiver_WithdrawingIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IPayouts.NoCredit.selector, address(_hostile), bob));
        vm.prank(bob);
        channels.withdrawCredit(address(_hostile), bob);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.ReceiverRefused.selector, address(channels)));
        channels.withdrawCredit(address(_hostile), address(channels));
        vm.expectRevert(abi.encodeWithSelector(IPayouts.ReceiverRefused.selector, address(0)));
        channels.withdrawCredit(address(_hostile), address(0));
    }

    /// The token, as a party of channels of its own, calls back in while it is asked to move money.
    function test_Invariant13_WhenItCallsBack_NothingGoesThrough() public {
        params.partyB = address(_hostile);
        _use(params);
        _open(DEPOSIT);
        SignedPromise memory promised = _promise(10);
        ChannelParams memory ofItsOwn = _params(address(_hostile), 77);
        ofItsOwn.partyA = address(_hostile);
        bytes[9] memory calls = [
            abi.encodeCall(channels.claim, (params, promised)),
            abi.encodeCall(channels.claimBatch, (_batchOf(params, promised))),
            abi.encodeCall(channels.settle, (params)),
            abi.encodeCall(channels.withdrawCredit, (address(_hostile), stranger)),
            abi.encodeCall(channels.open, (ofItsOwn, 1)),
            abi.encodeCall(channels.coopClose, (params, CloseTerms(0, 0, 0, 0), "", "")),
            abi.encodeCall(channels.rebase, (params, RebaseTerms(0, 0, 0, 0, 0, 0), "", "")),
            abi.encodeCall(channels.claimFor, (params, promised, Authority(0, ""))),
            abi.encodeCall(channels.claimBatchPacked, (signerB, address(_hostile), WINDOW, ""))
        ];
        for (uint64 i = 0; i < calls.length; ++i) {
            _hostile.callBack(address(channels), calls[i]);
            _use(_params(address(_hostile), 100 + i));
            _open(DEPOSIT);
            _claim(10);
            vm.assertEq(channels.credit(address(_hostile), bob), 0);
            vm.assertEq(_hostile.refusal(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        vm.assertEq(token.balanceOf(address(channels)), DEPOSIT);
    }

    function test_WhenItInventsMoney_OtherTokensAreUntouched() public {
        _open(DEPOSIT);
        _hostile.become(HostileToken.Mood.ANSWERS_FALSE);
        _claim(DEPOSIT);
        vm.prank(bob);
        vm.expectRevert();
        channels.withdrawCredit(address(token), bob);
        vm.assertEq(token.balanceOf(address(channels)), DEPOSIT);
    }

    function _closeAndSettle() private {
        _startCloseByA();
        _passWindow();
        channels.settle(params);
        _assertChannel(0, 0, ChannelStatus.CLOSED);
    }
}

contract GivenAHostileReceiver is ChannelKit {
    HostileReceiver private _receiver;

    function setUp() public override {
        super.setUp();
        _receiver = new HostileReceiver();
        params = _params(address(0), 1);
        params.partyB = address(_receiver);
        _use(params);
        _open(DEPOSIT);
    }

    function test_Invariant11_WhenItRefusesOrBurnsOrTalks_ThePayerIsPaidAtABoundedPrice() public {
        uint256 start = vm.snapshotState();
        for (uint8 mood = 1; mood <= 3; ++mood) {
            _receiver.become(HostileReceiver.Mood(mood));
            _startCloseByA();
            _respond(40);
            _passWindow();
            uint256 before = alice.balance;
            uint256 gasBefore = gasleft();
            channels.settle(params);
            vm.assertLe(gasBefore - gasleft(), 200_000, "gas");
            vm.assertEq(alice.balance - before, DEPOSIT - 40);
            vm.assertEq(channels.credit(address(0), address(_receiver)), 40);
            vm.revertToState(start);
        }
    }

    function test_WhenItRefused_ItsCreditCanBeWithdrawnElsewhere() public {
        _receiver.become(HostileReceiver.Mood.REVERTS);
        _claim(40);
        _receiver.run(address(channels), abi.encodeCall(channels.withdrawCredit, (address(0), bob)));
        vm.assertEq(bob.balance, 40);
    }

    function test_Invariant13_WhenItCallsBackToBePaidTwice_ItIsPaidOnce() public {
        SignedPromise memory promised = _promise(40);
        bytes[4] memory calls = [
            abi.encodeCall(channels.claim, (params, promised)),
            abi.encodeCall(channels.claimBatch, (_batchOf(params, promised))),
            abi.encodeCall(channels.settle, (params)),
            abi.encodeCall(channels.withdrawCredit, (address(0), bob))
        ];
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < calls.length; ++i) {
            _receiver.callBack(address(channels), calls[i]);
            _receiver.run(address(channels), abi.encodeCall(channels.claim, (params, promised)));
            vm.assertEq(_receiver.successfulCalls(), 0);
            vm.assertEq(_receiver.refusal(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            vm.assertEq(address(_receiver).balance, 40);
            vm.revertToState(start);
        }
    }

    function test_WhenItClosesFromWithinItsOwnPayment_SumsHold() public {
        _receiver.callBack(address(channels), abi.encodeCall(channels.startClose, (params, _noPromise())));
        SignedPromise memory promised = _promise(40);
        _receiver.run(address(channels), abi.encodeCall(channels.claim, (params, promised)));
        _assertChannel(DEPOSIT, 40, ChannelStatus.CLOSING);
        _passWindow();
        uint256 before = alice.balance;
        channels.settle(params);
        vm.assertEq(alice.balance - before, DEPOSIT - 40);
        vm.assertEq(address(channels).balance, 0);
    }

    /// Whoever settles picks the gas: it must not be able to turn a receiver's payment into a credit by sending too little.
    function testFuzz_WhenTheSettlerStarvesTheReceiver_ItIsPaidOrNothingHappens(uint256 gasGiven) public {
        params.partyB = address(new ExpensiveReceiver());
        _use(params);
        _open(DEPOSIT);
        _startCloseByA();
        _respond(40);
        _passWindow();
        gasGiven = bound(gasGiven, 30_000, 250_000);
        try channels.settle{gas: gasGiven}(params) {
            vm.assertEq(params.partyB.balance, 40);
        } catch {}
        vm.assertEq(channels.credit(address(0), params.partyB), 0);
    }
}
