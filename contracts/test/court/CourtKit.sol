// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CourtCase,
    CourtRule,
    CourtSettings,
    Dispute,
    DisputeStatus,
    IDisputeArbiter,
    SignedProgress,
    SignedReceipt,
    Vote
} from "../../src/interfaces/IDisputeArbiter.sol";
import {EscrowId, EscrowTerms, IEscrow} from "../../src/interfaces/IEscrow.sol";
import {ChannelParams, SignedPromise} from "../../src/interfaces/IPaymentChannel.sol";
import {IReputation} from "../../src/interfaces/IReputation.sol";
import {Facts} from "../../src/libraries/Facts.sol";
import {MarketTypes} from "../../src/libraries/MarketTypes.sol";
import {Side} from "../../src/libraries/Sides.sol";
import {Verdict} from "../../src/libraries/Verdicts.sol";
import {ITestToken} from "../kit/ChannelKit.sol";
import {T} from "../kit/T.sol";

/// Cheat codes that only these tests use.
interface CourtVm {
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function getNonce(address account) external view returns (uint64);
    function roll(uint256 number) external;
    function setBlockhash(uint256 number, bytes32 hash) external;
    function recordLogs() external;
}

/// The settings of these tests, and how a court is deployed.
library CourtDefaults {
    uint8 internal constant FIRST = 3;
    uint8 internal constant SECOND = 7;
    uint8 internal constant THIRD = 15;
    uint32 internal constant BOND_WINDOW = 1 hours;
    uint32 internal constant ANSWER_WINDOW = 2 hours;
    uint32 internal constant EVIDENCE_WINDOW = 3 hours;
    uint32 internal constant SHORTEST_COMMIT = 1 hours;
    uint32 internal constant LONGEST_COMMIT = 12 hours;
    uint32 internal constant REVEAL_WINDOW = 40 minutes;
    uint32 internal constant APPEAL_WINDOW = 50 minutes;
    uint32 internal constant BLOCK_MILLIS = 12_000;
    uint32 internal constant SEED_DELAY = 5;
    uint32 internal constant DRAW_BLOCKS = 200;
    uint96 internal constant SEAT_FEE = 1e6;
    uint96 internal constant SEAT_STAKE = 50e6;

    function settings() internal pure returns (CourtSettings memory) {
        return CourtSettings({
            seats: [FIRST, SECOND, THIRD],
            bondWindow: BOND_WINDOW,
            answerWindow: ANSWER_WINDOW,
            evidenceWindow: EVIDENCE_WINDOW,
            shortestCommit: SHORTEST_COMMIT,
            longestCommit: LONGEST_COMMIT,
            revealWindow: REVEAL_WINDOW,
            appealWindow: APPEAL_WINDOW,
            blockMillis: BLOCK_MILLIS,
            seedDelay: SEED_DELAY,
            drawBlocks: DRAW_BLOCKS
        });
    }

    function rule() internal pure returns (CourtRule memory) {
        return CourtRule({seatFee: SEAT_FEE, seatStake: SEAT_STAKE});
    }

    /// Constructor arguments of a court that only reads signatures.
    function loneArgs() internal pure returns (bytes memory) {
        return abi.encode(address(1), address(2), settings(), address(3), new address[](0), rule());
    }
}

