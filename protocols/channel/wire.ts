import {
  type Amount,
  type CborValue,
  type ChannelParams,
  fromHex,
  fromWire,
  type Hash,
  type Signature,
  type Signed,
  signedFromWire,
  signedToWire,
  type TypedMessage,
  toHex,
  toWire,
} from '../common/index.ts'
import type { Agreed, Shown } from './offer.ts'
import type { PaymentNotice } from './payment.ts'
import { MAX_SYNC_DEALS, type SeenChain, type SyncDeal, type SyncMessage } from './sync.ts'

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

/** Body of 'close' and of 'rebase': the terms that the asker will sign too. */
export const termsToWire = <Name extends Agreed>(
  name: Name,
  terms: TypedMessage<Name>,
): CborValue => [toWire(name, terms)]
export const termsFromWire = <Name extends Agreed>(
  name: Name,
  wire: Wire,
): TypedMessage<Name> | null => fromWire(name, listFromWire(wire, 1)?.[0])

/** Answer to both: the signature of the side that was asked. */
export const termsAnswerToWire = (signature: Signature): CborValue => [fromHex(signature)]
export const termsAnswerFromWire = (wire: Wire): Signature | null =>
  signatureFromWire(listFromWire(wire, 1)?.[0])

const offerToWire = <Name extends Agreed>(
  name: Name,
  { terms, signatureA, signatureB }: Shown<TypedMessage<Name>>,
): CborValue => [
  toWire(name, terms),
  signatureA && fromHex(signatureA),
  signatureB && fromHex(signatureB),
]

const offerFromWire =
  <Name extends Agreed>(name: Name) =>
  (wire: Wire): Shown<TypedMessage<Name>> | null => {
    const list = listFromWire(wire, 3)
    const terms = fromWire(name, list?.[0])
    if (list === null || terms === null) return null
    const signatureA = optional(list[1], signatureFromWire)
    const signatureB = optional(list[2], signatureFromWire)
    if (signatureA === undefined || signatureB === undefined) return null
    return { terms, signatureA, signatureB }
  }

const seenToWire = ({ epoch, deposit, amountB }: SeenChain): CborValue => [
  epoch,
  amountToWire(deposit),
  amountToWire(amountB),
]

const seenFromWire = (wire: Wire): SeenChain | null => {
  const list = listFromWire(wire, 3)
  const fields = {
    epoch: uintFromWire(list?.[0], 16),
    deposit: amountFromWire(list?.[1]),
    amountB: amountFromWire(list?.[2]),
  }
  if (fields.epoch === null) return null
  const seen = { ...fields, epoch: Number(fields.epoch) }
  return isWhole<SeenChain>(seen) ? seen : null
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
  message.back && signedToWire('PayState', message.back),
  message.offer && offerToWire('CoopClose', message.offer),
  message.rebase && offerToWire('Rebase', message.rebase),
  seenToWire(message.seen),
  message.deals.map(dealToWire),
]

const promiseFromWire = (wire: Wire) => signedFromWire('PayState', wire)
const isRead = <T extends object>(
  value: { [Field in keyof T]: T[Field] | undefined },
): value is T => Object.values(value).every((field) => field !== undefined)

export const syncFromWire = (wire: Wire): SyncMessage | null => {
  const list = listFromWire(wire, 8)
  if (list === null) return null
  const maybe = {
    promise: optional(list[2], promiseFromWire),
    back: optional(list[3], promiseFromWire),
    offer: optional(list[4], offerFromWire('CoopClose')),
    rebase: optional(list[5], offerFromWire('Rebase')),
  }
  const fields = {
    channelId: hashFromWire(list[0]),
    params: paramsFromWire(list[1]),
    seen: seenFromWire(list[6]),
    deals: dealsFromWire(list[7]),
  }
  if (!isWhole<Pick<SyncMessage, keyof typeof fields>>(fields)) return null
  if (!isRead<Pick<SyncMessage, keyof typeof maybe>>(maybe)) return null
  return { ...fields, ...maybe }
}
