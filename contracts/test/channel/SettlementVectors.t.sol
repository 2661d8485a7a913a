// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/libraries/Settlement.sol";
import {T} from "../kit/T.sol";

/// The vectors in test/vectors/settlement.json, made from the design's formula in TypeScript.
contract SettlementVectors is T {
    struct Vector {
        string mode;
        uint96 depositA;
        uint96 amountB;
        uint96 sentA;
        uint96 sentB;
        uint96 payA;
        uint96 payB;
    }

    function test_GivenVectors_ItSplitsAsTheDesignSays() public view {
        bytes memory rows = vm.parseJsonTypeArray(
            vm.readFile("../test/vectors/settlement.json"),
            ".vectors",
            "Vector(string mode,uint96 depositA,uint96 amountB,uint96 sentA,uint96 sentB,uint96 payA,uint96 payB)"
        );
        Vector[] memory vectors = abi.decode(rows, (Vector[]));
        vm.assertGe(vectors.length, 400, "vectors read");
        for (uint256 i = 0; i < vectors.length; ++i) {
            Vector memory v = vectors[i];
            (uint96 payA, uint96 payB) = keccak256(bytes(v.mode)) == keccak256("DUPLEX")
                ? Settlement.splitDuplex(v.depositA, v.amountB, v.sentA, v.sentB)
                : Settlement.splitSimplex(v.sentA, v.depositA, v.amountB);
            vm.assertEq(payA, v.payA, vm.toString(i));
            vm.assertEq(payB, v.payB, vm.toString(i));
        }
    }
}

/// Every end of a channel over a small domain, and every combination of amounts at the edges of 96 bits: bounded, but without a gap.
contract EverySettlement is T {
    uint96 private constant MOST = type(uint96).max;

    function test_GivenEverySmallDuplexEnd_SumsHoldAndEachGetsItsDue() public pure {
        for (uint96 depositA = 0; depositA < 6; ++depositA) {
            for (uint96 depositB = 0; depositB < 6; ++depositB) {
                for (uint96 sentA = 0; sentA < 18; ++sentA) {
                    for (uint96 sentB = 0; sentB < 18; ++sentB) {
                        _checkDuplex(depositA, depositB, sentA, sentB);
                    }
                }
            }
        }
    }

    function test_GivenEveryDuplexEndAtTheEdges_SumsHoldAndEachGetsItsDue() public pure {
        uint96[7] memory edges = [0, 1, 2, MOST / 2, MOST - 2, MOST - 1, MOST];
        for (uint256 a = 0; a < 7; ++a) {
            for (uint256 b = 0; b < 7; ++b) {
                if (uint256(edges[a]) + edges[b] > MOST) continue;
                for (uint256 i = 0; i < 49; ++i) {
                    _checkDuplex(edges[a], edges[b], edges[i / 7], edges[i % 7]);
                }
            }
        }
    }

    function test_GivenEverySmallSimplexEnd_SumsHoldAndClaimsStand() public pure {
        for (uint96 deposit = 0; deposit < 12; ++deposit) {
            for (uint96 claimed = 0; claimed <= deposit; ++claimed) {
                for (uint96 sent = 0; sent < 26; ++sent) {
                    _checkSimplex(deposit, claimed, sent);
                }
            }
        }
    }

    function test_GivenEverySimplexEndAtTheEdges_SumsHoldAndClaimsStand() public pure {
        uint96[7] memory edges = [0, 1, 2, MOST / 2, MOST - 2, MOST - 1, MOST];
        for (uint256 i = 0; i < 343; ++i) {
            (uint96 deposit, uint96 claimed, uint96 sent) = (edges[i / 49], edges[(i / 7) % 7], edges[i % 7]);
            if (claimed <= deposit) _checkSimplex(deposit, claimed, sent);
        }
    }

    function _checkDuplex(uint96 depositA, uint96 depositB, uint96 sentA, uint96 sentB) private pure {
        (uint96 payA, uint96 payB) = Settlement.splitDuplex(depositA, depositB, sentA, sentB);
        int256 total = int256(uint256(depositA) + depositB);
        int256 due = int256(uint256(depositA)) + int256(uint256(sentB)) - int256(uint256(sentA));
        if (due < 0) due = 0;
        if (due > total) due = total;
        vm.assertEq(int256(uint256(payA)), due);
        vm.assertEq(int256(uint256(payA) + payB), total);
    }

    function _checkSimplex(uint96 deposit, uint96 claimed, uint96 sent) private pure {
        (uint96 payA, uint96 payB) = Settlement.splitSimplex(sent, deposit, claimed);
        uint96 covered = sent < deposit ? sent : deposit;
        vm.assertEq(uint256(claimed) + payB, covered > claimed ? covered : claimed, "due to the payee");
        vm.assertEq(uint256(payA) + payB + claimed, deposit, "sum");
    }
}
