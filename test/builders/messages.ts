import fc from 'fast-check'
import {
  type Acceptance,
  type Agreement,
  type Auction,
  type Award,
  type Bid,
  CHANNEL_MODE,
  type ChannelParams,
  type Hash,
  type PayState,
  type PeerBinding,
  type Progress,
  type Receipt,
  type TypedMessage,
  type TypedName,
  toHex,
  typedMessages,
  ZERO_HASH,
} from '../../protocols/common/index.ts'
import { createTestSigner } from '../fakes/signer.ts'

/** A recognisable 32-byte value. */
export const hash = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`

const requester = createTestSigner('requester').address
const provider = createTestSigner('provider').address
const token = createTestSigner('token').address
const START = 1_750_000_000

const valid: { [Name in TypedName]: TypedMessage<Name> } = {
  Auction: {
    taskHash: hash(1),
    engineHash: hash(2),
    requester,
    token,
    maxPrice: 2_000_000n,
    maxFuel: 1_000_000_000n,
    pricing: 0,
    bidding: 0,
    settlement: 0,
    closesAt: START + 5,
    revealBy: 0,
    deliverBy: START + 600,
    minReputation: 0,
    requiredStake: 0n,
    weightsHash: ZERO_HASH,
    tagsHash: ZERO_HASH,
    salt: hash(3),
  },
  Bid: {
    auctionId: hash(4),
    provider,
    basePrice: 10_000n,
    pricePerMfuel: 1_000n,
    etaMs: 5_000,
    validUntil: START + 60,
    salt: hash(5),
  },
  Award: {
    auctionId: hash(4),
    bidHash: hash(6),
    basePrice: 10_000n,
    pricePerMfuel: 1_000n,
    transcriptRoot: hash(7),
  },
  Agreement: {
    auctionId: hash(4),
    taskHash: hash(1),
    engineHash: hash(2),
    requester,
    provider,
    token,
    basePrice: 10_000n,
    pricePerMfuel: 1_000n,
    maxPrice: 1_010_000n,
    maxFuel: 1_000_000_000n,
    sliceFuel: 100_000_000n,
    prepaid: 505_000n,
    startBy: START + 60,
    deliverBy: START + 600,
    reviewSeconds: 3600,
    settlement: 0,
    channelId: hash(8),
    stake: 0n,
    providerSeq: 0n,
    salt: hash(9),
  },
  Progress: { agreementHash: hash(10), slice: 1, fuelUsed: 100_000_000n, paid: 110_000n },
  Refund: { agreementHash: hash(10), channelId: hash(8), amount: 110_000n },
  Receipt: {
    agreementHash: hash(10),
    resultHash: hash(11),
    outcome: 0,
    exitCode: 0,
    fuelUsed: 900_000_000n,
    cost: 910_000n,
    finishedAt: START + 30,
  },
  Acceptance: { receiptHash: hash(12), rating: 5 },
  SealedBid: { auctionId: hash(4), provider, commitment: hash(14) },
  BidAck: { bidHash: hash(14), seenAt: START + 1 },
  Complaint: { agreementHash: hash(9), reason: 1, evidence: hash(15) },
  CancelAuction: { auctionId: hash(4) },
  PayState: {
    channelId: hash(8),
    epoch: 0,
    fromA: true,
    sent: 110_000n,
    lockedTotal: 0n,
    locksRoot: ZERO_HASH,
    memo: hash(13),
  },
  CoopClose: {
    channelId: hash(8),
    epoch: 0,
    payA: 4_000_000n,
    payB: 1_000_000n,
    validUntil: START + 600,
  },
  Rebase: {
    channelId: hash(8),
    epoch: 0,
    newDepA: 3_000_000n,
    newDepB: 1_000_000n,
    outA: 500_000n,
    outB: 500_000n,
    validUntil: START + 600,
  },
  ActFor: { channelId: hash(8), tower: provider, validUntil: START + 86_400 },
  TowerReceipt: { channelId: hash(6), epoch: 1, fromA: true, sent: 25n, validUntil: 1_800_000_000 },
  Approve: { id: hash(16), kind: 3, toProvider: 1_000_000n, validUntil: START + 600 },
  PeerBinding: { agent: provider, peerId: '12D3KooWTest', seq: 1n, validUntil: START + 86_400 },
}

const builder =
  <Name extends TypedName>(name: Name) =>
  (changes: Partial<TypedMessage<Name>> = {}): TypedMessage<Name> => ({
    ...valid[name],
    ...changes,
  })

export const anAuction: (changes?: Partial<Auction>) => Auction = builder('Auction')
export const aBid: (changes?: Partial<Bid>) => Bid = builder('Bid')
export const anAward: (changes?: Partial<Award>) => Award = builder('Award')
export const anAgreement: (changes?: Partial<Agreement>) => Agreement = builder('Agreement')
export const aProgress: (changes?: Partial<Progress>) => Progress = builder('Progress')
export const aReceipt: (changes?: Partial<Receipt>) => Receipt = builder('Receipt')
export const anAcceptance: (changes?: Partial<Acceptance>) => Acceptance = builder('Acceptance')
export const aPayState: (changes?: Partial<PayState>) => PayState = builder('PayState')
export const aPeerBinding: (changes?: Partial<PeerBinding>) => PeerBinding = builder('PeerBinding')

/** A channel in which the requester pays the provider. */
export const aChannel = (changes: Partial<ChannelParams> = {}): ChannelParams => ({
  partyA: requester,
  partyB: provider,
  signerA: requester,
  signerB: provider,
  token,
  window: 3600,
  mode: CHANNEL_MODE.SIMPLEX,
  salt: 1n,
  ...changes,
})

const anyHex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toHex(bytes))
const anyUint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })

/** Any value of a Solidity type, as it stands in a message. */
export const anyValue = {
  bytes32: anyHex(32),
  address: anyHex(20),
  bool: fc.boolean(),
  string: fc.string({ unit: 'grapheme', maxLength: 60 }),
  int32: fc.integer(),
  uint8: anyUint(8).map(Number),
  uint16: anyUint(16).map(Number),
  uint32: anyUint(32).map(Number),
  uint40: anyUint(40).map(Number),
  uint64: anyUint(64),
  uint96: anyUint(96),
}

/** Any message of one kind, over the whole range of every field. */
export const anyMessage = <Name extends TypedName>(name: Name): fc.Arbitrary<TypedMessage<Name>> =>
  fc.record(
    Object.fromEntries(typedMessages[name].map(([field, type]) => [field, anyValue[type]])),
    { noNullPrototype: true },
  ) as unknown as fc.Arbitrary<TypedMessage<Name>>

export const typedNames = Object.keys(typedMessages) as TypedName[]
