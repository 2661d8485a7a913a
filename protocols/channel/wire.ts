import {
  type Amount,
  type CborValue,
  type ChannelParams,
  type CoopClose,
  fromHex,
  fromWire,
  type Hash,
  type Signature,
  type Signed,
  signedFromWire,
  signedToWire,
  toHex,
  toWire,
} from '../common/index.ts'
import type { PaymentNotice } from './payment.ts'
import type { CloseOffer } from './record.ts'
import { MAX_SYNC_DEALS, type SyncDeal, type SyncMessage } from './sync.ts'

type Wire = CborValue | undefined

const amountToWire = (amount: Amount): CborValue =>
  fromHex(`0x${amount.toString(16).padStart(24, '0')}`)

const bytesFromWire =
  (length: number) =>
  (wire: Wire): `0x${string}` | null =>
    wire instanceof Uint8Array && wire.length === length ? toHex(wire) : null

const hashFromWire = bytesFromWire(32)
const addressFromWire = bytesFromWire(20)
const signatureFromWire = bytesFromWire(65)
const amountFromWire = (wire: Wire): Amount | null => {
  const hex = bytesFromWire(12)(wire)
  return hex === null ? null : BigInt(hex)
}

const uintFromWire = (wire: Wire, bits: number): bigint | null => {
  if (typeof wire !== 'bigint' && !(typeof wire === 'number' && Number.isSafeInteger(wire))) {
    return null
  }
  const value = BigInt(wire)
  return value >= 0n && value < 1n << BigInt(bits) ? value : null
}

const listFromWire = (wire: Wire, length: number): readonly CborValue[] | null =>
  Array.isArray(wire) && wire.length === length ? wire : null

const isWhole = <T extends object>(value: { [Field in keyof T]: T[Field] | null }): value is T =>
  Object.values(value).every((field) => field !== null)

// What may be absent: undefined stands for malformed, so that null keeps its meaning.
const optional = <T>(wire: Wire, parse: (wire: Wire) => T | null): T | null | undefined =>
  wire === null ? null : (parse(wire) ?? undefined)

export const paramsToWire = (params: ChannelParams): CborValue => [
  fromHex(params.partyA),
  fromHex(params.partyB),
  fromHex(params.signerA),
  fromHex(params.signerB),
  fromHex(params.token),
  params.window,
  params.mode,
  params.salt,
]

/** The parameters of a proposed channel; null when malformed. */
export const paramsFromWire = (wire: Wire): ChannelParams | null => {
  const list = listFromWire(wire, 8)
  if (list === null) return null
  const [partyA, partyB, signerA, signerB, token] = list.slice(0, 5).map(addressFromWire)
  const window = uintFromWire(list[5], 32)
  const mode = uintFromWire(list[6], 8)
  const salt = uintFromWire(list[7], 64)
  if (!partyA || !partyB || !signerA || !signerB || !token) return null
  if (window === null || mode === null || salt === null) return null
  const numbers = { window: Number(window), mode: Number(mode), salt }
  return { partyA, partyB, signerA, signerB, token, ...numbers }
}

export type PayMessage = PaymentNotice & { channelId: Hash }

/** Most payments that one message carries. */
export const MAX_PAYMENTS = 128

const paymentToWire = (message: PayMessage): CborValue => [
  fromHex(message.channelId),
  message.promise && signedToWire('PayState', message.promise),
  fromHex(message.agreementHash),
  amountToWire(message.paid),
  fromHex(message.memo),
]

const paymentFromWire = (wire: Wire): PayMessage | null => {
  const list = listFromWire(wire, 5)
  if (list === null) return null
  const promise = optional(list[1], (item) => signedFromWire('PayState', item))
  if (promise === undefined) return null
  const fields = {
    channelId: hashFromWire(list[0]),
    agreementHash: hashFromWire(list[2]),
    paid: amountFromWire(list[3]),
    memo: hashFromWire(list[4]),
  }
  return isWhole<Omit<PayMessage, 'promise'>>(fields) ? { ...fields, promise } : null
}

/** Body of 'pay': payments over any channels between the two, in the order they were made. */
export const payToWire = (messages: readonly PayMessage[]): CborValue => messages.map(paymentToWire)

export const payFromWire = (wire: Wire): PayMessage[] | null => {
  if (!Array.isArray(wire) || wire.length === 0 || wire.length > MAX_PAYMENTS) return null
  const messages = wire.map(paymentFromWire)
  return messages.every((message) => message !== null) ? messages : null
}

