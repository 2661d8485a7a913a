// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowStatus, EscrowTerms} from "../../src/interfaces/IEscrow.sol";
import {Permit} from "../../src/interfaces/IPaymentChannel.sol";
import {IPayouts} from "../../src/interfaces/IPayouts.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {ITestToken} from "../kit/ChannelKit.sol";
import {EscrowKit} from "../kit/EscrowKit.sol";
import {HostileToken} from "../kit/Hostile.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// Calls back when it is asked for an allowance.
contract TokenWithHostilePermit is HostileToken {
    address private _escrow;
    bytes private _attack;
    bool public went;

    function attack(address escrow, bytes calldata call) external {
        (_escrow, _attack) = (escrow, call);
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external {
        (went,) = _escrow.call(_attack);
    }
}

contract Invariant13_GivenATokenThatCallsBackInItsPermit is EscrowKit {
    function test_WhenItSettlesWhatIsNotPaidYet_ItFindsNothing() public {
        TokenWithHostilePermit bad = new TokenWithHostilePermit();
        bad.mint(requester, 1e12);
        bad.mint(provider, 1e12);
        vm.startPrank(owner);
        escrow.setDepositCap(address(bad), type(uint96).max);
        reputation.setDepositCap(address(bad), type(uint96).max);
        vm.stopPrank();
        token = ITestToken(address(bad));
        _stake(provider, 2 * STAKE);
        _use(_agreementOver(address(bad), 1));
        _fund();
        _use(_agreementOver(address(bad), 2));
        Approval memory approval = Approval({kind: 3, toProvider: PRICE, validUntil: uint40(block.timestamp)});
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(approval));
        bytes memory byProvider = _sign(PROVIDER_KEY, _approvalHash(approval));
        bad.attack(address(escrow), abi.encodeCall(escrow.settle, (terms, approval, byRequester, byProvider)));
        byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        Permit memory none;
        vm.prank(requester);
        escrow.fundWithPermit(agreement, byRequester, byProvider, none);
        vm.assertFalse(bad.went(), "paid out of another escrow");
        _assertStatus(EscrowStatus.FUNDED);
    }
}

