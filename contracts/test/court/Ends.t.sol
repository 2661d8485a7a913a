// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Verdicts} from "../../src/libraries/Verdicts.sol";
import {Votes} from "../../src/libraries/Votes.sol";
import {InEscrow, OverChannel} from "./CourtKit.sol";

/// The jury of a channel dispute has spoken, and nobody appealed.
contract GivenAJuryOverAChannel is OverChannel {
    function test_WhenItFindsTheReceiptRight_TheDepositPaysTheProviderAndTheRequesterTheFees() public {
        _drawOver(RIGHT_RESULT);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        _assertGains(-int256(uint256(COST - PAID + FEES_1)), int256(uint256(COST - PAID + FEES_1)));
        vm.assertEq(_allocated(_backing()), ALLOCATED - FEES_1, "its bond came from its stake");
        vm.assertEq(_pins(_backing()), 0, "pins");
        vm.assertEq(_balance(address(court)), FEES_1, "what the jury earned");
    }

    function test_WhenItFindsAnotherResult_TheProviderPaysFeesLossAndStake() public {
        _drawOver(WRONG_RESULT);
        _voteAll(RIGHT_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.WRONG);
        _assertGains(int256(uint256(PAID)), 0);
        vm.assertEq(_allocated(_backing()), 0, "all that was left of it");
        vm.assertEq(reputation.burned(address(token)), ALLOCATED - FEES_1 - PAID, "burned");
    }
}
