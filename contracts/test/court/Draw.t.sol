// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtSettings, Dispute, DisputeStatus, IDisputeArbiter} from "../../src/interfaces/IDisputeArbiter.sol";
import {JuryOrder} from "../../src/interfaces/IJury.sol";
import {FactSet} from "../../src/libraries/Facts.sol";
import {Sides} from "../../src/libraries/Sides.sol";
import {Verdicts} from "../../src/libraries/Verdicts.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";

contract GivenTheEndOfTheEvidence is OverChannel {
    function setUp() public override {
        super.setUp();
        _openOver(RIGHT_RESULT);
    }

    function test_WhenTheEvidenceIsNotOver_ThereIsNoDraw() public {
        uint256 until = _dispute().evidenceBy;
        _roll(_dispute().seedBlock + 1);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, until, until));
        court.draw(matter);
    }

    function test_WhenTheSeedsBlockIsThePresentOne_ItsHashIsNotKnown() public {
        _passEvidence();
        uint48 seedBlock = _dispute().seedBlock;
        _roll(seedBlock);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SeedNotKnown.selector, seedBlock, uint256(seedBlock)));
        court.draw(matter);
    }

    function test_WhenTheWindowOfBlocksEnds_TheSeedIsStillGoodAndThenNot() public {
        _passEvidence();
        uint48 seedBlock = _dispute().seedBlock;
        uint256 last = uint256(seedBlock) + CourtDefaults.DRAW_BLOCKS;
        _roll(last + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SeedAgedOut.selector, seedBlock, last + 1));
        court.draw(matter);
        _roll(last);
        court.draw(matter);
        vm.assertEq(_jurors().length, CourtDefaults.FIRST, "jurors");
    }

    function test_WhenDrawn_SeatsAreTakenAndStakeIsLocked() public {
        _passEvidence();
        vm.prank(stranger);
        court.draw(matter);
        address[] memory jurors = _jurors();
        vm.assertEq(jurors.length, CourtDefaults.FIRST, "jurors");
        for (uint256 i = 0; i < jurors.length; ++i) {
            vm.assertEq(_seated(jurors[i]), CourtDefaults.SEAT_STAKE, "locked");
            (uint8 state,) = court.seatOf(_id(), 0, jurors[i]);
            vm.assertEq(state, 1, "seated");
            for (uint256 j = 0; j < i; ++j) {
                vm.assertTrue(jurors[i] != jurors[j], "seated twice");
            }
        }
        vm.assertEq(uint256(_dispute().status), uint256(DisputeStatus.VOTING), "status");
    }

    /// From startBy to deliverBy there were nine minutes: ten times as much, but a juror has at least an hour.
    function test_WhenDrawn_JurorsHaveTenTimesTheAgreedTime() public {
        _passEvidence();
        court.draw(matter);
        vm.assertEq(_dispute().commitBy, block.timestamp + 90 minutes, "commitBy");
    }

    /// Whoever draws, and whenever: the jury follows from the snapshot, the seed's block and the agreement alone.
    function testFuzz_WhenDrawnAtAnyTime_TheJuryIsTheSame(uint8 later, uint32 wait, address drawer, bytes32 hash) public {
        vm.assume(hash != 0);
        _passEvidence();
        uint48 seedBlock = _dispute().seedBlock;
        _roll(uint256(seedBlock) + bound(later, 1, CourtDefaults.DRAW_BLOCKS));
        more.setBlockhash(seedBlock, hash);
        vm.warp(block.timestamp + wait);
        vm.prank(drawer);
        court.draw(matter);
        address[] memory expected = reputation.drawJury(
            JuryOrder(
                address(token),
                _dispute().snapshot,
                keccak256(abi.encode(hash, _id(), uint8(0))),
                CourtDefaults.FIRST,
                _parties()
            )
        );
        vm.assertEq(keccak256(abi.encode(_jurors())), keccak256(abi.encode(expected)));
    }

    function test_WhenTheHashIsAnother_SoIsTheJury() public {
        _passEvidence();
        uint48 seedBlock = _dispute().seedBlock;
        uint256 start = vm.snapshotState();
        bytes32[6] memory juries;
        for (uint256 i = 0; i < juries.length; ++i) {
            more.setBlockhash(seedBlock, keccak256(abi.encode(i)));
            court.draw(matter);
            juries[i] = keccak256(abi.encode(_jurors()));
            vm.revertToState(start);
            for (uint256 j = 0; j < i; ++j) {
                vm.assertNotEq(juries[i], juries[j], "the seed does not matter");
            }
        }
    }

    /// Stake that comes after the opening cannot be chosen to fit the seed.
    function test_WhenAgentsPledgeAfterTheOpening_TheyAreNotDrawn() public {
        uint256 before = pool.length;
        _pledge(10, 1000 * PLEDGE);
        _passEvidence();
        court.draw(matter);
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            vm.assertTrue(uint160(jurors[i]) < 0x10000 + before, "came later");
        }
    }

    function test_WhenAJurorLeftAfterTheOpening_ItsUnbondingStakeStillSits() public {
        for (uint256 i = 0; i < pool.length; ++i) {
            vm.prank(pool[i]);
            reputation.leaveJury(address(token), PLEDGE);
        }
        _passEvidence();
        court.draw(matter);
        vm.assertEq(_jurors().length, CourtDefaults.FIRST, "jurors");
    }

    function test_WhenItIsDrawnTwice_ItRefuses() public {
        _passEvidence();
        court.draw(matter);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.VOTING));
        court.draw(matter);
    }

    function test_WhenTheMatterIsPlainAlready_NoJuryIsNeeded() public {
        court.showReceipt(matter, _signed(_receipt(WRONG_RESULT)));
        _passEvidence();
        bytes memory reason =
            abi.encodeWithSelector(IDisputeArbiter.JuryNotNeeded.selector, _id(), Verdicts.EQUIVOCATED);
        vm.expectRevert(reason);
        court.draw(matter);
        _roll(height + CourtDefaults.DRAW_BLOCKS + 1);
        vm.expectRevert(reason);
        court.reseed(matter);
    }

    function _parties() private view returns (address[] memory excluded) {
        excluded = new address[](6);
        (excluded[0], excluded[1]) = (requester, provider);
        (excluded[2], excluded[3], excluded[4], excluded[5]) = (requester, provider, requester, provider);
    }
}

