// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/libraries/Settlement.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

contract GivenAnyAmounts is ChannelKit {
    function testFuzz_SumsAreConserved(uint96 sent, uint96 deposit, uint96 claimed) public pure {
        claimed = uint96(bound(claimed, 0, deposit));
        (uint96 payA, uint96 payB) = Settlement.splitSimplex(sent, deposit, claimed);
        vm.assertEq(uint256(payA) + payB + claimed, deposit);
    }

    function testFuzz_ThePayeeGetsTheGreaterOfClaimedAndCoveredPromise(uint96 sent, uint96 deposit, uint96 claimed)
        public
        pure
    {
        claimed = uint96(bound(claimed, 0, deposit));
        (, uint96 payB) = Settlement.splitSimplex(sent, deposit, claimed);
        uint256 coveredPromise = sent < deposit ? sent : deposit;
        vm.assertEq(uint256(claimed) + payB, coveredPromise > claimed ? coveredPromise : claimed);
    }

    function testFuzz_AGreaterPromiseNeverPaysThePayeeLess(uint96 sent, uint96 more, uint96 deposit, uint96 claimed)
        public
        pure
    {
        claimed = uint96(bound(claimed, 0, deposit));
        more = uint96(bound(more, sent, type(uint96).max));
        (, uint96 less) = Settlement.splitSimplex(sent, deposit, claimed);
        (, uint96 greater) = Settlement.splitSimplex(more, deposit, claimed);
        vm.assertGe(greater, less, "payee");
    }

    /// Whatever the payer does, a payee that shows its best promise in time gets all it covers, however it split claims and response.
    function testFuzz_AnHonestResponseGetsWhatIsOwed(uint96 deposit, uint96 best, uint96 claimedFirst, bool payeeCloses)
        public
    {
        deposit = uint96(bound(deposit, 1, 1e29));
        best = uint96(bound(best, 1, 2 * uint256(deposit)));
        claimedFirst = uint96(bound(claimedFirst, 0, best));
        _open(deposit);
        if (claimedFirst > 0) _claim(claimedFirst);
        vm.prank(payeeCloses ? bob : alice);
        channels.startClose(params, _noPromise());
        if (best > claimedFirst && _claimed() < best) _respond(best);
        _passWindow();
        uint256 before = token.balanceOf(alice);
        channels.settle(params);
        uint256 owed = best < deposit ? best : deposit;
        vm.assertEq(token.balanceOf(bob), owed);
        vm.assertEq(token.balanceOf(alice) - before, deposit - owed);
    }

    function testFuzz_EveryPromiseIsClaimableOnce(uint96[8] memory sent) public {
        _open(DEPOSIT);
        uint96 highest = 0;
        for (uint256 i = 0; i < sent.length; ++i) {
            sent[i] = uint96(bound(sent[i], 0, DEPOSIT + 100));
            vm.prank(bob);
            try channels.claim(params, _promise(sent[i])) {
                vm.assertTrue(sent[i] > highest && highest < DEPOSIT, "only a greater promise pays");
            } catch {
                vm.assertTrue(sent[i] <= highest || highest >= DEPOSIT, "a greater promise pays");
            }
            if (sent[i] > highest) highest = sent[i];
        }
        vm.assertEq(token.balanceOf(bob), highest < DEPOSIT ? highest : DEPOSIT);
    }

    function _claimed() private view returns (uint96 claimed) {
        (, claimed,,,) = channels.channel(id);
    }
}
