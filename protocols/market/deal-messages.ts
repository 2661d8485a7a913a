// Bodies of the requests on /souk/deal/1, each a CBOR array of fixed length. Decoders give null for anything else; signatures are
// checked by whoever knows the signers.
import type { Amount, CborValue, Hash, Signature, Signed } from '../common/index.ts'
import { fromHex, signedFromWire, signedToWire } from '../common/index.ts'
import { type Counter, counterFromWire, counterToWire } from './counter-offer.ts'
import {
  amountFromWire,
  amountToWire,
  codeFromWire,
  countFromWire,
  hashFromWire,
  signatureFromWire,
  textFromWire,
  tupleOf,
} from './deal-fields.ts'
import type { Offer } from './offer.ts'

/** Request names on /souk/deal/1. */
export const DEAL = {
  BID: 'bid',
  TRANSCRIPT: 'transcript',
  OFFER: 'offer',
  START: 'start',
  PROGRESS: 'progress',
  DELIVER: 'deliver',
  ACCEPT: 'accept',
  FAIL: 'fail',
  STATUS: 'status',
  CANCEL: 'cancel',
} as const

/** Most bytes of an encoded result manifest. */
export const MAX_RESULT_BYTES = 49_152
const MAX_MESSAGE_CHARS = 200
const MAX_PHASE_CHARS = 32

/** The request body or answer that says nothing. */
export const EMPTY: CborValue = []
export const isEmpty = (body: CborValue): boolean => tupleOf(body, 0) !== null

export const encodeOffer = ({ auction, bid, award, agreement }: Offer): CborValue => [
  signedToWire('Auction', auction),
  signedToWire('Bid', bid),
  signedToWire('Award', award),
  signedToWire('Agreement', agreement),
]

export const decodeOffer = (body: CborValue): Offer | null => {
  const items = tupleOf(body, 4)
  if (!items) return null
  const auction = signedFromWire('Auction', items[0])
  const bid = signedFromWire('Bid', items[1])
  const award = signedFromWire('Award', items[2])
  const agreement = signedFromWire('Agreement', items[3])
  return auction && bid && award && agreement && { auction, bid, award, agreement }
}

/** Answer to an offer: the provider's signature under the same agreement, or the terms that it would sign instead. */
export type OfferReply = { providerSignature: Signature } | { counter: Counter }

export const encodeOfferReply = (reply: OfferReply): CborValue => [
  'counter' in reply ? counterToWire(reply.counter) : fromHex(reply.providerSignature),
]

export const decodeOfferReply = (body: CborValue): OfferReply | null => {
  const item = tupleOf(body, 1)?.[0]
  const providerSignature = signatureFromWire(item)
  if (providerSignature) return { providerSignature }
  const counter = counterFromWire(item)
  return counter && { counter }
}

/** A request that names an agreement and nothing else: start, status. */
export type AboutAgreement = { agreementHash: Hash }

const encodeAgreementHash = ({ agreementHash }: AboutAgreement): CborValue => [
  fromHex(agreementHash),
]
const decodeAgreementHash = (body: CborValue): AboutAgreement | null => {
  const agreementHash = hashFromWire(tupleOf(body, 1)?.[0])
  return agreementHash && { agreementHash }
}

export const encodeStart = encodeAgreementHash
export const decodeStart = decodeAgreementHash
export const encodeStatus = encodeAgreementHash
export const decodeStatus = decodeAgreementHash

/** A slice has run: its `paid` is the total now due for the agreement. */
export const encodeProgress = (progress: Signed<'Progress'>): CborValue => [
  signedToWire('Progress', progress),
]
export const decodeProgress = (body: CborValue): Signed<'Progress'> | null =>
  signedFromWire('Progress', tupleOf(body, 1)?.[0])

/** Answer to progress: the total paid for the agreement, in atomic units. */
export const encodeProgressReply = ({ paid }: { paid: Amount }): CborValue => [amountToWire(paid)]
export const decodeProgressReply = (body: CborValue): { paid: Amount } | null => {
  const paid = amountFromWire(tupleOf(body, 1)?.[0])
  return paid === null ? null : { paid }
}

/** A receipt, the encoded result manifest it stands for, and two facts that no one can check. */
export type DeliveryMessage = {
  receipt: Signed<'Receipt'>
  result: Uint8Array
  wallMs: number
  peakRssBytes: number
}

