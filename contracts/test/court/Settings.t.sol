// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtRule, CourtSettings, IDisputeArbiter} from "../../src/interfaces/IDisputeArbiter.sol";
import {CourtTimes} from "../../src/libraries/CourtTimes.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CourtDefaults, OverChannel} from "./CourtKit.sol";
import {T} from "../kit/T.sol";

/// Opens the library to the tests.
contract TimesProbe {
    function areSound(CourtSettings memory settings, bool hasHistory) external pure returns (bool) {
        return CourtTimes.areSound(settings, hasHistory);
    }

    function commitSeconds(CourtSettings memory settings, uint40 startBy, uint40 deliverBy)
        external
        pure
        returns (uint40)
    {
        return CourtTimes.commitSeconds(settings, startBy, deliverBy);
    }

    function longest(CourtSettings memory settings) external pure returns (uint256) {
        return CourtTimes.longest(settings);
    }
}

contract GivenSettings is T {
    TimesProbe private immutable _times = new TimesProbe();

    function test_WhenTheyAreGood_TheyAreTaken() public view {
        vm.assertTrue(_times.areSound(CourtDefaults.settings(), false));
    }

    function test_WhenAJuryIsEvenShrinkingOrTooLarge_TheyAreRefused() public view {
        uint8[3][8] memory juries = [
            [uint8(4), 7, 15],
            [uint8(3), 8, 15],
            [uint8(3), 7, 16],
            [uint8(7), 7, 15],
            [uint8(3), 15, 15],
            [uint8(7), 3, 15],
            [uint8(7), 15, 33],
            [uint8(0), 7, 15]
        ];
        for (uint256 i = 0; i < juries.length; ++i) {
            CourtSettings memory settings = CourtDefaults.settings();
            settings.seats = juries[i];
            vm.assertFalse(_times.areSound(settings, true), vm.toString(i));
        }
    }

    function test_WhenAWindowIsMissing_TheyAreRefused() public view {
        for (uint256 i = 0; i < 8; ++i) {
            CourtSettings memory settings = CourtDefaults.settings();
            if (i == 0) settings.bondWindow = 0;
            if (i == 1) settings.answerWindow = 0;
            if (i == 2) settings.shortestCommit = 0;
            if (i == 3) settings.revealWindow = 0;
            if (i == 4) settings.appealWindow = 0;
            if (i == 5) settings.blockMillis = 0;
            if (i == 6) settings.seedDelay = 0;
            if (i == 7) settings.drawBlocks = 0;
            vm.assertFalse(_times.areSound(settings, true), vm.toString(i));
        }
    }

    function test_WhenTheEvidenceIsShorterThanBondOrAnswer_TheyAreRefused() public view {
        CourtSettings memory settings = CourtDefaults.settings();
        settings.bondWindow = settings.evidenceWindow;
        settings.answerWindow = settings.evidenceWindow;
        vm.assertTrue(_times.areSound(settings, false), "as long");
        ++settings.bondWindow;
        vm.assertFalse(_times.areSound(settings, false), "bond");
        --settings.bondWindow;
        ++settings.answerWindow;
        vm.assertFalse(_times.areSound(settings, false), "answer");
    }

    function test_WhenTheShortestCommitIsTheLonger_TheyAreRefused() public view {
        CourtSettings memory settings = CourtDefaults.settings();
        settings.shortestCommit = settings.longestCommit;
        vm.assertTrue(_times.areSound(settings, false), "as long");
        ++settings.shortestCommit;
        vm.assertFalse(_times.areSound(settings, false), "longer");
    }

    function test_WhenSeedsWouldBeForgottenBeforeADraw_TheyAreRefused() public view {
        CourtSettings memory settings = CourtDefaults.settings();
        settings.drawBlocks = 255;
        vm.assertTrue(_times.areSound(settings, false), "blockhash");
        settings.drawBlocks = 256;
        vm.assertFalse(_times.areSound(settings, false), "beyond blockhash");
        settings.drawBlocks = 8190;
        vm.assertTrue(_times.areSound(settings, true), "history");
        settings.drawBlocks = 8191;
        vm.assertFalse(_times.areSound(settings, true), "beyond history");
    }

    function test_WhenJurorsAreGivenTime_ItIsTenTimesTheAgreedWithinBounds() public view {
        CourtSettings memory settings = CourtDefaults.settings();
        vm.assertEq(_times.commitSeconds(settings, 100, 100), 1 hours, "none agreed");
        vm.assertEq(_times.commitSeconds(settings, 100, 50), 1 hours, "less than none");
        vm.assertEq(_times.commitSeconds(settings, 100, 100 + 6 minutes), 1 hours, "the least");
        vm.assertEq(_times.commitSeconds(settings, 100, 101 + 6 minutes), 1 hours + 10, "ten times");
        vm.assertEq(_times.commitSeconds(settings, 100, 100 + 72 minutes), 12 hours, "the most");
        vm.assertEq(_times.commitSeconds(settings, 0, type(uint40).max), 12 hours, "more");
    }

    function test_WhenTheLongestDisputeIsSummed_EverythingTakesAsLongAsItMay() public view {
        uint256 waiting = 2 * (5 + 200 + 1) * 12;
        uint256 round = 12 hours + 40 minutes + 50 minutes + waiting;
        vm.assertEq(_times.longest(CourtDefaults.settings()), 3 hours + 3 * round);
    }
}

