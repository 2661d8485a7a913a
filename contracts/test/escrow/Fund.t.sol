// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowId, EscrowStatus, EscrowTerms, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IEntryRules} from "../../src/interfaces/IEntryRules.sol";
import {Permit} from "../../src/interfaces/IPaymentChannel.sol";
import {IStake} from "../../src/interfaces/IStake.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {EscrowKit} from "../kit/EscrowKit.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// What funding answers.
abstract contract FundKit is EscrowKit {
    function _signed() internal view returns (bytes memory byRequester, bytes memory byProvider) {
        return (_sign(REQUESTER_KEY, terms.agreementHash), _sign(PROVIDER_KEY, terms.agreementHash));
    }

    function _refuses(bytes memory problem) internal {
        (bytes memory byRequester, bytes memory byProvider) = _signed();
        vm.expectRevert(problem);
        vm.prank(requester);
        escrow.fund(agreement, byRequester, byProvider);
    }

    function _refusesSomehow() internal {
        (bytes memory byRequester, bytes memory byProvider) = _signed();
        vm.expectRevert();
        vm.prank(requester);
        escrow.fund(agreement, byRequester, byProvider);
    }
}

contract GivenASignedAgreement is FundKit {
    function test_WhenTheRequesterFunds_PriceAndBonusComeInAndStakeIsLocked() public {
        uint256 before = token.balanceOf(requester);
        vm.expectEmit(address(escrow));
        emit IEscrow.Funded(id, terms.agreementHash, provider, requester, address(token), PRICE, BONUS);
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
        vm.assertEq(before - token.balanceOf(requester), PRICE + BONUS);
        vm.assertEq(token.balanceOf(address(escrow)), PRICE + BONUS);
        vm.assertEq(_committed(provider), STAKE);
    }

    function test_ItNamesTermsAndId() public view {
        (EscrowTerms memory named, EscrowId namedId) = escrow.termsOf(agreement);
        vm.assertEq(keccak256(abi.encode(named)), keccak256(abi.encode(terms)));
        vm.assertEq(EscrowId.unwrap(namedId), EscrowId.unwrap(id));
        vm.assertEq(EscrowId.unwrap(escrow.idOf(terms)), EscrowId.unwrap(id));
    }

    function test_WhenFundedAgain_ItRefuses() public {
        _fund();
        _refuses(abi.encodeWithSelector(IEscrow.AlreadyUsed.selector, id));
    }

    function test_Invariant07_WhenFundedAfterItsEnd_ItRefuses() public {
        _fund();
        _releaseAccepted(_receipt());
        _refuses(abi.encodeWithSelector(IEscrow.AlreadyUsed.selector, id));
    }

    function test_WhenTwoAreOpenBetweenTheSameParties_BothAreHeld() public {
        _fund();
        _use(_agreementOver(address(token), 2));
        _fund();
        _releaseAccepted(_receipt());
        _use(_agreementOver(address(token), 1));
        _assertStatus(EscrowStatus.FUNDED);
        vm.assertEq(token.balanceOf(address(escrow)), PRICE + BONUS);
        vm.assertEq(_committed(provider), STAKE);
    }

    function test_WhenAnybodyElseFunds_ItRefuses() public {
        (bytes memory byRequester, bytes memory byProvider) = _signed();
        address[2] memory others = [provider, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.NotRequester.selector, others[i], requester));
            vm.prank(others[i]);
            escrow.fund(agreement, byRequester, byProvider);
        }
    }

    function test_WhenTheStartIsDue_ItFunds() public {
        vm.warp(agreement.startBy);
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenTheStartHasPassed_ItRefuses() public {
        vm.warp(agreement.startBy + 1);
        _refuses(abi.encodeWithSelector(IEscrow.StartPassed.selector, agreement.startBy, agreement.startBy + 1));
    }

    function test_WhenItSettlesByChannel_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        made.settlement = 0;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.NotForEscrow.selector, 0, bytes32(0)));
        made.settlement = 1;
        made.channelId = bytes32(uint256(1));
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.NotForEscrow.selector, 1, bytes32(uint256(1))));
    }

    function test_WhenBothPartiesAreOne_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        made.provider = requester;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.PartiesNotDistinct.selector, requester, requester));
    }

    function test_WhenDeliveryIsDueBeforeTheStart_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        made.deliverBy = made.startBy - 1;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.DeliveryBeforeStart.selector, made.deliverBy, made.startBy));
    }

    function test_WhenTheReviewIsTooShort_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        made.reviewSeconds = MIN_REVIEW - 1;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.ReviewTooShort.selector, MIN_REVIEW - 1, MIN_REVIEW));
    }

    function test_WhenItLastsTooLong_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        uint256 latest = block.timestamp + LONGEST_AGREEMENT;
        made.deliverBy = uint40(latest - made.reviewSeconds) + 1;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.AgreementTooLong.selector, latest + 1, latest));
        made.deliverBy -= 1;
        _use(made);
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenItIsWorthNothing_ItRefuses() public {
        MarketTypes.Agreement memory made = agreement;
        made.maxPrice = 0;
        _use(made);
        _refuses(abi.encodeWithSelector(IEscrow.PriceMissing.selector));
    }

    function test_WhenTheStakeIsNotFree_ItRefuses() public {
        vm.prank(provider);
        reputation.allocate(address(token), "channel", DEPOSITED - STAKE + 1);
        _refuses(abi.encodeWithSelector(IStake.StakeNotFree.selector, address(token), provider, STAKE - 1, STAKE));
    }

    function test_WhenNoStakeIsAgreed_ItFundsWithoutBonus() public {
        MarketTypes.Agreement memory made = agreement;
        made.stake = 0;
        _use(made);
        _fund();
        vm.assertEq(token.balanceOf(address(escrow)), PRICE);
        vm.assertEq(_committed(provider), 0);
    }

    function test_WhenTheRequesterCannotPay_ItRefuses() public {
        vm.prank(requester);
        token.approve(address(escrow), PRICE + BONUS - 1);
        _refusesSomehow();
        _assertStatus(EscrowStatus.NONE);
        vm.assertEq(_committed(provider), 0);
    }

    function testFuzz_WhateverPriceAndStake_ItTakesBoth(uint96 price, uint96 stake) public {
        MarketTypes.Agreement memory made = agreement;
        made.maxPrice = uint96(bound(price, 1, 1e28));
        made.stake = uint96(bound(stake, 0, 1e28));
        _stake(provider, made.stake + 1);
        _use(made);
        _fund();
        vm.assertEq(token.balanceOf(address(escrow)), uint256(made.maxPrice) + uint256(made.stake) * 5 / 100);
        vm.assertEq(_committed(provider), made.stake);
    }
}