export const encodeDeliver = (delivery: DeliveryMessage): CborValue => [
  signedToWire('Receipt', delivery.receipt),
  delivery.result,
  delivery.wallMs,
  delivery.peakRssBytes,
]

export const decodeDeliver = (body: CborValue): DeliveryMessage | null => {
  const items = tupleOf(body, 4)
  if (!items) return null
  const receipt = signedFromWire('Receipt', items[0])
  const result = items[1]
  const wallMs = countFromWire(items[2])
  const peakRssBytes = countFromWire(items[3])
  if (!receipt || wallMs === null || peakRssBytes === null) return null
  if (!(result instanceof Uint8Array) || result.length > MAX_RESULT_BYTES) return null
  return { receipt, result, wallMs, peakRssBytes }
}

const signedOrNull = <Name extends 'Receipt' | 'Acceptance'>(
  name: Name,
  value: CborValue | undefined,
): Signed<Name> | null | 'malformed' => {
  if (value === null) return null
  return signedFromWire(name, value) ?? 'malformed'
}

/** Answer to a delivery: the acceptance, or null where the requester wants to look first and accepts later. */
export const encodeDeliverReply = ({
  acceptance,
}: {
  acceptance: Signed<'Acceptance'> | null
}): CborValue => [acceptance && signedToWire('Acceptance', acceptance)]

export const decodeDeliverReply = (
  body: CborValue,
): { acceptance: Signed<'Acceptance'> | null } | null => {
  const acceptance = signedOrNull('Acceptance', tupleOf(body, 1)?.[0])
  return acceptance === 'malformed' ? null : { acceptance }
}

/** An acceptance that comes after the answer to the delivery. */
export type AcceptMessage = AboutAgreement & { acceptance: Signed<'Acceptance'> }

export const encodeAccept = ({ agreementHash, acceptance }: AcceptMessage): CborValue => [
  fromHex(agreementHash),
  signedToWire('Acceptance', acceptance),
]
export const decodeAccept = (body: CborValue): AcceptMessage | null => {
  const items = tupleOf(body, 2)
  const agreementHash = hashFromWire(items?.[0])
  const acceptance = signedFromWire('Acceptance', items?.[1])
  return agreementHash && acceptance && { agreementHash, acceptance }
}

/** The provider gives up. `message` is cut at 200 characters. */
export type FailMessage = AboutAgreement & { code: string; message: string }

export const encodeFail = ({ agreementHash, code, message }: FailMessage): CborValue => [
  fromHex(agreementHash),
  code,
  message.toWellFormed().slice(0, MAX_MESSAGE_CHARS).toWellFormed(),
]
export const decodeFail = (body: CborValue): FailMessage | null => {
  const items = tupleOf(body, 3)
  const agreementHash = hashFromWire(items?.[0])
  const code = codeFromWire(items?.[1])
  const message = textFromWire(items?.[2], MAX_MESSAGE_CHARS)
  return agreementHash && code && message !== null ? { agreementHash, code, message } : null
}

/** Answer to status: how far the provider's side of the deal is. */
export type StatusReply = {
  phase: string
  receipt: Signed<'Receipt'> | null
  acceptance: Signed<'Acceptance'> | null
}

export const encodeStatusReply = ({ phase, receipt, acceptance }: StatusReply): CborValue => [
  phase,
  receipt && signedToWire('Receipt', receipt),
  acceptance && signedToWire('Acceptance', acceptance),
]
export const decodeStatusReply = (body: CborValue): StatusReply | null => {
  const items = tupleOf(body, 3)
  const phase = textFromWire(items?.[0], MAX_PHASE_CHARS)
  const receipt = signedOrNull('Receipt', items?.[1])
  const acceptance = signedOrNull('Acceptance', items?.[2])
  if (phase === null || receipt === 'malformed' || acceptance === 'malformed') return null
  return { phase, receipt, acceptance }
}

/** The requester gives up. */
export type CancelMessage = AboutAgreement & { code: string }

export const encodeCancel = ({ agreementHash, code }: CancelMessage): CborValue => [
  fromHex(agreementHash),
  code,
]
export const decodeCancel = (body: CborValue): CancelMessage | null => {
  const items = tupleOf(body, 2)
  const agreementHash = hashFromWire(items?.[0])
  const code = codeFromWire(items?.[1])
  return agreementHash && code ? { agreementHash, code } : null
}
