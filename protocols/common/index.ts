// Nouns that every rule shares: units, signed message types, their digests and their bytes. Decides nothing.

export { formatAmount, least, most, parseAmount } from './amount.ts'
export { type CborValue, decodeCbor, encodeCbor } from './cbor.ts'
export { CHANNEL_MODE, type ChannelParams, channelIdOf } from './channel-params.ts'
export { Fault, faultCode } from './fault.ts'
export { fromHex, toHex } from './hex.ts'
export { keccak256 } from './keccak.ts'
export type { RecoverSigner, Signed } from './signed.ts'
export {
  createDigester,
  type Digester,
  domainSeparator,
  type SigningDomain,
  typeString,
} from './typed-data.ts'
export type {
  Acceptance,
  ActFor,
  Agreement,
  Approve,
  Auction,
  Award,
  Bid,
  BidAck,
  CancelAuction,
  Complaint,
  CoopClose,
  PayState,
  PeerBinding,
  Progress,
  Rebase,
  Receipt,
  Refund,
  SealedBid,
  TowerReceipt,
  TypedMessage,
  TypedName,
} from './typed-messages.ts'
export { typedMessages } from './typed-messages.ts'
export type {
  Address,
  Amount,
  Cid,
  Fuel,
  Hash,
  Hex,
  PeerId,
  Signature,
  UnixSeconds,
} from './units.ts'
export { MAX_AMOUNT, MAX_FUEL, ZERO_ADDRESS, ZERO_HASH } from './units.ts'
export { accept, ignore, reject, type Verdict } from './verdict.ts'
export {
  decodeSigned,
  encodeSigned,
  fromWire,
  signedFromWire,
  signedToWire,
  toWire,
} from './wire.ts'
