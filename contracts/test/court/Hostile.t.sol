// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtRule, SignedReceipt} from "../../src/interfaces/IDisputeArbiter.sol";
import {EscrowStatus} from "../../src/interfaces/IEscrow.sol";
import {IPayouts} from "../../src/interfaces/IPayouts.sol";
import {Verdicts} from "../../src/libraries/Verdicts.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ITestToken} from "../kit/ChannelKit.sol";
import {ApprovingToken, HostileToken} from "../kit/Hostile.sol";
import {InEscrow, OverChannel} from "./CourtKit.sol";

/// A dispute in a token that behaves until told otherwise.
contract GivenAHostileToken is OverChannel {
    HostileToken private _bad;

    function _mint() internal override returns (ITestToken) {
        _bad = new ApprovingToken();
        return ITestToken(address(_bad));
    }

    function test_WhenItKeepsAFee_NothingIsOpened() public {
        _bad.become(HostileToken.Mood.TAKES_FEE);
        _expectNoOpening();
    }

    function test_WhenItLiesOrFails_NothingIsOpened() public {
        HostileToken.Mood[4] memory moods = [
            HostileToken.Mood.ANSWERS_FALSE,
            HostileToken.Mood.ANSWERS_GARBAGE,
            HostileToken.Mood.REVERTS,
            HostileToken.Mood.ANSWERS_SHORT
        ];
        for (uint256 i = 0; i < moods.length; ++i) {
            _bad.become(moods[i]);
            _expectNoOpening();
        }
    }

    function test_WhenItKeepsAFeeLater_NobodyJoinsOrAppealsWithLess() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _bad.become(HostileToken.Mood.TAKES_FEE);
        vm.expectRevert(abi.encodeWithSelector(IPayouts.WrongTokenAmount.selector, FEES_2, FEES_2 - FEES_2 / 100));
        _appeal(requester);
    }

    function test_WhenItAnswersNothing_ADisputeGoesItsWholeWay() public {
        _bad.become(HostileToken.Mood.SILENT);
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        court.settleSeats(matter, 0);
        _assertGains(-int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1));
    }

    function test_WhenItBlocksAParty_TheOtherIsPaidAndItHasCredit() public {
        _toRuling();
        _bad.blockReceiver(provider);
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        vm.assertEq(_credit(provider), COST - PAID + FEES_1, "credit");
        vm.assertEq(_balance(requester), requesterBefore - (COST - PAID + FEES_1), "the other");
        _bad.blockReceiver(address(0));
        vm.prank(provider);
        court.withdrawCredit(address(token), provider);
        _assertGains(-int96(COST - PAID + FEES_1), int96(COST - PAID + FEES_1));
    }

    function test_WhenItFailsAtTheEnd_ItsRulingStandsAndMoneyWaits() public {
        HostileToken.Mood[5] memory moods = [
            HostileToken.Mood.REVERTS,
            HostileToken.Mood.BURNS_GAS,
            HostileToken.Mood.ANSWERS_FALSE,
            HostileToken.Mood.ANSWERS_GARBAGE,
            HostileToken.Mood.ANSWERS_SHORT
        ];
        _toRuling();
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < moods.length; ++i) {
            _bad.become(moods[i]);
            court.rule(matter);
            vm.assertEq(_credit(provider), COST - PAID + FEES_1, "provider's credit");
            vm.assertEq(_credit(requester), PRICE - COST, "requester's credit");
            vm.revertToState(start);
        }
    }

    function test_WhenAJurorIsBlocked_TheOthersArePaid() public {
        _toRuling();
        court.rule(matter);
        address[] memory jurors = _jurors();
        _bad.blockReceiver(jurors[0]);
        court.settleSeats(matter, 0);
        for (uint256 i = 0; i < jurors.length; ++i) {
            vm.assertEq(_credit(jurors[i]), FEES_1 / 3, "credit");
        }
    }

    /// Invariant 13: while the token has the word, nothing else in the court moves.
    function test_Invariant13_WhenItCallsBack_EveryMoneyMovingCallRefuses() public {
        bytes[7] memory calls = [
            abi.encodeCall(court.open, (matter, "", "", _noReceipt(), _noProof())),
            abi.encodeCall(court.join, (matter, _noProof())),
            abi.encodeCall(court.draw, (matter)),
            abi.encodeCall(court.appeal, (matter)),
            abi.encodeCall(court.rule, (matter)),
            abi.encodeCall(court.settleSeats, (matter, 0)),
            abi.encodeCall(court.withdrawCredit, (address(token), stranger))
        ];
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < calls.length; ++i) {
            _bad.callBack(address(court), calls[i]);
            _openOver(RIGHT_RESULT);
            _assertRefused();
            _bad.become(HostileToken.Mood.GOOD);
            _passEvidence();
            court.draw(matter);
            _voteAll(WRONG_RESULT);
            _bad.callBack(address(court), calls[i]);
            _appeal(provider);
            _assertRefused();
            _passToNextSeed();
            court.draw(matter);
            _voteAll(WRONG_RESULT);
            _passAppeals();
            _bad.callBack(address(court), calls[i]);
            court.rule(matter);
            _assertRefused();
            vm.assertEq(_credit(requester), 0, "paid at once");
            court.settleSeats(matter, 1);
            vm.revertToState(start);
        }
    }

    /// An owner may admit it, but it stays a matter of its own.
    function test_WhenADisputeInItGoesWrong_AnothersMoneyIsUntouched() public {
        _toRuling();
        vm.prank(owner);
        court.admitToken(address(0xabc), CourtRule(1, 10));
        _bad.become(HostileToken.Mood.REVERTS);
        court.rule(matter);
        vm.assertEq(court.credit(address(0xabc), provider), 0, "other credit");
    }

    function _toRuling() private {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
    }

    function _expectNoOpening() private {
        SignedReceipt memory shown = _signed(_receipt(RIGHT_RESULT));
        vm.expectRevert();
        _open(requester, shown, _noProof());
        vm.assertEq(_balance(address(court)), 0, "taken");
        vm.assertEq(_allocated(_backing()), ALLOCATED, "stake");
    }

    function _assertRefused() private view {
        vm.assertEq(
            bytes32(_bad.refusal()),
            bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "not by the guard"
        );
    }
}

/// Invariant 10: escrow and stake take nothing in; every step of a dispute works.
contract Invariant10_GivenAPauseOverAnEscrow is InEscrow {
    function test_WhilePaused_ADisputeGoesItsWholeWay() public {
        SignedReceipt memory shown = _deliver(RIGHT_RESULT);
        vm.startPrank(owner);
        escrow.pause();
        reputation.pause();
        vm.stopPrank();
        _open(requester, shown);
        _passEvidence();
        court.draw(matter);
        _voteAll(WRONG_RESULT);
        vm.prank(provider);
        court.appeal(matter);
        _roll(_dispute().seedBlock + 1);
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        vm.assertEq(uint256(escrow.stateOf(escrowId).status), uint256(EscrowStatus.RULED), "escrow");
        court.settleSeats(matter, 0);
        court.settleSeats(matter, 1);
        address juror = _jurors()[0];
        vm.prank(juror);
        court.withdrawCredit(address(token), juror);
    }
}