contract GivenACourt is OverChannel {
    function test_WhenItIsDeployed_ItKnowsItsSettingsAndNeighbours() public view {
        vm.assertEq(
            keccak256(abi.encode(court.settings())), keccak256(abi.encode(CourtDefaults.settings())), "settings"
        );
        vm.assertEq(court.escrow(), address(escrow));
        vm.assertEq(court.reputation(), address(reputation));
        (uint96 fee, uint96 stake) = court.courtRule(address(token));
        vm.assertEq(fee, CourtDefaults.SEAT_FEE, "fee");
        vm.assertEq(stake, CourtDefaults.SEAT_STAKE, "stake");
        vm.assertGe(escrow.longestDispute(), court.longestDispute(), "the escrow waits long enough");
    }

    function test_WhenSettingsAreNotSound_ItIsNotDeployed() public {
        CourtSettings memory settings = CourtDefaults.settings();
        settings.seats[0] = 4;
        bytes memory args =
            abi.encode(address(1), address(2), settings, owner, new address[](0), CourtDefaults.rule());
        vm.expectRevert();
        vm.deployCode("DisputeArbiterContract.sol", args);
    }

    function test_WhenItIsAskedForItsDomain_ItNamesItself() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address place, bytes32 salt,) =
            IERC5267(address(court)).eip712Domain();
        vm.assertEq(bytes32(fields), bytes32(hex"0f"));
        vm.assertEq(name, "Souk");
        vm.assertEq(version, "1");
        vm.assertEq(chainId, block.chainid);
        vm.assertEq(place, address(court));
        vm.assertEq(salt, bytes32(0));
    }

    function test_WhenTheOwnerAdmitsAToken_ItIsHeardByItsOwnRule() public {
        _admit(address(0xabc), 2, 10);
        (uint96 fee, uint96 stake) = court.courtRule(address(0xabc));
        vm.assertEq(fee, 2, "fee");
        vm.assertEq(stake, 10, "stake");
    }

    function test_WhenItWasAdmittedBefore_ItsRuleStays() public {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.AlreadyAdmitted.selector, address(token)));
        _admit(address(token), 1, 10);
    }

    function test_WhenAnybodyElseAdmitsAToken_ItRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        court.admitToken(address(0xabc), CourtRule(1, 10));
    }

    function test_WhenARuleIsNotSound_ItRefuses() public {
        uint96 most = type(uint96).max / 256;
        _refuseRule(address(0), 1, 10);
        _refuseRule(address(0xabc), 0, 10);
        _refuseRule(address(0xabc), 1, 9);
        _refuseRule(address(0xabc), most + 1, 10);
        _admit(address(0xabc), most, 10);
    }

    function _refuseRule(address money, uint96 fee, uint96 stake) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeArbiter.RuleRefused.selector, fee, stake));
        _admit(money, fee, stake);
    }

    function _admit(address money, uint96 fee, uint96 stake) private {
        vm.prank(owner);
        court.admitToken(money, CourtRule(fee, stake));
    }
}