/// The whole court with its escrow, reputation and channel contract, two parties with money and stake, jurors with pledges, and what
/// all of them would sign. Digests are built here from the type strings, not by the libraries under test.
abstract contract CourtKit is T {
    CourtVm internal constant more = CourtVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant REQUESTER_KEY = 0xA11CE;
    uint256 internal constant PROVIDER_KEY = 0xB0B;
    uint96 internal constant PRICE = 100e6;
    uint96 internal constant STAKE = 20e6;
    uint96 internal constant ALLOCATED = 40e6;
    uint96 internal constant PAID = 30e6;
    uint64 internal constant FUEL = 25e6;
    /// basePrice + FUEL x pricePerMfuel
    uint96 internal constant COST = 60e6;
    /// Fees of rounds 1, 2 and 3.
    uint96 internal constant FEES_1 = 3e6;
    uint96 internal constant FEES_2 = 7e6;
    uint96 internal constant FEES_3 = 15e6;
    uint96 internal constant PLEDGE = 400e6;
    uint96 internal constant RICH = 1e15;
    uint8 internal constant RATING = 5;
    bytes32 internal constant RIGHT_RESULT = keccak256("right result");
    bytes32 internal constant WRONG_RESULT = keccak256("wrong result");
    bytes32 internal constant PROBE = keccak256("memory");
    bytes32 internal constant SALT = keccak256("salt");

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant AGREEMENT_TYPE = keccak256(
        "Agreement(bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt)"
    );
    bytes32 private constant RECEIPT_TYPE = keccak256(
        "Receipt(bytes32 agreementHash,bytes32 resultHash,uint8 outcome,int32 exitCode,uint64 fuelUsed,uint96 cost,uint40 finishedAt)"
    );
    bytes32 private constant PROGRESS_TYPE =
        keccak256("Progress(bytes32 agreementHash,uint32 slice,uint64 fuelUsed,uint96 paid)");
    bytes32 private constant REFUND_TYPE = keccak256("Refund(bytes32 agreementHash,bytes32 channelId,uint96 amount)");
    bytes32 private constant ACCEPTANCE_TYPE = keccak256("Acceptance(bytes32 receiptHash,uint8 rating)");
    bytes32 private constant PAY_STATE_TYPE = keccak256(
        "PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)"
    );

    address internal immutable requester = vm.addr(REQUESTER_KEY);
    address internal immutable provider = vm.addr(PROVIDER_KEY);
    address internal immutable stranger = vm.addr(0xC);
    address internal immutable owner = vm.addr(0xD);

    ITestToken internal token;
    IReputation internal reputation;
    IEscrow internal escrow;
    IDisputeArbiter internal court;
    address internal channels;
    address[] internal pool;
    uint256 internal height;
    uint256 internal requesterBefore;
    uint256 internal providerBefore;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        _roll(1000);
        token = _mint();
        _deploy(address(token));
        _enrich(requester);
        _enrich(provider);
        _enrich(stranger);
        _stake(provider, RICH);
        _pledge(_jurorCount(), PLEDGE);
    }

    function _jurorCount() internal pure virtual returns (uint256) {
        return 20;
    }

    function _mint() internal virtual returns (ITestToken) {
        return ITestToken(vm.deployCode("TestToken.sol"));
    }

    function _settings() internal pure virtual returns (CourtSettings memory) {
        return CourtDefaults.settings();
    }

    // Deployment

    /// Whoever comes first is told where the others will be.
    function _deploy(address money) internal {
        address[] memory tokens = new address[](1);
        tokens[0] = money;
        uint256 next = more.getNonce(address(this));
        address escrowLater = more.computeCreateAddress(address(this), next + 2);
        address courtLater = more.computeCreateAddress(address(this), next + 3);
        channels = vm.deployCode("PaymentChannelContract.sol", abi.encode(uint32(1 hours), owner, tokens));
        reputation = IReputation(
            vm.deployCode("ReputationContract.sol", abi.encode(escrowLater, courtLater, uint32(30 days), owner, tokens))
        );
        uint32[3] memory times = [uint32(60), 7 days, 14 days];
        escrow = IEscrow(
            vm.deployCode("EscrowContract.sol", abi.encode(courtLater, address(reputation), times, owner, tokens))
        );
        bytes memory args =
            abi.encode(address(escrow), address(reputation), _settings(), owner, tokens, CourtDefaults.rule());
        court = IDisputeArbiter(vm.deployCode("DisputeArbiterContract.sol", args));
        assert(address(escrow) == escrowLater && address(court) == courtLater);
    }

    function _enrich(address agent) internal {
        token.mint(agent, RICH * 10);
        vm.startPrank(agent);
        token.approve(address(escrow), type(uint256).max);
        token.approve(address(reputation), type(uint256).max);
        token.approve(address(court), type(uint256).max);
        vm.stopPrank();
    }

    function _stake(address agent, uint96 amount) internal {
        vm.prank(agent);
        reputation.deposit(address(token), amount);
    }

    function _pledge(uint256 count, uint96 amount) internal {
        for (uint256 i = 0; i < count; ++i) {
            address agent = address(uint160(0x10000 + pool.length));
            pool.push(agent);
            _enrich(agent);
            _stake(agent, amount);
            vm.prank(agent);
            reputation.joinJury(address(token), amount);
        }
    }

    // Time

    function _roll(uint256 number) internal {
        height = number;
        more.roll(number);
    }

    /// Time passes, and blocks with it.
    function _pass(uint256 secondsLater) internal {
        vm.warp(block.timestamp + secondsLater);
        _roll(height + secondsLater / 12 + 1);
    }

    function _passEvidence() internal {
        vm.warp(_dispute().evidenceBy + 1);
        if (height <= _dispute().seedBlock) _roll(_dispute().seedBlock + 1);
    }

    function _passCommits() internal {
        vm.warp(_dispute().commitBy + 1);
    }

    function _passReveals() internal {
        vm.warp(uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW + 1);
    }

    function _passAppeals() internal {
        vm.warp(uint256(_dispute().commitBy) + CourtDefaults.REVEAL_WINDOW + CourtDefaults.APPEAL_WINDOW + 1);
    }

    // Signatures

    function _digest(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator =
            keccak256(abi.encode(DOMAIN_TYPE, keccak256("Souk"), keccak256("1"), block.chainid, verifyingContract));
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _agreementHash(MarketTypes.Agreement memory agreement) internal view returns (bytes32) {
        return _digest(address(court), keccak256(abi.encode(AGREEMENT_TYPE, agreement)));
    }

    function _receiptHash(MarketTypes.Receipt memory receipt) internal view returns (bytes32) {
        return _digest(address(court), keccak256(abi.encode(RECEIPT_TYPE, receipt)));
    }

    function _signed(MarketTypes.Receipt memory receipt) internal view returns (SignedReceipt memory) {
        return SignedReceipt(receipt, _sign(PROVIDER_KEY, _receiptHash(receipt)));
    }

    function _signed(MarketTypes.Progress memory progress) internal view returns (SignedProgress memory) {
        bytes32 digest = _digest(address(court), keccak256(abi.encode(PROGRESS_TYPE, progress)));
        return SignedProgress(progress, _sign(PROVIDER_KEY, digest));
    }

    /// Of a receipt or of a refund.
    function _acceptanceOf(bytes32 accepted) internal view returns (bytes memory) {
        bytes32 structHash = keccak256(abi.encode(ACCEPTANCE_TYPE, accepted, RATING));
        return _sign(REQUESTER_KEY, _digest(address(court), structHash));
    }

    function _refundHash(bytes32 agreementHash, bytes32 channelId, uint96 amount) internal view returns (bytes32) {
        return _digest(address(court), keccak256(abi.encode(REFUND_TYPE, agreementHash, channelId, amount)));
    }

    function _paymentFor(bytes32 channelId, bytes32 memo, bool fromA, uint256 key)
        internal
        view
        returns (SignedPromise memory)
    {
        bytes32 structHash =
            keccak256(abi.encode(PAY_STATE_TYPE, channelId, uint16(0), fromA, COST, uint96(0), bytes32(0), memo));
        return SignedPromise(0, COST, memo, _sign(key, _digest(channels, structHash)));
    }

    // What disputes are about

    function _noReceipt() internal pure returns (SignedReceipt memory none) {}

    function _noProof() internal pure returns (SignedProgress memory none) {}

    function _agreementOver(uint8 settlement, bytes32 channelId)
        internal
        view
        returns (MarketTypes.Agreement memory made)
    {
        made.auctionId = keccak256("auction");
        made.taskHash = keccak256("task");
        made.engineHash = keccak256("engine");
        (made.requester, made.provider, made.token) = (requester, provider, address(token));
        (made.basePrice, made.pricePerMfuel, made.maxPrice) = (10e6, 2e6, PRICE);
        (made.maxFuel, made.sliceFuel) = (45e6, 5e6);
        (made.startBy, made.deliverBy) = (uint40(block.timestamp) + 1 minutes, uint40(block.timestamp) + 10 minutes);
        (made.reviewSeconds, made.settlement, made.stake) = (2 hours, settlement, STAKE);
        made.channelId = channelId;
        made.salt = keccak256("agreement");
    }

    function _channel() internal view returns (ChannelParams memory) {
        return ChannelParams({
            partyA: requester,
            partyB: provider,
            signerA: requester,
            signerB: provider,
            token: address(token),
            window: 1 hours,
            mode: 1,
            salt: 7
        });
    }

    function _receiptOf(bytes32 agreementHash, bytes32 resultHash) internal view returns (MarketTypes.Receipt memory) {
        return MarketTypes.Receipt({
            agreementHash: agreementHash,
            resultHash: resultHash,
            outcome: 0,
            exitCode: 0,
            fuelUsed: FUEL,
            cost: COST,
            finishedAt: uint40(block.timestamp)
        });
    }

    function _vote(bytes32 resultHash) internal pure returns (Vote memory) {
        return Vote(resultHash, FUEL, 0, PROBE);
    }

    // The dispute under test

    function _id() internal view virtual returns (bytes32);

    function _dispute() internal view returns (Dispute memory) {
        return court.disputeOf(_id());
    }

    function _jurors() internal view returns (address[] memory) {
        return court.jurorsOf(_id(), _dispute().round);
    }

    function _commit(address juror, Vote memory vote) internal {
        bytes32 preimage = _commitment(_dispute().round, juror, vote);
        vm.prank(juror);
        court.commit(_id(), preimage);
    }

    function _commitment(uint8 round, address juror, Vote memory vote) internal view returns (bytes32) {
        return keccak256(
            abi.encode(_id(), round, juror, vote.resultHash, vote.fuelUsed, vote.exitCode, vote.memoryProbe, SALT)
        );
    }

    function _reveal(address juror, Vote memory vote) internal {
        vm.prank(juror);
        court.reveal(_id(), vote, SALT);
    }

    /// The first `count` jurors of the round vote one thing, the others another; after that the reveals are over.
    function _voteAll(Vote memory first, uint256 count, Vote memory rest) internal {
        address[] memory jurors = _jurors();
        for (uint256 i = 0; i < jurors.length; ++i) {
            _commit(jurors[i], i < count ? first : rest);
        }
        _passCommits();
        for (uint256 i = 0; i < jurors.length; ++i) {
            _reveal(jurors[i], i < count ? first : rest);
        }
        _passReveals();
    }

    function _voteAll(bytes32 resultHash) internal {
        _voteAll(_vote(resultHash), 0, _vote(resultHash));
    }

    // Observations

    function _allocated(bytes32 backing) internal view returns (uint96 amount) {
        (amount,,) = reputation.allocationOf(address(token), provider, backing);
    }

    function _pins(bytes32 backing) internal view returns (uint16 pins) {
        (,, pins) = reputation.allocationOf(address(token), provider, backing);
    }

    function _balance(address account) internal view returns (uint256) {
        return token.balanceOf(account);
    }

    function _credit(address account) internal view returns (uint256) {
        return court.credit(address(token), account);
    }

    function _seated(address juror) internal view returns (uint96 seated) {
        (, seated) = reputation.jurorOf(address(token), juror);
    }

    function _pledged(address juror) internal view returns (uint96 pledged) {
        (pledged,) = reputation.jurorOf(address(token), juror);
    }

    function _assertVerdict(Verdict verdict) internal view {
        vm.assertEq(Verdict.unwrap(_dispute().verdict), Verdict.unwrap(verdict), "verdict");
        vm.assertEq(uint256(_dispute().status), uint256(DisputeStatus.RULED), "status");
    }

    /// What both parties have more or less than before the agreement, in atomic units.
    function _assertGains(int256 ofRequester, int256 ofProvider) internal view {
        vm.assertEq(int256(_balance(requester)) - int256(requesterBefore), ofRequester);
        vm.assertEq(int256(_balance(provider)) - int256(providerBefore), ofProvider);
    }

    function _has(Facts fact) internal view returns (bool) {
        return _dispute().facts.has(fact);
    }
}

