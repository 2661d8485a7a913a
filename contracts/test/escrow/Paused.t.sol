// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowStatus, EscrowTerms} from "../../src/interfaces/IEscrow.sol";
import {ITestToken} from "../kit/ChannelKit.sol";
import {Funded} from "../kit/EscrowKit.sol";
import {HostileToken} from "../kit/Hostile.sol";

/// Invariant 10. Escrow and reputation are paused, and the token is no longer allowed: what is inside gets out all the same.
contract Invariant10_GivenAPause is Funded {
    function setUp() public override {
        super.setUp();
        vm.startPrank(owner);
        escrow.setDepositCap(address(token), 0);
        escrow.setMinStake(address(token), type(uint96).max);
        escrow.pause();
        reputation.setDepositCap(address(token), 0);
        reputation.pause();
        vm.stopPrank();
    }

    function test_ItDelivers() public {
        _deliver();
        _assertStatus(EscrowStatus.DELIVERED);
    }

    function test_ItReleasesToTheRequestersCall() public {
        _deliver();
        vm.prank(requester);
        escrow.release(terms);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_ItReleasesAfterSilence() public {
        _deliver();
        _passReview();
        escrow.release(terms);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_ItReleasesInBatches() public {
        _deliver();
        _passReview();
        EscrowTerms[] memory items = new EscrowTerms[](1);
        items[0] = terms;
        vm.assertTrue(escrow.releaseBatch(items)[0]);
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_ItReleasesWhatWasAccepted() public {
        _releaseAccepted(_receipt());
        _assertEnded(EscrowStatus.RELEASED, COST + BONUS);
    }

    function test_ItRefundsWhatWasNotDelivered() public {
        _passDelivery();
        vm.prank(requester);
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
    }

    function test_ItUnlocksTheStake() public {
        _passDelivery();
        escrow.refund(terms);
        _passDisputes();
        escrow.unlockStake(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
    }

    function test_ItSettlesByApproval() public {
        _settle(Approval({kind: 3, toProvider: 40e6, validUntil: uint40(block.timestamp)}));
        _assertEnded(EscrowStatus.SPLIT, 40e6);
    }

    function test_ItOpensDisputesAndRules() public {
        _deliver();
        _dispute(requester);
        vm.assertTrue(_rule(COST, true));
        _assertEnded(EscrowStatus.RULED, COST + BONUS);
    }

    function test_ItRefundsWhenTheCourtStalls() public {
        _deliver();
        _dispute(requester);
        _passReview();
        escrow.refund(terms);
        _assertEnded(EscrowStatus.REFUNDED, 0);
    }
}

contract Invariant10_GivenAPauseAndACredit is Funded {
    function test_ItIsWithdrawn() public {
        HostileToken bad = new HostileToken();
        token = ITestToken(address(bad));
        bad.mint(requester, 1e12);
        bad.mint(provider, 1e12);
        vm.startPrank(owner);
        escrow.setDepositCap(address(bad), type(uint96).max);
        reputation.setDepositCap(address(bad), type(uint96).max);
        vm.stopPrank();
        _stake(provider, STAKE);
        _use(_agreementOver(address(bad), 1));
        _fund();
        bad.blockReceiver(provider);
        _releaseAccepted(_receipt());
        vm.prank(owner);
        escrow.pause();
        vm.assertEq(escrow.credit(address(bad), provider), COST + BONUS);
        vm.prank(provider);
        escrow.withdrawCredit(address(bad), stranger);
        vm.assertEq(bad.balanceOf(stranger), COST + BONUS);
    }
}
