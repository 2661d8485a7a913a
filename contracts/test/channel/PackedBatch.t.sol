// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ChannelParams,
    ChannelStatus,
    Claim,
    IPaymentChannel,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {ChannelKit} from "../kit/ChannelKit.sol";

/// Channels whose payers sign with their own accounts, all of them paying bob.
abstract contract PackedKit is ChannelKit {
    uint256 internal constant FIRST_PAYER = 0xF00;

    function _channelOf(uint256 payer) internal view returns (ChannelParams memory chosen) {
        chosen = _params(address(token), uint64(payer));
        chosen.partyA = chosen.signerA = vm.addr(FIRST_PAYER + payer);
    }

    function _openFor(uint256 payer, uint96 deposit) internal {
        _use(_channelOf(payer));
        _enrich(params.partyA);
        _open(deposit);
    }

    function _promiseOf(uint256 payer, uint96 sent) internal returns (Claim memory) {
        _use(_channelOf(payer));
        return Claim(params, _promiseBy(FIRST_PAYER + payer, id, sent));
    }

    function _pack(Claim memory item) internal pure returns (bytes memory) {
        SignedPromise memory promised = item.signedPromise;
        return abi.encodePacked(item.params.partyA, item.params.salt, promised.sent, promised.memo, promised.signature);
    }

    function _pack(Claim[] memory items) internal pure returns (bytes memory all) {
        for (uint256 i = 0; i < items.length; ++i) {
            all = bytes.concat(all, _pack(items[i]));
        }
    }

    function _claimPacked(bytes memory items) internal returns (uint256) {
        vm.prank(bob);
        return channels.claimBatchPacked(signerB, address(token), WINDOW, items);
    }

    function _claimedOf(uint256 payer) internal view returns (uint96 claimed) {
        (, claimed,,,) = channels.channel(_idOf(_channelOf(payer)));
    }
}