contract GivenAnOwner is FundKit {
    function test_WhenATokenIsNotAllowed_ItRefuses() public {
        _cap(0);
        _refuses(abi.encodeWithSelector(IEntryRules.TokenNotAllowed.selector, address(token)));
    }

    function test_WhenTheCapIsBelowPriceAndBonus_ItRefuses() public {
        _cap(PRICE + BONUS - 1);
        _refuses(abi.encodeWithSelector(IEntryRules.DepositAboveCap.selector, PRICE + BONUS, PRICE + BONUS - 1));
        _cap(PRICE + BONUS);
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenTheCapFallsLater_NothingIsTrapped() public {
        _fund();
        _cap(0);
        _releaseAccepted(_receipt());
        vm.assertEq(token.balanceOf(address(escrow)), 0);
    }

    function test_WhenTheStakeIsBelowTheLeast_ItRefuses() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.MinStakeSet(address(token), STAKE + 1);
        vm.prank(owner);
        escrow.setMinStake(address(token), STAKE + 1);
        vm.assertEq(escrow.minStake(address(token)), STAKE + 1);
        _refuses(abi.encodeWithSelector(IEscrow.StakeTooSmall.selector, STAKE, STAKE + 1));
        vm.prank(owner);
        escrow.setMinStake(address(token), STAKE);
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenCapAndLeastStakeAreSet_NeitherForgetsTheOther() public {
        vm.startPrank(owner);
        escrow.setMinStake(address(token), 7);
        escrow.setDepositCap(address(token), 9);
        escrow.setMinStake(address(token), 8);
        escrow.pause();
        escrow.unpause();
        vm.stopPrank();
        vm.assertEq(escrow.minStake(address(token)), 8);
        vm.assertEq(escrow.depositCap(address(token)), 9);
    }

    function test_WhenPaused_ItRefuses() public {
        vm.prank(owner);
        escrow.pause();
        _refuses(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        vm.prank(owner);
        escrow.unpause();
        _fund();
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenAnybodyElseDecides_ItRefuses() public {
        bytes[4] memory calls = [
            abi.encodeCall(escrow.setDepositCap, (address(token), 1)),
            abi.encodeCall(escrow.setMinStake, (address(token), 1)),
            abi.encodeCall(escrow.pause, ()),
            abi.encodeCall(escrow.unpause, ())
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool done, bytes memory answer) = address(escrow).call(calls[i]);
            vm.assertFalse(done, "a stranger decides");
            vm.assertEq(
                keccak256(answer),
                keccak256(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger))
            );
        }
    }

    function _cap(uint96 cap) private {
        vm.prank(owner);
        escrow.setDepositCap(address(token), cap);
    }
}

contract GivenADeployment is EscrowKit {
    function test_ItSaysWhatItWasToldAndWhomItServes() public view {
        vm.assertEq(escrow.minReview(), MIN_REVIEW);
        vm.assertEq(escrow.longestAgreement(), LONGEST_AGREEMENT);
        vm.assertEq(escrow.longestDispute(), LONGEST_DISPUTE);
        vm.assertEq(escrow.arbiter(), arbiter);
        vm.assertEq(escrow.reputation(), address(reputation));
        vm.assertEq(reputation.escrow(), address(escrow));
    }

    function test_WhenTimesMakeNoSense_ItRefuses() public {
        uint32[3][3] memory wrong = [[uint32(0), 10, 10], [uint32(11), 10, 10], [uint32(1), 10, 0]];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IEscrow.SettingsRefused.selector, wrong[i][0], wrong[i][1], wrong[i][2])
            );
            vm.deployCode(
                "EscrowContract.sol", abi.encode(arbiter, address(reputation), wrong[i], owner, new address[](0))
            );
        }
    }
}