/// The parties and everybody who signs or receives for them pledged a thousand times what others did.
contract GivenPartiesInTheJury is OverChannel {
    address private immutable _keyA = vm.addr(0xAAA);
    address private immutable _accountB = vm.addr(0xBBB);

    function setUp() public override {
        super.setUp();
        (matter.channel.signerA, matter.channel.partyB) = (_keyA, _accountB);
        matter.agreement.channelId = keccak256(abi.encode(matter.channel));
        address[4] memory near = [requester, provider, _keyA, _accountB];
        for (uint256 i = 0; i < near.length; ++i) {
            if (near[i] != requester && near[i] != provider) _enrich(near[i]);
            if (near[i] != provider) _stake(near[i], 1000 * PLEDGE);
            vm.prank(near[i]);
            reputation.joinJury(address(token), 1000 * PLEDGE);
        }
        bytes32 channelId = _backing();
        vm.prank(provider);
        reputation.allocate(address(token), channelId, ALLOCATED);
    }

    function testFuzz_WhenAJuryIsDrawn_NoneOfThemSits(bytes32 hash) public {
        vm.assume(hash != 0);
        _openOver(RIGHT_RESULT);
        vm.assertEq(_dispute().eligible, 20, "eligible");
        _passEvidence();
        more.setBlockhash(_dispute().seedBlock, hash);
        court.draw(matter);
        address[] memory jurors = _jurors();
        vm.assertEq(jurors.length, CourtDefaults.FIRST, "a full jury");
        for (uint256 i = 0; i < jurors.length; ++i) {
            bool isNear = jurors[i] == requester || jurors[i] == provider || jurors[i] == _keyA || jurors[i] == _accountB;
            vm.assertFalse(isNear, "judge in its own case");
        }
    }
}