/// A token that an owner allowed by mistake, with an open escrow in it and one in a good token beside.
contract GivenAHostileToken is EscrowKit {
    HostileToken private _bad;
    ITestToken private _good;
    EscrowTerms private _goodTerms;

    function setUp() public override {
        super.setUp();
        _good = token;
        _fund();
        _goodTerms = terms;
        _bad = new HostileToken();
        _bad.mint(requester, 1e12);
        _bad.mint(provider, 1e12);
        vm.startPrank(owner);
        escrow.setDepositCap(address(_bad), type(uint96).max);
        reputation.setDepositCap(address(_bad), type(uint96).max);
        vm.stopPrank();
        token = ITestToken(address(_bad));
        _stake(provider, 2 * STAKE);
        _use(_agreementOver(address(_bad), 1));
        _fund();
        _use(_agreementOver(address(_bad), 2));
    }

    function test_WhenItTakesAFee_FundingRefuses() public {
        _bad.become(HostileToken.Mood.TAKES_FEE);
        _refusesToFund(
            abi.encodeWithSelector(
                IPayouts.WrongTokenAmount.selector, PRICE + BONUS, PRICE + BONUS - (PRICE + BONUS) / 100
            )
        );
    }

    function test_WhenItMovesNothing_FundingRefuses() public {
        HostileToken.Mood[4] memory moods = [
            HostileToken.Mood.ANSWERS_FALSE,
            HostileToken.Mood.ANSWERS_GARBAGE,
            HostileToken.Mood.ANSWERS_SHORT,
            HostileToken.Mood.REVERTS
        ];
        for (uint256 i = 0; i < moods.length; ++i) {
            _bad.become(moods[i]);
            _refusesToFund("");
        }
    }

    function test_WhenItAnswersNothing_FundingAndReleaseWork() public {
        _bad.become(HostileToken.Mood.SILENT);
        _fund();
        _releaseAccepted(_receipt());
        vm.assertEq(escrow.credit(address(_bad), provider), 0);
        _assertStatus(EscrowStatus.RELEASED);
    }

    function test_Invariant11_WhenItRefusesToPay_TheEscrowEndsInCredits() public {
        HostileToken.Mood[4] memory moods = [
            HostileToken.Mood.REVERTS,
            HostileToken.Mood.BURNS_GAS,
            HostileToken.Mood.ANSWERS_FALSE,
            HostileToken.Mood.ANSWERS_GARBAGE
        ];
        _use(_agreementOver(address(_bad), 1));
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < moods.length; ++i) {
            _bad.become(moods[i]);
            _releaseAccepted(_receipt());
            _assertStatus(EscrowStatus.RELEASED);
            vm.assertEq(escrow.credit(address(_bad), provider), COST + BONUS);
            vm.assertEq(escrow.credit(address(_bad), requester), PRICE - COST);
            vm.assertEq(_committed(provider), 0);
            vm.revertToState(start);
        }
    }

    function test_Invariant11_WhenOneReceiverIsBlocked_TheOtherIsPaid() public {
        _use(_agreementOver(address(_bad), 1));
        _bad.blockReceiver(requester);
        uint256 before = _bad.balanceOf(provider);
        _releaseAccepted(_receipt());
        vm.assertEq(_bad.balanceOf(provider) - before, COST + BONUS);
        vm.assertEq(escrow.credit(address(_bad), requester), PRICE - COST);
        vm.expectRevert();
        vm.prank(requester);
        escrow.withdrawCredit(address(_bad), requester);
        vm.prank(requester);
        escrow.withdrawCredit(address(_bad), stranger);
        vm.assertEq(_bad.balanceOf(stranger), PRICE - COST);
    }

    function test_Invariant11_WhenOneReceiverIsBlocked_ABatchGoesOn() public {
        _use(_agreementOver(address(_bad), 1));
        _deliver();
        EscrowTerms[] memory items = new EscrowTerms[](2);
        items[0] = terms;
        token = _good;
        terms = _goodTerms;
        _deliver();
        items[1] = terms;
        _passReviewOf(items[0]);
        _bad.become(HostileToken.Mood.BURNS_GAS);
        bool[] memory done = escrow.releaseBatch(items);
        vm.assertTrue(done[0] && done[1]);
        vm.assertEq(_good.balanceOf(address(escrow)), 0);
    }

    function test_Invariant13_WhenItCallsBackWhilePaying_NoMoneyMoves() public {
        (bytes[] memory calls, uint256 funding) = _attacks();
        _use(_agreementOver(address(_bad), 1));
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < calls.length; ++i) {
            _bad.callBack(address(escrow), calls[i]);
            _releaseAccepted(_receipt());
            vm.assertEq(escrow.credit(address(_bad), provider), 0, "paid");
            if (i != funding) {
                bytes4 expected = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
                vm.assertEq(bytes32(_bad.refusal()), bytes32(expected), vm.toString(i));
            }
            vm.assertEq(_good.balanceOf(address(escrow)), PRICE + BONUS);
            vm.revertToState(start);
        }
    }

    function test_Invariant13_WhenItCallsBackWhileFunding_NoMoneyMoves() public {
        (bytes[] memory calls,) = _attacks();
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < calls.length; ++i) {
            _bad.callBack(address(escrow), calls[i]);
            _fund();
            vm.assertEq(_bad.balanceOf(address(escrow)), 2 * uint256(PRICE + BONUS));
            vm.assertEq(_good.balanceOf(address(escrow)), PRICE + BONUS);
            vm.revertToState(start);
        }
    }

    /// Whoever releases picks the gas: too little must not turn a payment into a credit.
    function testFuzz_WhenGasIsShort_EveryoneIsPaidOrNothingHappens(uint256 gasGiven) public {
        token = _good;
        terms = _goodTerms;
        _deliver();
        _passReviewOf(terms);
        gasGiven = bound(gasGiven, 30_000, 250_000);
        try escrow.release{gas: gasGiven}(terms) {
            vm.assertEq(_good.balanceOf(address(escrow)), 0);
        } catch {}
        vm.assertEq(escrow.credit(address(_good), provider), 0);
        vm.assertEq(escrow.credit(address(_good), requester), 0);
    }

    function _attacks() private view returns (bytes[] memory calls, uint256 funding) {
        MarketTypes.Receipt memory receipt = _receipt();
        receipt.agreementHash = _goodTerms.agreementHash;
        EscrowTerms[] memory items = new EscrowTerms[](1);
        items[0] = _goodTerms;
        calls = new bytes[](6);
        calls[0] = abi.encodeCall(escrow.release, (_goodTerms));
        calls[1] = abi.encodeCall(escrow.releaseBatch, (items));
        calls[2] = abi.encodeCall(escrow.refund, (_goodTerms));
        calls[3] = abi.encodeCall(escrow.withdrawCredit, (address(_good), address(_bad)));
        calls[4] = abi.encodeCall(
            escrow.releaseAccepted,
            (
                _goodTerms,
                receipt,
                _sign(PROVIDER_KEY, _receiptHash(receipt)),
                RATING,
                _sign(REQUESTER_KEY, _acceptanceHash(receipt))
            )
        );
        funding = 5;
        calls[5] = abi.encodeCall(
            escrow.fund,
            (agreement, _sign(REQUESTER_KEY, terms.agreementHash), _sign(PROVIDER_KEY, terms.agreementHash))
        );
    }

    function _passReviewOf(EscrowTerms memory chosen) private {
        vm.warp(chosen.deliverBy + chosen.reviewSeconds + 1);
    }

    function _refusesToFund(bytes memory problem) private {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        if (problem.length == 0) vm.expectRevert();
        else vm.expectRevert(problem);
        vm.prank(requester);
        escrow.fund(agreement, byRequester, byProvider);
        _assertStatus(EscrowStatus.NONE);
        vm.assertEq(_committed(provider), STAKE);
    }
}