/// A dispute over a channel, in which PAID was paid and ALLOCATED backs the provider.
abstract contract OverChannel is CourtKit {
    CourtCase internal matter;

    function setUp() public virtual override {
        super.setUp();
        matter.channel = _channel();
        bytes32 channelId = keccak256(abi.encode(matter.channel));
        matter.agreement = _agreementOver(0, channelId);
        vm.prank(provider);
        reputation.allocate(address(token), channelId, ALLOCATED);
        requesterBefore = _balance(requester);
        providerBefore = _balance(provider);
        _pass(15 minutes);
    }

    function _id() internal view override returns (bytes32) {
        return _agreementHash(matter.agreement);
    }

    function _backing() internal view returns (bytes32) {
        return matter.agreement.channelId;
    }

    function _receipt(bytes32 resultHash) internal view returns (MarketTypes.Receipt memory receipt) {
        receipt = _receiptOf(_id(), resultHash);
        receipt.finishedAt = matter.agreement.deliverBy;
    }

    function _proof() internal view returns (SignedProgress memory) {
        return _signed(MarketTypes.Progress(_id(), 3, 10e6, PAID));
    }

    function _open(address opener, SignedReceipt memory shown, SignedProgress memory proof) internal {
        bytes memory byRequester = _sign(REQUESTER_KEY, _id());
        bytes memory byProvider = _sign(PROVIDER_KEY, _id());
        vm.prank(opener);
        court.open(matter, byRequester, byProvider, shown, proof);
    }

    /// By the requester, with proof of payment and the provider's receipt.
    function _openOver(bytes32 resultHash) internal {
        _open(requester, _signed(_receipt(resultHash)), _proof());
    }

    /// By the requester; the jury is drawn.
    function _drawOver(bytes32 resultHash) internal {
        _openOver(resultHash);
        _passEvidence();
        court.draw(matter);
    }

    function _appeal(address party) internal {
        vm.prank(party);
        court.appeal(matter);
    }

    function _passToNextSeed() internal {
        _roll(_dispute().seedBlock + 1);
    }
}