contract GivenASeedThatAgedOut is OverChannel {
    function setUp() public override {
        super.setUp();
        _openOver(RIGHT_RESULT);
        _passEvidence();
    }

    function test_WhenTheSeedIsStillGood_ItStays() public {
        uint48 seedBlock = _dispute().seedBlock;
        uint256 last = uint256(seedBlock) + CourtDefaults.DRAW_BLOCKS;
        _roll(last);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SeedStillGood.selector, seedBlock, last));
        court.reseed(matter);
    }

    function test_WhenReseeded_WhoeverAskedForTheRoundLosesItsBond() public {
        _ageOut();
        vm.prank(stranger);
        court.reseed(matter);
        Dispute memory dispute = _dispute();
        vm.assertEq(dispute.requesterBond, 0, "the opener's");
        vm.assertEq(dispute.providerBond, 2 * FEES_1, "the other's");
        vm.assertEq(dispute.seedBlock, height + CourtDefaults.SEED_DELAY, "a later block");
        vm.assertTrue(_has(FactSet.STALLED), "stalled");
    }

    function test_WhenDrawnAfterwards_TheSnapshotIsTheSameAndTheOthersBondCoversTheFees() public {
        uint96 total = _dispute().snapshot.total;
        _ageOut();
        court.reseed(matter);
        _passToNextSeed();
        court.draw(matter);
        vm.assertEq(_dispute().snapshot.total, total, "snapshot");
        _voteAll(WRONG_RESULT);
        _passAppeals();
        court.rule(matter);
        _assertVerdict(Verdicts.WRONG);
        // Its bond was lost by stalling; the provider's two bonds pay the jury, and one is left.
        _assertGains(int256(uint256(PAID)) - int256(uint256(FEES_1)), int256(uint256(FEES_1)));
    }

    function test_WhenItAgesOutAgain_TheDisputeEndsAsIfNobodyHadOpenedIt() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.JuryNotDrawn.selector, _id(), uint8(0)));
        court.rule(matter);
        _ageOut();
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.JuryNotDrawn.selector, _id(), uint8(0)));
        court.rule(matter);
        court.reseed(matter);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.JuryNotDrawn.selector, _id(), uint8(0)));
        court.rule(matter);
        _ageOut();
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.StalledTwice.selector, _id()));
        court.reseed(matter);
        court.rule(matter);
        _assertVerdict(Verdicts.STALLED);
        // The receipt stands, and the requester's bond went to the provider.
        _assertGains(-int256(uint256(COST - PAID + FEES_1)), int256(uint256(COST - PAID + 2 * FEES_1)));
        vm.assertEq(_balance(address(court)), 0, "left behind");
    }

    function test_WhenTheProviderStalledItsOwnDispute_ItsBondGoesToTheRequester() public {
        matter.agreement.deliverBy = uint40(block.timestamp);
        _open(provider, _signed(_receipt(RIGHT_RESULT)), _noProof());
        vm.prank(requester);
        court.join(matter, _proof());
        _passEvidence();
        _ageOut();
        court.reseed(matter);
        vm.assertEq(_dispute().requesterBond, 2 * FEES_1, "the other's");
        vm.assertEq(_dispute().providerBond, 0, "the opener's");
    }

    function test_WhenTheEvidenceIsNotOver_ThereIsNothingToReseed() public {
        matter.agreement.deliverBy = uint40(block.timestamp);
        _openOver(RIGHT_RESULT);
        uint256 until = _dispute().evidenceBy;
        _roll(_dispute().seedBlock + CourtDefaults.DRAW_BLOCKS + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WindowNotOver.selector, until, block.timestamp));
        court.reseed(matter);
    }

    function test_WhenAJurySits_ThereIsNothingToReseed() public {
        court.draw(matter);
        _ageOut();
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.WrongStatus.selector, _id(), DisputeStatus.VOTING));
        court.reseed(matter);
    }

    function test_WhenAnAppealIsNotDrawn_TheAppellantLosesItsBondAndThenTheRound() public {
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _appeal(requester);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.JuryNotDrawn.selector, _id(), uint8(1)));
        court.rule(matter);
        _ageOut();
        court.reseed(matter);
        vm.assertEq(_dispute().requesterBond, FEES_1, "without the second round's");
        vm.assertEq(_dispute().providerBond, FEES_1 + FEES_2, "with it");
        _ageOut();
        court.rule(matter);
        _assertVerdict(Verdicts.RIGHT);
        _assertGains(
            -int256(uint256(COST - PAID + FEES_1 + FEES_2)), int256(uint256(COST - PAID + FEES_1 + FEES_2))
        );
        vm.assertEq(_balance(address(court)), FEES_1, "the first round's fees");
    }

    function test_WhenTheFirstRoundStalled_AnAppealMayStallOnceMore() public {
        _ageOut();
        court.reseed(matter);
        _passToNextSeed();
        court.draw(matter);
        _voteAll(RIGHT_RESULT);
        _appeal(requester);
        vm.assertFalse(_has(FactSet.STALLED), "a new round");
        _ageOut();
        court.reseed(matter);
        vm.assertTrue(_has(FactSet.STALLED), "stalled");
        vm.assertEq(_dispute().requesterBond, 0, "nothing left to lose");
    }

    function _ageOut() private {
        _roll(uint256(_dispute().seedBlock) + CourtDefaults.DRAW_BLOCKS + 1);
    }
}

/// A chain that serves the hashes of 8,191 blocks (EIP-2935).
contract GivenALongHistoryOfBlocks is OverChannel {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint32 private constant LONG = 8190;

    function setUp() public override {
        // Answers every question with the number asked for, so a hash that is there and not zero.
        vm.etch(HISTORY, hex"60003560005260206000f3");
        super.setUp();
    }

    function _settings() internal pure override returns (CourtSettings memory settings) {
        settings = super._settings();
        settings.drawBlocks = LONG;
    }

    function test_WhenTheSeedIsOlderThan256Blocks_TheHistoryHasIt() public {
        _openOver(RIGHT_RESULT);
        _passEvidence();
        uint48 seedBlock = _dispute().seedBlock;
        _roll(uint256(seedBlock) + LONG);
        court.draw(matter);
        vm.assertEq(_jurors().length, CourtDefaults.FIRST, "jurors");
    }

    function test_WhenTheHistoryLostIt_ThereIsNoDrawAndLaterAnotherSeed() public {
        _openOver(RIGHT_RESULT);
        _passEvidence();
        vm.etch(HISTORY, "");
        uint48 seedBlock = _dispute().seedBlock;
        uint256 now_ = uint256(seedBlock) + 257;
        _roll(now_);
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.SeedAgedOut.selector, seedBlock, now_));
        court.draw(matter);
        _roll(uint256(seedBlock) + LONG + 1);
        court.reseed(matter);
        _passToNextSeed();
        court.draw(matter);
    }
}
