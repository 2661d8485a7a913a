// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowStatus, EscrowTerms, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {EscrowKit} from "../kit/EscrowKit.sol";

/// Invariant 9. Who may do what, when: every actor tries every action in every state, paused and not. What is not in the table must change nothing.
contract Invariant09_GivenEveryActorStateAndAction is EscrowKit {
    /// One row per action, one letter per state: A anyone, R requester, P provider, C arbiter, O owner, - nobody.
    struct Row {
        string name;
        bytes allowed;
        bytes call;
        EscrowStatus next;
    }

    /// In the order of the letters. OVERDUE: nothing delivered in time. STALE: nor can that be disputed any more. REVIEWED: the review
    /// is over. HELD: refunded, stake still locked. COURT_OVER: no ruling in time.
    string[14] private _states = [
        "NONE",
        "FUNDED",
        "OVERDUE",
        "STALE",
        "DELIVERED",
        "REVIEWED",
        "HELD",
        "HELD_OVER",
        "RELEASED",
        "REFUNDED",
        "SPLIT",
        "DISPUTED",
        "COURT_OVER",
        "RULED"
    ];
    bytes private constant NOBODY = "--------------";
    Row[] private _rows;

    function setUp() public override {
        super.setUp();
        MarketTypes.Receipt memory receipt = _receipt();
        bytes memory receipted = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory accepted = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        Approval memory split = Approval({kind: 3, toProvider: 30e6, validUntil: uint40(block.timestamp) + 365 days});
        bytes memory byRequester = _sign(REQUESTER_KEY, _approvalHash(split));
        bytes memory byProvider = _sign(PROVIDER_KEY, _approvalHash(split));
        EscrowTerms[] memory batch = new EscrowTerms[](1);
        batch[0] = terms;
        _row("deliver", "-A------------", abi.encodeCall(escrow.deliver, (terms, receipt, receipted)));
        _row("deliver unsigned", NOBODY, abi.encodeCall(escrow.deliver, (terms, receipt, "")));
        _row("release", "----RA--------", abi.encodeCall(escrow.release, (terms)));
        _row("releaseBatch", "----RA--------", abi.encodeCall(escrow.releaseBatch, (batch)));
        _rowsOfAcceptance(receipt, receipted, accepted);
        _row("refund", "--AA--------A-", abi.encodeCall(escrow.refund, (terms)));
        _row("settle", "-AAAAA-----AA-", abi.encodeCall(escrow.settle, (terms, split, byRequester, byProvider)));
        _row("settle, one", "-RRRRR-----RR-", abi.encodeCall(escrow.settle, (terms, split, "", byProvider)));
        _row("settle, other", "-PPPPP-----PP-", abi.encodeCall(escrow.settle, (terms, split, byRequester, "")));
        _row("settle unsigned", NOBODY, abi.encodeCall(escrow.settle, (terms, split, "", "")));
        _row("unlockStake", "-------A------", abi.encodeCall(escrow.unlockStake, (terms)));
        _row("dispute, requester", "--C-C-C-------", abi.encodeCall(escrow.dispute, (terms, requester)));
        _row("dispute, provider", "----C---------", abi.encodeCall(escrow.dispute, (terms, provider)));
        _row("dispute, stranger", NOBODY, abi.encodeCall(escrow.dispute, (terms, stranger)));
        _row("rule", "-----------CC-", abi.encodeCall(escrow.rule, (terms, COST, true)));
        _row("withdrawCredit", NOBODY, abi.encodeCall(escrow.withdrawCredit, (address(token), stranger)));
        _rowsOfOwner();
    }

    function test_OnlyTheTableIsAllowed() public {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        _row("fund", "R-------------", abi.encodeCall(escrow.fund, (agreement, byRequester, byProvider)));
        _tryAll(false);
    }

    function test_WhilePausedTheSameIsAllowed_ButFunding() public {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        _row("fund", NOBODY, abi.encodeCall(escrow.fund, (agreement, byRequester, byProvider)));
        _tryAll(true);
    }

    // Rows

    function _rowsOfAcceptance(MarketTypes.Receipt memory receipt, bytes memory receipted, bytes memory accepted)
        private
    {
        bytes memory both = abi.encodeCall(escrow.releaseAccepted, (terms, receipt, receipted, RATING, accepted));
        bytes memory one = abi.encodeCall(escrow.releaseAccepted, (terms, receipt, receipted, RATING, ""));
        bytes memory other = abi.encodeCall(escrow.releaseAccepted, (terms, receipt, "", RATING, accepted));
        bytes memory none = abi.encodeCall(escrow.releaseAccepted, (terms, receipt, "", RATING, ""));
        _row("releaseAccepted", "-AAAAA-----AA-", both);
        _row("releaseAccepted, receipt", "-RRRRR-----RR-", one);
        _row("releaseAccepted, acceptance", "-PPPPP-----PP-", other);
        _row("releaseAccepted unsigned", NOBODY, none);
    }

    function _rowsOfOwner() private {
        _row("setDepositCap", "OOOOOOOOOOOOOO", abi.encodeCall(escrow.setDepositCap, (address(token), 1)));
        _row("setMinStake", "OOOOOOOOOOOOOO", abi.encodeCall(escrow.setMinStake, (address(token), 1)));
    }

    function _row(string memory name, bytes memory allowed, bytes memory call) private {
        assert(allowed.length == _states.length);
        _rows.push(Row({name: name, allowed: allowed, call: call, next: _nextAfter(bytes4(call))}));
    }

    /// NONE stands for: as before.
    function _nextAfter(bytes4 action) private view returns (EscrowStatus) {
        if (action == escrow.fund.selector) return EscrowStatus.FUNDED;
        if (action == escrow.deliver.selector) return EscrowStatus.DELIVERED;
        if (action == escrow.refund.selector || action == escrow.unlockStake.selector) return EscrowStatus.REFUNDED;
        if (action == escrow.settle.selector) return EscrowStatus.SPLIT;
        if (action == escrow.dispute.selector) return EscrowStatus.DISPUTED;
        if (action == escrow.rule.selector) return EscrowStatus.RULED;
        bool isOwners = action == escrow.setDepositCap.selector || action == escrow.setMinStake.selector;
        return isOwners ? EscrowStatus.NONE : EscrowStatus.RELEASED;
    }

    // States

    function _enter(uint256 state) private {
        if (state == 0) return;
        _fund();
        if (state == 2) _passDelivery();
        if (state == 3) _passDisputes();
        if (state == 4 || state == 5 || state >= 11) _deliver();
        if (state == 5) _passReview();
        if (state == 6 || state == 7) {
            _passDelivery();
            escrow.refund(terms);
        }
        if (state == 7) _passDisputes();
        if (state == 8) _releaseAccepted(_receipt());
        if (state == 9) {
            _passDisputes();
            escrow.refund(terms);
        }
        if (state == 10) _settle(Approval({kind: 3, toProvider: 1, validUntil: uint40(block.timestamp)}));
        if (state >= 11) _dispute(requester);
        if (state == 12) _passReview();
        if (state == 13) _rule(0, false);
    }

    // Trials

    function _tryAll(bool paused) private {
        for (uint256 state = 0; state < _states.length; ++state) {
            uint256 start = vm.snapshotState();
            _enter(state);
            if (paused) {
                vm.prank(owner);
                escrow.pause();
            }
            for (uint256 i = 0; i < _rows.length; ++i) {
                _tryActors(_rows[i], state);
            }
            vm.revertToState(start);
        }
    }

    function _tryActors(Row memory row, uint256 state) private {
        _try(row, state, requester, "R");
        _try(row, state, provider, "P");
        _try(row, state, arbiter, "C");
        _try(row, state, owner, "O");
        _try(row, state, stranger, "-");
    }

    function _try(Row memory row, uint256 state, address actor, bytes1 letter) private {
        string memory label = string.concat(row.name, " in ", _states[state], " by ", string(abi.encodePacked(letter)));
        bytes1 allowed = row.allowed[state];
        bool expected = allowed == "A" || (allowed == letter && allowed != "-");
        uint256 start = vm.snapshotState();
        bytes32 before = _world();
        EscrowStatus statusBefore = _state().status;
        vm.prank(actor);
        (bool done, bytes memory answer) = address(escrow).call(row.call);
        vm.assertTrue((done && _saysYes(row.call, answer)) == expected, label);
        if (!expected) vm.assertEq(_world(), before, label);
        else _assertNext(row.next == EscrowStatus.NONE ? statusBefore : row.next, label);
        vm.revertToState(start);
    }

    function _assertNext(EscrowStatus next, string memory label) private view {
        vm.assertEq(uint256(_state().status), uint256(next), label);
    }

    /// rule and releaseBatch answer no instead of failing.
    function _saysYes(bytes memory call, bytes memory answer) private view returns (bool) {
        if (bytes4(call) == escrow.rule.selector) return abi.decode(answer, (bool));
        if (bytes4(call) == escrow.releaseBatch.selector) return abi.decode(answer, (bool[]))[0];
        return true;
    }

    function _world() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                _state(),
                token.balanceOf(address(escrow)),
                token.balanceOf(requester),
                token.balanceOf(provider),
                _committed(provider),
                _total(provider),
                escrow.depositCap(address(token)),
                escrow.minStake(address(token))
            )
        );
    }
}