/// A dispute over an escrow.
abstract contract InEscrow is CourtKit {
    CourtCase internal matter;
    EscrowTerms internal terms;
    EscrowId internal escrowId;

    function setUp() public virtual override {
        super.setUp();
        matter.agreement = _agreementOver(1, 0);
        (terms, escrowId) = escrow.termsOf(matter.agreement);
        requesterBefore = _balance(requester);
        providerBefore = _balance(provider);
        bytes memory byRequester = _sign(REQUESTER_KEY, _id());
        bytes memory byProvider = _sign(PROVIDER_KEY, _id());
        vm.prank(requester);
        escrow.fund(matter.agreement, byRequester, byProvider);
        _pass(5 minutes);
    }

    function _id() internal view override returns (bytes32) {
        return _agreementHash(matter.agreement);
    }

    function _backing() internal view returns (bytes32) {
        return EscrowId.unwrap(escrowId);
    }

    function _deliver(bytes32 resultHash) internal returns (SignedReceipt memory signed) {
        signed = _signed(_receiptOf(_id(), resultHash));
        escrow.deliver(terms, signed.receipt, signed.signature);
    }

    function _open(address opener, SignedReceipt memory shown) internal {
        vm.prank(opener);
        court.open(matter, "", "", shown, _noProof());
    }

    function _drawOver(bytes32 resultHash) internal {
        _open(requester, _deliver(resultHash));
        _passEvidence();
        court.draw(matter);
    }
}
