// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Approval, EscrowId, EscrowState, EscrowStatus, EscrowTerms, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IReputation} from "../../src/interfaces/IReputation.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {ITestToken} from "./ChannelKit.sol";
import {T} from "./T.sol";

/// Cheat codes that only these tests use.
interface CourtVm {
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function getNonce(address account) external view returns (uint64);
}

/// Escrow and reputation with two agents that have money and stake, an arbiter that is a plain key, and what the agents' nodes would
/// sign. Digests are built here from the type strings, not by the libraries under test.
abstract contract EscrowKit is T {
    uint32 internal constant MIN_REVIEW = 60;
    uint32 internal constant LONGEST_AGREEMENT = 7 days;
    uint32 internal constant LONGEST_DISPUTE = 3 days;
    uint32 internal constant RELEASE_DELAY = 11 days;
    uint256 internal constant REQUESTER_KEY = 0xA11CE;
    uint256 internal constant PROVIDER_KEY = 0xB0B;
    uint96 internal constant PRICE = 100e6;
    uint96 internal constant STAKE = 20e6;
    uint96 internal constant BONUS = 1e6;
    uint96 internal constant DEPOSITED = 50e6;
    uint64 internal constant FUEL = 25e6;
    /// basePrice + FUEL x pricePerMfuel
    uint96 internal constant COST = 60e6;
    uint8 internal constant RATING = 5;
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    bytes32 internal constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant AGREEMENT_TYPE = keccak256(
        "Agreement(bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt)"
    );
    bytes32 internal constant RECEIPT_TYPE = keccak256(
        "Receipt(bytes32 agreementHash,bytes32 resultHash,uint8 outcome,int32 exitCode,uint64 fuelUsed,uint96 cost,uint40 finishedAt)"
    );
    bytes32 internal constant ACCEPTANCE_TYPE = keccak256("Acceptance(bytes32 receiptHash,uint8 rating)");
    bytes32 internal constant APPROVE_TYPE =
        keccak256("Approve(bytes32 id,uint8 kind,uint96 toProvider,uint40 validUntil)");

    address internal immutable requester = vm.addr(REQUESTER_KEY);
    address internal immutable provider = vm.addr(PROVIDER_KEY);
    address internal immutable stranger = vm.addr(0xC);
    address internal immutable owner = vm.addr(0xD);
    address internal immutable arbiter = vm.addr(0xAB);

    IEscrow internal escrow;
    IReputation internal reputation;
    ITestToken internal token;
    MarketTypes.Agreement internal agreement;
    EscrowTerms internal terms;
    EscrowId internal id;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        token = ITestToken(vm.deployCode("TestToken.sol"));
        _deploy(address(token));
        _enrich(requester);
        _enrich(provider);
        _stake(provider, DEPOSITED);
        _use(_agreementOver(address(token), 1));
    }

    // The two contracts know each other: whoever comes first is told where the other will be.
    function _deploy(address money) internal {
        CourtVm more = CourtVm(address(vm));
        address later = more.computeCreateAddress(address(this), more.getNonce(address(this)) + 1);
        address[] memory tokens = new address[](1);
        tokens[0] = money;
        reputation = IReputation(
            vm.deployCode("ReputationContract.sol", abi.encode(later, arbiter, RELEASE_DELAY, owner, tokens))
        );
        uint32[3] memory times = [MIN_REVIEW, LONGEST_AGREEMENT, LONGEST_DISPUTE];
        escrow = IEscrow(
            vm.deployCode("EscrowContract.sol", abi.encode(arbiter, address(reputation), times, owner, tokens))
        );
        assert(address(escrow) == later);
    }

    function _enrich(address agent) internal {
        token.mint(agent, 1e30);
        vm.startPrank(agent);
        token.approve(address(escrow), type(uint256).max);
        token.approve(address(reputation), type(uint256).max);
        vm.stopPrank();
    }

    function _stake(address agent, uint96 amount) internal {
        vm.prank(agent);
        reputation.deposit(address(token), amount);
    }

    // Agreements and receipts

    function _agreementOver(address money, uint256 salt) internal view returns (MarketTypes.Agreement memory made) {
        made.auctionId = keccak256("auction");
        made.taskHash = keccak256("task");
        made.engineHash = keccak256("engine");
        (made.requester, made.provider, made.token) = (requester, provider, money);
        (made.basePrice, made.pricePerMfuel, made.maxPrice) = (10e6, 2e6, PRICE);
        (made.maxFuel, made.sliceFuel) = (45e6, 5e6);
        (made.startBy, made.deliverBy) = (uint40(block.timestamp) + 5 minutes, uint40(block.timestamp) + 1 hours);
        (made.reviewSeconds, made.settlement, made.stake) = (2 hours, 1, STAKE);
        made.salt = bytes32(salt);
    }

    function _use(MarketTypes.Agreement memory chosen) internal {
        agreement = chosen;
        terms = EscrowTerms({
            agreementHash: _digest(arbiter, _hashOf(chosen)),
            requester: chosen.requester,
            provider: chosen.provider,
            token: chosen.token,
            basePrice: chosen.basePrice,
            pricePerMfuel: chosen.pricePerMfuel,
            maxPrice: chosen.maxPrice,
            maxFuel: chosen.maxFuel,
            deliverBy: chosen.deliverBy,
            reviewSeconds: chosen.reviewSeconds,
            stake: chosen.stake
        });
        id = EscrowId.wrap(keccak256(abi.encode(terms)));
    }

    function _receipt() internal view returns (MarketTypes.Receipt memory) {
        return MarketTypes.Receipt({
            agreementHash: terms.agreementHash,
            resultHash: keccak256("result"),
            outcome: 0,
            exitCode: 0,
            fuelUsed: FUEL,
            cost: COST,
            finishedAt: uint40(block.timestamp)
        });
    }

    // Signatures

    function _digest(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        return _digestOn(block.chainid, verifyingContract, structHash);
    }

    function _digestOn(uint256 chainId, address verifyingContract, bytes32 structHash) internal pure returns (bytes32) {
        bytes32 separator =
            keccak256(abi.encode(DOMAIN_TYPE, keccak256("Souk"), keccak256("1"), chainId, verifyingContract));
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    function _hashOf(MarketTypes.Agreement memory made) internal pure returns (bytes32) {
        return keccak256(abi.encode(AGREEMENT_TYPE, made));
    }

    function _receiptHash(MarketTypes.Receipt memory receipt) internal view returns (bytes32) {
        return _digest(arbiter, keccak256(abi.encode(RECEIPT_TYPE, receipt)));
    }

    function _acceptanceHash(MarketTypes.Receipt memory receipt) internal view returns (bytes32) {
        return _digest(arbiter, keccak256(abi.encode(ACCEPTANCE_TYPE, _receiptHash(receipt), RATING)));
    }

    function _approvalHash(Approval memory approval) internal view returns (bytes32) {
        return _digest(address(escrow), keccak256(abi.encode(APPROVE_TYPE, id, approval)));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// The other valid encoding of a signature: s mirrored to the high half.
    function _highS(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// ERC-2098: 64 bytes, v folded into s.
    function _compact(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    // Steps of an escrow's life, with every signature right

    function _fund() internal {
        bytes memory byRequester = _sign(REQUESTER_KEY, terms.agreementHash);
        bytes memory byProvider = _sign(PROVIDER_KEY, terms.agreementHash);
        vm.prank(requester);
        escrow.fund(agreement, byRequester, byProvider);
    }

    function _deliver() internal {
        _deliver(_receipt());
    }

    function _deliver(MarketTypes.Receipt memory receipt) internal {
        escrow.deliver(terms, receipt, _sign(PROVIDER_KEY, _receiptHash(receipt)));
    }

    function _releaseAccepted(MarketTypes.Receipt memory receipt) internal {
        bytes memory byProvider = _sign(PROVIDER_KEY, _receiptHash(receipt));
        bytes memory byRequester = _sign(REQUESTER_KEY, _acceptanceHash(receipt));
        escrow.releaseAccepted(terms, receipt, byProvider, RATING, byRequester);
    }

    function _settle(Approval memory approval) internal {
        bytes32 digest = _approvalHash(approval);
        escrow.settle(terms, approval, _sign(REQUESTER_KEY, digest), _sign(PROVIDER_KEY, digest));
    }

    function _dispute(address opener) internal {
        vm.prank(arbiter);
        escrow.dispute(terms, opener);
    }

    function _rule(uint96 toProvider, bool isSuccess) internal returns (bool) {
        vm.prank(arbiter);
        return escrow.rule(terms, toProvider, isSuccess);
    }

    function _passDelivery() internal {
        vm.warp(terms.deliverBy + 1);
    }

    function _passReview() internal {
        vm.warp(_state().until + 1);
    }

    function _passDisputes() internal {
        vm.warp(terms.deliverBy + terms.reviewSeconds + 1);
    }

    // Observations

    function _state() internal view returns (EscrowState memory) {
        return escrow.stateOf(id);
    }

    function _assertStatus(EscrowStatus status) internal view {
        vm.assertEq(uint256(_state().status), uint256(status), "status");
    }

    function _committed(address agent) internal view returns (uint96 committed) {
        (, committed,) = reputation.accountOf(address(token), agent);
    }

    function _total(address agent) internal view returns (uint96 total) {
        (total,,) = reputation.accountOf(address(token), agent);
    }

    function _expectWrongStatus(EscrowStatus status) internal {
        vm.expectRevert(abi.encodeWithSelector(IEscrow.WrongStatus.selector, id, status));
    }
}

/// One escrow is funded.
abstract contract Funded is EscrowKit {
    uint256 internal requesterBefore;
    uint256 internal providerBefore;

    function setUp() public virtual override {
        super.setUp();
        requesterBefore = token.balanceOf(requester);
        providerBefore = token.balanceOf(provider);
        _fund();
    }

    /// The escrow is over and empty, and this is what came of it. @param paid To the provider, bonus included.
    function _assertEnded(EscrowStatus status, uint256 paid) internal view {
        _assertStatus(status);
        vm.assertEq(token.balanceOf(provider) - providerBefore, paid, "to the provider");
        vm.assertEq(requesterBefore - token.balanceOf(requester), paid, "from the requester");
        vm.assertEq(token.balanceOf(address(escrow)), 0, "left");
        vm.assertEq(escrow.credit(address(token), provider), 0, "credit of the provider");
        vm.assertEq(escrow.credit(address(token), requester), 0, "credit of the requester");
        vm.assertEq(_committed(provider), 0, "committed");
    }
}
