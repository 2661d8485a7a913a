import {
  type Address,
  accept,
  type CoopClose,
  ignore,
  reject,
  type Signature,
  type Signed,
  type UnixSeconds,
  type Verdict,
} from '../common/index.ts'
import { closeAmountsOf, reservedOf } from './amounts.ts'
import type { ChannelFault } from './faults.ts'
import type { Checks } from './promise.ts'
import type { ChannelBook, ChannelRecord, CloseOffer } from './record.ts'

/** How far ahead a cooperative close may be valid, in seconds: no promise moves until it lapses. */
export const MAX_CLOSE_SECONDS = 600

/** Whether a close that was signed can no longer be mined. `marginSeconds` covers confirmations and clocks. */
export const hasLapsed = (
  { terms }: CloseOffer,
  { now, marginSeconds }: { now: UnixSeconds; marginSeconds: number },
): boolean => now > terms.validUntil + marginSeconds

/** Why this side signs no close now; null when it may. */
export const closeStop = (book: ChannelBook): ChannelFault | null => {
  const { stage, freeze } = book.channel
  if (stage.phase === 'closed') return 'CHANNEL_CLOSING'
  if (stage.phase !== 'open' && stage.phase !== 'closing') return 'CHANNEL_UNCONFIRMED'
  if (freeze !== null) return 'CHANNEL_FROZEN'
  if (stage.phase === 'open' && stage.funding !== null) return 'CHANNEL_BUSY'
  return reservedOf(book) > 0n ? 'CHANNEL_BUSY' : null
}

/** The terms this side asks for. */
export const closeTermsOf = (channel: ChannelRecord, validUntil: UnixSeconds): CoopClose => ({
  channelId: channel.channelId,
  epoch: channel.epoch,
  ...closeAmountsOf(channel),
  validUntil,
})

const addsUp = (channel: ChannelRecord, { payA, payB }: CoopClose): boolean => {
  if (payA + payB !== channel.deposit - channel.claimed) return false
  const own = closeAmountsOf(channel)
  return channel.role === 'payee' ? payB >= own.payB : payB <= own.payB
}

/** Whether to sign the closing terms that the other side has signed. `now` is the chain's time. */
export const judgeClose = (
  book: ChannelBook,
  { message, signature }: Signed<'CoopClose'>,
  { now, digest, recover }: Checks & { now: UnixSeconds },
): Verdict<ChannelFault> => {
  const { channel } = book
  const { channelId, role, params, epoch } = channel
  const stop = closeStop(book)
  if (stop !== null) return ignore(stop)
  if (message.validUntil <= now) return ignore('CLOSE_TIME')
  if (message.validUntil > now + MAX_CLOSE_SECONDS) return reject('CLOSE_TIME')
  if (message.channelId !== channelId || message.epoch !== epoch) return reject('CLOSE_REFUSED')
  if (!addsUp(channel, message)) return ignore('CLOSE_REFUSED')
  const signer = role === 'payer' ? params.signerB : params.signerA
  if (recover(digest('CoopClose', message), signature) !== signer) return reject('CLOSE_SIGNATURE')
  return accept
}

const isSameClose = (a: CoopClose, b: CoopClose): boolean =>
  a.channelId === b.channelId &&
  a.epoch === b.epoch &&
  a.payA === b.payA &&
  a.payB === b.payB &&
  a.validUntil === b.validUntil

const signatureField = (role: ChannelRecord['role']) =>
  role === 'payer' ? 'signatureA' : 'signatureB'

export const signatureBy = (offer: CloseOffer, role: ChannelRecord['role']): Signature | null =>
  offer[signatureField(role)]

/** This side's own signature under terms it asks for: to be durable before they are sent. */
export const askedOffer = (
  channel: ChannelRecord,
  { message, signature }: Signed<'CoopClose'>,
): CloseOffer => ({
  terms: message,
  signatureA: null,
  signatureB: null,
  isAsked: true,
  [signatureField(channel.role)]: signature,
})

/** Both signatures, when the other side asked. Of two outstanding closes the one that is valid longer is remembered. */
export const answeredOffer = (
  channel: ChannelRecord,
  { message, signature }: Signed<'CoopClose'>,
  own: Signature,
): CloseOffer => {
  const { offer } = channel
  const isOwn = offer !== null && isSameClose(offer.terms, message)
  if (offer !== null && !isOwn && offer.terms.validUntil > message.validUntil) return offer
  const payer = channel.role === 'payer'
  return {
    terms: message,
    signatureA: payer ? own : signature,
    signatureB: payer ? signature : own,
    isAsked: isOwn && offer.isAsked,
  }
}

type ShownOffer = Omit<CloseOffer, 'isAsked'>

const onlyValid = (
  { params }: ChannelRecord,
  { terms, signatureA, signatureB }: ShownOffer,
  { digest, recover }: Checks,
): ShownOffer => {
  const hash = digest('CoopClose', terms)
  const isBy = (signer: Address, signature: Signature | null) =>
    signature !== null && recover(hash, signature) === signer
  return {
    terms,
    signatureA: isBy(params.signerA, signatureA) ? signatureA : null,
    signatureB: isBy(params.signerB, signatureB) ? signatureB : null,
  }
}

/**
 * What is outstanding once the other side has shown what it holds: a signature that was missing, or a close that carries this side's
 * own signature and was forgotten. Nothing else binds this side.
 */
export const mergeOffer = (
  channel: ChannelRecord,
  shown: ShownOffer | null,
  checks: Checks,
): CloseOffer | null => {
  const { offer, role } = channel
  if (shown === null || channel.stage.phase === 'closed') return offer
  if (shown.terms.channelId !== channel.channelId || shown.terms.epoch !== channel.epoch) {
    return offer
  }
  if (offer !== null && !isSameClose(offer.terms, shown.terms)) return offer
  const valid = onlyValid(channel, shown, checks)
  if (offer === null) {
    return valid[signatureField(role)] === null ? null : { ...valid, isAsked: false }
  }
  const signatureA = offer.signatureA ?? valid.signatureA
  const signatureB = offer.signatureB ?? valid.signatureB
  return { ...offer, signatureA, signatureB }
}