/** What the payee says to one payment: the cumulative amount that is now durable for its agreement, or why it was refused. */
export type PayAnswer = Amount | string

const MAX_CODE_LENGTH = 64

const payAnswerItem = (item: CborValue): PayAnswer | null => {
  if (typeof item !== 'string') return amountFromWire(item)
  return /^[A-Z_]+$/.test(item) && item.length <= MAX_CODE_LENGTH ? item : null
}

/** Answer to 'pay', in the order of the payments. */
export const payAnswerToWire = (answers: readonly PayAnswer[]): CborValue =>
  answers.map((answer) => (typeof answer === 'string' ? answer : amountToWire(answer)))

/** The answers to `count` payments; null when malformed. */
export const payAnswerFromWire = (wire: Wire, count: number): PayAnswer[] | null => {
  const answers = listFromWire(wire, count)?.map(payAnswerItem)
  return answers?.every((answer) => answer !== null) ? answers : null
}

/** Answer to 'refund': the cumulative amount that is now durable. */
export const ackToWire = (amount: Amount): CborValue => [amountToWire(amount)]
export const ackFromWire = (wire: Wire): Amount | null => amountFromWire(listFromWire(wire, 1)?.[0])

/** Body of 'refund'. */
export const refundToWire = (refund: Signed<'Refund'>): CborValue => [
  signedToWire('Refund', refund),
]
export const refundFromWire = (wire: Wire): Signed<'Refund'> | null =>
  signedFromWire('Refund', listFromWire(wire, 1)?.[0])

/** Body of 'close': the terms that the asker will sign too. */
export const closeToWire = (terms: CoopClose): CborValue => [toWire('CoopClose', terms)]
export const closeFromWire = (wire: Wire): CoopClose | null =>
  fromWire('CoopClose', listFromWire(wire, 1)?.[0])

/** Answer to 'close': the signature of the side that was asked. */
export const closeAnswerToWire = (signature: Signature): CborValue => [fromHex(signature)]
export const closeAnswerFromWire = (wire: Wire): Signature | null =>
  signatureFromWire(listFromWire(wire, 1)?.[0])

type ShownOffer = Omit<CloseOffer, 'isAsked'>

const offerToWire = ({ terms, signatureA, signatureB }: ShownOffer): CborValue => [
  toWire('CoopClose', terms),
  signatureA && fromHex(signatureA),
  signatureB && fromHex(signatureB),
]

const offerFromWire = (wire: Wire): ShownOffer | null => {
  const list = listFromWire(wire, 3)
  const terms = fromWire('CoopClose', list?.[0])
  if (list === null || terms === null) return null
  const signatureA = optional(list[1], signatureFromWire)
  const signatureB = optional(list[2], signatureFromWire)
  if (signatureA === undefined || signatureB === undefined) return null
  return { terms, signatureA, signatureB }
}

const dealToWire = ({ agreementHash, paid, refunded }: SyncDeal): CborValue => [
  fromHex(agreementHash),
  amountToWire(paid),
  amountToWire(refunded),
]

const dealFromWire = (wire: Wire): SyncDeal | null => {
  const list = listFromWire(wire, 3)
  const fields = {
    agreementHash: hashFromWire(list?.[0]),
    paid: amountFromWire(list?.[1]),
    refunded: amountFromWire(list?.[2]),
  }
  return isWhole<SyncDeal>(fields) ? fields : null
}

const dealsFromWire = (wire: Wire): SyncDeal[] | null => {
  if (!Array.isArray(wire) || wire.length > MAX_SYNC_DEALS) return null
  const deals = wire.map(dealFromWire)
  return deals.every((deal) => deal !== null) ? deals : null
}

/** Body of 'sync', and its answer. */
export const syncToWire = (message: SyncMessage): CborValue => [
  fromHex(message.channelId),
  paramsToWire(message.params),
  message.promise && signedToWire('PayState', message.promise),
  message.offer && offerToWire(message.offer),
  message.deals.map(dealToWire),
]

export const syncFromWire = (wire: Wire): SyncMessage | null => {
  const list = listFromWire(wire, 5)
  if (list === null) return null
  const promise = optional(list[2], (item) => signedFromWire('PayState', item))
  const offer = optional(list[3], offerFromWire)
  if (promise === undefined || offer === undefined) return null
  const fields = {
    channelId: hashFromWire(list[0]),
    params: paramsFromWire(list[1]),
    deals: dealsFromWire(list[4]),
  }
  if (!isWhole<Omit<SyncMessage, 'promise' | 'offer'>>(fields)) return null
  return { ...fields, promise, offer }
}