contract GivenAPermit is EscrowKit {
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function setUp() public override {
        super.setUp();
        vm.prank(requester);
        token.approve(address(escrow), 0);
    }

    function test_WhenItIsGood_ItFundsWithoutAnAllowance() public {
        _fundWith(_permit(PRICE + BONUS));
        _assertStatus(EscrowStatus.FUNDED);
        vm.assertEq(token.allowance(requester, address(escrow)), 0);
    }

    function test_WhenSomebodyUsedItFirst_ItFunds() public {
        Permit memory permit = _permit(PRICE + BONUS);
        vm.prank(stranger);
        token.permit(requester, address(escrow), PRICE + BONUS, permit.deadline, permit.v, permit.r, permit.s);
        _fundWith(permit);
        _assertStatus(EscrowStatus.FUNDED);
    }

    function test_WhenItCoversLess_ItRefuses() public {
        Permit memory permit = _permit(PRICE);
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        vm.expectRevert();
        vm.prank(requester);
        escrow.fundWithPermit(agreement, byRequester, byProvider, permit);
    }

    function test_WhenPaused_ItRefuses() public {
        vm.prank(owner);
        escrow.pause();
        Permit memory permit = _permit(PRICE + BONUS);
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        vm.prank(requester);
        escrow.fundWithPermit(agreement, byRequester, byProvider, permit);
    }

    function _fundWith(Permit memory permit) private {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        vm.prank(requester);
        escrow.fundWithPermit(agreement, byRequester, byProvider, permit);
    }

    function _permit(uint256 amount) private view returns (Permit memory permit) {
        permit.deadline = block.timestamp;
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPE, requester, address(escrow), amount, token.nonces(requester), permit.deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
        (permit.v, permit.r, permit.s) = vm.sign(REQUESTER_KEY, digest);
    }
}
