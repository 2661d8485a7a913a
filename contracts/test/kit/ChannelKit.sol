// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Authority,
    ChannelId,
    ChannelParams,
    ChannelStatus,
    Claim,
    CloseTerms,
    IPaymentChannel,
    RebaseTerms,
    SignedPromise
} from "../../src/interfaces/IPaymentChannel.sol";
import {T} from "./T.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

interface ITestToken is IERC20, IERC20Permit {
    function mint(address to, uint256 amount) external;
}

/// A deployed contract, two agents with money, and what a payer's node would sign. Digests are built here from the type strings, not
/// by the libraries under test.
abstract contract ChannelKit is T {
    uint8 internal constant DUPLEX = 0;
    uint8 internal constant SIMPLEX = 1;
    uint32 internal constant MIN_WINDOW = 60;
    uint32 internal constant WINDOW = 1 hours;
    uint96 internal constant DEPOSIT = 1000e6;
    uint256 internal constant KEY_A = 0xA11CE;
    uint256 internal constant KEY_B = 0xB0B;
    /// Where the contract's channels lie in its storage.
    uint256 internal constant CHANNELS_SLOT = 7;
    bytes32 internal constant MEMO = keccak256("what it was for");
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    address internal immutable alice = vm.addr(0xA);
    address internal immutable bob = vm.addr(0xB);
    address internal immutable stranger = vm.addr(0xC);
    address internal immutable owner = vm.addr(0xD);
    address internal immutable tower = vm.addr(0xE);
    address internal immutable signerA = vm.addr(KEY_A);
    address internal immutable signerB = vm.addr(KEY_B);

    IPaymentChannel internal channels;
    ITestToken internal token;
    ChannelParams internal params;
    ChannelId internal id;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        token = ITestToken(vm.deployCode("TestToken.sol"));
        channels = IPaymentChannel(_deployChannels(MIN_WINDOW));
        _enrich(alice);
        _use(_params(address(token), 1));
    }

    function _deployChannels(uint32 minWindow) internal returns (address) {
        address[] memory tokens = new address[](2);
        tokens[1] = address(token);
        return vm.deployCode("PaymentChannelContract.sol", abi.encode(minWindow, owner, tokens));
    }

    // Channels

    function _params(address money, uint64 salt) internal view returns (ChannelParams memory) {
        return ChannelParams({
            partyA: alice,
            partyB: bob,
            signerA: signerA,
            signerB: signerB,
            token: money,
            window: WINDOW,
            mode: SIMPLEX,
            salt: salt
        });
    }

    /// Both sides deposited.
    function _openDuplex(address money, uint96 depositA, uint96 depositB) internal {
        _enrich(bob);
        ChannelParams memory chosen = _params(money, 2000);
        chosen.mode = DUPLEX;
        _use(chosen);
        if (depositA > 0) _open(depositA);
        if (depositA > 0 && depositB > 0) _fundBy(bob, depositB);
        if (depositA == 0) _openBy(bob, depositB);
    }

    function _use(ChannelParams memory chosen) internal {
        params = chosen;
        id = _idOf(chosen);
    }

    function _idOf(ChannelParams memory chosen) internal pure returns (ChannelId) {
        return ChannelId.wrap(keccak256(abi.encode(chosen)));
    }

    function _enrich(address agent) internal {
        vm.deal(agent, 1e30);
        token.mint(agent, 1e30);
        vm.prank(agent);
        token.approve(address(channels), type(uint256).max);
    }

    function _open(uint96 amount) internal {
        _openBy(params.partyA, amount);
    }

    function _openBy(address party, uint96 amount) internal {
        uint256 value = params.token == address(0) ? amount : 0;
        vm.prank(party);
        channels.open{value: value}(params, amount);
    }

    function _fundBy(address party, uint96 amount) internal {
        uint256 value = params.token == address(0) ? amount : 0;
        vm.prank(party);
        channels.fund{value: value}(params, amount);
    }

    function _openNative(uint96 amount) internal {
        _use(_params(address(0), 2));
        _open(amount);
    }

    function _startCloseByA() internal {
        vm.prank(params.partyA);
        channels.startClose(params, _noPromise());
    }

    function _claim(uint96 sent) internal {
        SignedPromise memory promised = _promise(sent);
        vm.prank(params.partyB);
        channels.claim(params, promised);
    }

    function _respond(uint96 sent) internal {
        SignedPromise memory promised = _promise(sent);
        vm.prank(params.partyB);
        channels.respond(params, promised);
    }

    /// The other side's promise, handed in by the party it pays.
    function _respondTo(bool fromA, uint96 sent) internal {
        SignedPromise memory promised = _promiseFrom(fromA, 0, sent);
        vm.prank(fromA ? params.partyB : params.partyA);
        channels.respond(params, promised);
    }

    function _passWindow() internal {
        vm.warp(block.timestamp + params.window);
    }

    // Signatures

    function _noPromise() internal pure returns (SignedPromise memory none) {}

    function _promise(uint96 sent) internal view returns (SignedPromise memory) {
        return _promiseBy(KEY_A, id, sent);
    }

    function _promiseBy(uint256 key, ChannelId channel, uint96 sent) internal view returns (SignedPromise memory) {
        bytes32 digest = _payStateDigest(_domain(address(channels), block.chainid), channel, true, 0, sent);
        return SignedPromise({epoch: 0, sent: sent, memo: MEMO, signature: _sign(key, digest)});
    }

    function _promiseFrom(bool fromA, uint16 epoch, uint96 sent) internal view returns (SignedPromise memory) {
        bytes32 digest = _payStateDigest(_domain(address(channels), block.chainid), id, fromA, epoch, sent);
        bytes memory signature = _sign(fromA ? KEY_A : KEY_B, digest);
        return SignedPromise({epoch: epoch, sent: sent, memo: MEMO, signature: signature});
    }

    /// partyB's leave for the tower, or with another key another signer's.
    function _authority(uint256 key) internal view returns (Authority memory) {
        uint40 validUntil = uint40(block.timestamp + 30 days);
        return Authority(validUntil, _sign(key, _actForDigest(id, tower, validUntil)));
    }

    function _domain(address verifyingContract, uint256 chainId) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Souk"),
                keccak256("1"),
                chainId,
                verifyingContract
            )
        );
    }

    function _payStateDigest(bytes32 domain, ChannelId channel, bool fromA, uint16 epoch, uint96 sent)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, channel, epoch, fromA, sent, 0, bytes32(0), MEMO));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _closeDigest(CloseTerms memory terms) internal view returns (bytes32) {
        bytes32 typeHash =
            keccak256("CoopClose(bytes32 channelId,uint16 epoch,uint96 payA,uint96 payB,uint40 validUntil)");
        bytes32 structHash = keccak256(abi.encode(typeHash, id, terms.epoch, terms.payA, terms.payB, terms.validUntil));
        return keccak256(abi.encodePacked(hex"1901", _domain(address(channels), block.chainid), structHash));
    }

    function _rebaseDigest(RebaseTerms memory terms) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Rebase(bytes32 channelId,uint16 epoch,uint96 newDepA,uint96 newDepB,uint96 outA,uint96 outB,uint40 validUntil)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, id, terms));
        return keccak256(abi.encodePacked(hex"1901", _domain(address(channels), block.chainid), structHash));
    }

    function _actForDigest(ChannelId channel, address whom, uint40 validUntil) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("ActFor(bytes32 channelId,address tower,uint40 validUntil)");
        bytes32 structHash = keccak256(abi.encode(typeHash, channel, whom, validUntil));
        return keccak256(abi.encodePacked(hex"1901", _domain(address(channels), block.chainid), structHash));
    }

    function _rebase(RebaseTerms memory terms) internal {
        bytes32 digest = _rebaseDigest(terms);
        channels.rebase(params, terms, _sign(KEY_A, digest), _sign(KEY_B, digest));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// The other valid encoding of a signature: s mirrored to the high half.
    function _highS(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        assert(uint256(s) <= HALF_ORDER);
        return abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    /// ERC-2098: 64 bytes, v folded into s.
    function _compact(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    // Observations

    function _balance(address account) internal view returns (uint256) {
        return params.token == address(0) ? account.balance : token.balanceOf(account);
    }

    function _assertChannel(uint96 deposit, uint96 claimed, ChannelStatus status) internal view {
        (uint96 depositNow, uint96 claimedNow,, ChannelStatus statusNow, uint16 epoch) = channels.channel(id);
        vm.assertEq(depositNow, deposit, "deposit");
        vm.assertEq(claimedNow, claimed, "claimed");
        vm.assertEq(uint256(statusNow), uint256(status), "status");
        vm.assertEq(epoch, 0, "epoch");
    }

    function _closeAt() internal view returns (uint40 closeAt) {
        (,, closeAt,,) = channels.channel(id);
    }

    function _snapshotOf(ChannelId channel) internal view returns (bytes32) {
        (uint96 deposit, uint96 claimed, uint40 closeAt, ChannelStatus status, uint16 epoch) = channels.channel(channel);
        return keccak256(
            abi.encode(
                deposit, claimed, closeAt, status, epoch, channels.promised(channel), channels.promisedByB(channel)
            )
        );
    }

    function _expectWrongStatus(ChannelStatus status) internal {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.WrongStatus.selector, id, status));
    }

    function _batchOf(ChannelParams memory chosen, SignedPromise memory signedPromise)
        internal
        pure
        returns (Claim[] memory claims)
    {
        claims = new Claim[](1);
        claims[0] = Claim(chosen, signedPromise);
    }
}