contract GivenAPackedBatch is PackedKit {
    function setUp() public override {
        super.setUp();
        for (uint256 payer = 0; payer < 4; ++payer) {
            _openFor(payer, DEPOSIT);
        }
    }

    function test_WhenThePayeeClaims_ItGetsEverythingAtOnce() public {
        bytes memory items = bytes.concat(_pack(_promiseOf(0, 10)), _pack(_promiseOf(1, 20)), _pack(_promiseOf(2, 30)));
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Claimed(_idOf(_channelOf(0)), 10, 10);
        vm.expectEmit(address(channels));
        emit IPaymentChannel.Claimed(_idOf(_channelOf(1)), 20, 20);
        vm.assertEq(_claimPacked(items), 60);
        vm.assertEq(token.balanceOf(bob), 60);
        vm.assertEq(_claimedOf(2), 30);
    }

    function test_WhenItIsEmpty_NothingHappens() public {
        vm.assertEq(_claimPacked(""), 0);
    }

    function test_WhenAnItemIsCutShort_ItRefuses() public {
        bytes memory items = bytes.concat(_pack(_promiseOf(0, 10)), hex"00");
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ItemsCutShort.selector, 138));
        channels.claimBatchPacked(signerB, address(token), WINDOW, items);
    }

    function test_WhenAChannelComesTwice_TheGreaterPromiseIsPaidOnce() public {
        Claim memory last = _promiseOf(0, 30);
        bytes memory items = bytes.concat(_pack(_promiseOf(0, 10)), _pack(last), _pack(last));
        vm.assertEq(_claimPacked(items), 30);
    }

    function test_WhenAPromiseExceedsTheDeposit_TheDepositIsPaid() public {
        vm.assertEq(_claimPacked(_pack(_promiseOf(0, DEPOSIT + 1))), DEPOSIT);
    }

    function test_WhenItemsAreBad_TheyAreSkippedAndTheRestIsPaid() public {
        Claim[] memory items = new Claim[](9);
        items[0] = _promiseOf(0, 0); // nothing promised
        items[1] = _promiseOf(9, 50); // never opened
        items[2] = _promiseOf(1, 50);
        items[2].signedPromise.signature[7] ^= 0x01; // forged
        items[3] = _promiseOf(1, 50);
        items[3].params.salt += 1; // another channel
        items[4] = _promiseOf(1, 50);
        items[4].signedPromise.sent += 1; // more than signed
        items[5] = _promiseOf(1, 50);
        items[5].signedPromise.memo = keccak256("another task");
        items[6] = _promiseOf(2, 50);
        _startCloseByA();
        items[7] = _promiseOf(3, 50);
        _startCloseByA();
        _passWindow(); // too late for both
        channels.settle(params); // and closed
        items[8] = _promiseOf(0, 8);
        vm.assertEq(_claimPacked(_pack(items)), 8);
        vm.assertEq(token.balanceOf(bob), 8);
        vm.assertEq(uint256(_claimedOf(1)) + _claimedOf(2), 0);
    }

    function test_WhenAChannelIsClosing_ItIsStillClaimedFrom() public {
        Claim memory item = _promiseOf(0, 10);
        _startCloseByA();
        vm.assertEq(_claimPacked(_pack(item)), 10);
    }

    function test_WhenAnotherThanThePayeeClaims_NothingIsPaid() public {
        bytes memory items = _pack(_promiseOf(0, 10));
        vm.prank(stranger);
        vm.assertEq(channels.claimBatchPacked(signerB, address(token), WINDOW, items), 0);
    }

    function test_WhenTheHeadIsOfOtherChannels_NothingIsPaid() public {
        bytes memory items = _pack(_promiseOf(0, 10));
        vm.startPrank(bob);
        vm.assertEq(channels.claimBatchPacked(signerA, address(token), WINDOW, items), 0);
        vm.assertEq(channels.claimBatchPacked(signerB, address(0), WINDOW, items), 0);
        vm.assertEq(channels.claimBatchPacked(signerB, address(token), WINDOW + 1, items), 0);
    }

    function test_WhenTheChannelIsDuplex_NothingIsPaid() public {
        params = _channelOf(5);
        params.mode = DUPLEX;
        _use(params);
        _enrich(params.partyA);
        _open(DEPOSIT);
        Claim memory item = Claim(params, _promiseBy(FIRST_PAYER + 5, id, 10));
        vm.assertEq(_claimPacked(_pack(item)), 0);
    }

    function test_WhenThePayeeCannotBePaid_ItHasCredit() public {
        params = _params(address(0), 8);
        params.partyA = params.signerA = vm.addr(FIRST_PAYER + 8);
        params.partyB = address(this); // takes no coin
        _use(params);
        vm.deal(params.partyA, 100);
        _open(100);
        bytes memory items = _pack(Claim(params, _promiseBy(FIRST_PAYER + 8, id, 60)));
        vm.assertEq(channels.claimBatchPacked(signerB, address(0), WINDOW, items), 60);
        vm.assertEq(channels.credit(address(0), address(this)), 60);
    }
}

contract Invariant12_APackedBatchIsItsSingles is PackedKit {
    uint256 private constant PAYERS = 3;

    function setUp() public override {
        super.setUp();
        for (uint256 payer = 0; payer < PAYERS; ++payer) {
            _openFor(payer, DEPOSIT);
        }
    }

    function testFuzz_Invariant12_PackedUnpackedAndSinglesEndAlike(uint96[6] memory sent, uint8[6] memory payers)
        public
    {
        Claim[] memory items = new Claim[](6);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = _promiseOf(payers[i] % PAYERS, uint96(bound(sent[i], 0, 2 * DEPOSIT)));
        }
        uint256 start = vm.snapshotState();
        vm.startPrank(bob);
        uint256 sum = channels.claimBatchPacked(signerB, address(token), WINDOW, _pack(items));
        bytes32 packed = _outcome();
        vm.assertEq(token.balanceOf(bob), sum, "what it says it paid");
        vm.revertToState(start);
        channels.claimBatch(items);
        vm.assertEq(_outcome(), packed, "unpacked");
        vm.revertToState(start);
        for (uint256 i = items.length; i > 0; --i) {
            try channels.claim(items[i - 1].params, items[i - 1].signedPromise) {} catch {}
        }
        vm.assertEq(_outcome(), packed, "singles, from the last to the first");
    }

    function _outcome() private view returns (bytes32) {
        return keccak256(abi.encode(token.balanceOf(bob), _claimedOf(0), _claimedOf(1), _claimedOf(2)));
    }
}
