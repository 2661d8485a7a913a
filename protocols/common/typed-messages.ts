import type { Address, Hash } from './units.ts'

/**
 * Every message that agents sign, field by field in signing order. This table is the single definition: EIP-712 type strings,
 * struct hashes, TypeScript types and the CBOR array on the wire all follow from it.
 */
export const typedMessages = {
  Auction: [
    ['taskHash', 'bytes32'],
    ['engineHash', 'bytes32'],
    ['requester', 'address'],
    ['token', 'address'],
    ['maxPrice', 'uint96'],
    ['maxFuel', 'uint64'],
    ['pricing', 'uint8'],
    ['bidding', 'uint8'],
    ['settlement', 'uint8'],
    ['closesAt', 'uint40'],
    ['revealBy', 'uint40'],
    ['deliverBy', 'uint40'],
    ['minReputation', 'uint16'],
    ['requiredStake', 'uint96'],
    ['weightsHash', 'bytes32'],
    ['tagsHash', 'bytes32'],
    ['salt', 'bytes32'],
  ],
  Bid: [
    ['auctionId', 'bytes32'],
    ['provider', 'address'],
    ['basePrice', 'uint96'],
    ['pricePerMfuel', 'uint96'],
    ['etaMs', 'uint32'],
    ['validUntil', 'uint40'],
    ['salt', 'bytes32'],
  ],
  SealedBid: [
    ['auctionId', 'bytes32'],
    ['provider', 'address'],
    ['commitment', 'bytes32'],
  ],
  BidAck: [
    ['bidHash', 'bytes32'],
    ['seenAt', 'uint40'],
  ],
  Award: [
    ['auctionId', 'bytes32'],
    ['bidHash', 'bytes32'],
    ['basePrice', 'uint96'],
    ['pricePerMfuel', 'uint96'],
    ['transcriptRoot', 'bytes32'],
  ],
  Agreement: [
    ['auctionId', 'bytes32'],
    ['taskHash', 'bytes32'],
    ['engineHash', 'bytes32'],
    ['requester', 'address'],
    ['provider', 'address'],
    ['token', 'address'],
    ['basePrice', 'uint96'],
    ['pricePerMfuel', 'uint96'],
    ['maxPrice', 'uint96'],
    ['maxFuel', 'uint64'],
    ['sliceFuel', 'uint64'],
    ['prepaid', 'uint96'],
    ['startBy', 'uint40'],
    ['deliverBy', 'uint40'],
    ['reviewSeconds', 'uint32'],
    ['settlement', 'uint8'],
    ['channelId', 'bytes32'],
    ['stake', 'uint96'],
    ['providerSeq', 'uint64'],
    ['salt', 'bytes32'],
  ],
  Progress: [
    ['agreementHash', 'bytes32'],
    ['slice', 'uint32'],
    ['fuelUsed', 'uint64'],
    ['paid', 'uint96'],
  ],
  Refund: [
    ['agreementHash', 'bytes32'],
    ['channelId', 'bytes32'],
    ['amount', 'uint96'],
  ],
  Receipt: [
    ['agreementHash', 'bytes32'],
    ['resultHash', 'bytes32'],
    ['outcome', 'uint8'],
    ['exitCode', 'int32'],
    ['fuelUsed', 'uint64'],
    ['cost', 'uint96'],
    ['finishedAt', 'uint40'],
  ],
  Acceptance: [
    ['receiptHash', 'bytes32'],
    ['rating', 'uint8'],
  ],
  Complaint: [
    ['agreementHash', 'bytes32'],
    ['reason', 'uint8'],
    ['evidence', 'bytes32'],
  ],
  CancelAuction: [['auctionId', 'bytes32']],
  PayState: [
    ['channelId', 'bytes32'],
    ['epoch', 'uint16'],
    ['fromA', 'bool'],
    ['sent', 'uint96'],
    ['lockedTotal', 'uint96'],
    ['locksRoot', 'bytes32'],
    ['memo', 'bytes32'],
  ],
  CoopClose: [
    ['channelId', 'bytes32'],
    ['epoch', 'uint16'],
    ['payA', 'uint96'],
    ['payB', 'uint96'],
    ['validUntil', 'uint40'],
  ],
  Rebase: [
    ['channelId', 'bytes32'],
    ['epoch', 'uint16'],
    ['newDepA', 'uint96'],
    ['newDepB', 'uint96'],
    ['outA', 'uint96'],
    ['outB', 'uint96'],
    ['validUntil', 'uint40'],
  ],
  ActFor: [
    ['channelId', 'bytes32'],
    ['tower', 'address'],
    ['validUntil', 'uint40'],
  ],
  TowerReceipt: [
    ['channelId', 'bytes32'],
    ['epoch', 'uint16'],
    ['fromA', 'bool'],
    ['sent', 'uint96'],
    ['validUntil', 'uint40'],
  ],
  Approve: [
    ['id', 'bytes32'],
    ['kind', 'uint8'],
    ['toProvider', 'uint96'],
    ['validUntil', 'uint40'],
  ],
  PeerBinding: [
    ['agent', 'address'],
    ['peerId', 'string'],
    ['seq', 'uint64'],
    ['validUntil', 'uint40'],
  ],
} as const satisfies Record<string, readonly (readonly [string, SolidityType])[]>

/** The Solidity types that signed messages may use. */
export type SolidityType =
  | 'bytes32'
  | 'address'
  | 'bool'
  | 'string'
  | 'int32'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint40'
  | 'uint64'
  | 'uint96'

type ValueOf = {
  bytes32: Hash
  address: Address
  bool: boolean
  string: string
  int32: number
  uint8: number
  uint16: number
  uint32: number
  uint40: number
  uint64: bigint
  uint96: bigint
}

export type TypedName = keyof typeof typedMessages

/** The TypeScript shape of a signed message: amounts and fuel are bigint, times and small numbers are number. */
export type TypedMessage<Name extends TypedName> = {
  [Field in (typeof typedMessages)[Name][number] as Field[0]]: ValueOf[Field[1]]
}

export type Auction = TypedMessage<'Auction'>
export type Bid = TypedMessage<'Bid'>
export type SealedBid = TypedMessage<'SealedBid'>
export type BidAck = TypedMessage<'BidAck'>
export type Award = TypedMessage<'Award'>
export type Agreement = TypedMessage<'Agreement'>
export type Progress = TypedMessage<'Progress'>
export type Refund = TypedMessage<'Refund'>
export type Receipt = TypedMessage<'Receipt'>
export type Acceptance = TypedMessage<'Acceptance'>
export type Complaint = TypedMessage<'Complaint'>
export type CancelAuction = TypedMessage<'CancelAuction'>
export type PayState = TypedMessage<'PayState'>
export type CoopClose = TypedMessage<'CoopClose'>
export type Rebase = TypedMessage<'Rebase'>
export type ActFor = TypedMessage<'ActFor'>
export type TowerReceipt = TypedMessage<'TowerReceipt'>
export type Approve = TypedMessage<'Approve'>
export type PeerBinding = TypedMessage<'PeerBinding'>
