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

/** Whether to sign closing terms, asked for by the other side or about to be carried to the chain. `now` is the chain's time. */
export const judgeClose = (
  book: ChannelBook,
  terms: CoopClose,
  now: UnixSeconds,
): Verdict<ChannelFault> => {
  const { channel } = book
  const stop = closeStop(book)
  if (stop !== null) return ignore(stop)
  if (terms.channelId !== channel.channelId) return reject('CHANNEL_UNKNOWN')
  if (terms.validUntil > now + MAX_CLOSE_SECONDS) return reject('CLOSE_TIME')
  if (terms.validUntil <= now) return ignore('CLOSE_TIME')
  if (terms.epoch !== channel.epoch || !addsUp(channel, terms)) return ignore('CLOSE_REFUSED')
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

/** Whether the other side of the channel signed the terms. */
export const isClosedBy = (
  { role, params }: ChannelRecord,
  { message, signature }: Signed<'CoopClose'>,
  { digest, recover }: Checks,
): boolean =>
  recover(digest('CoopClose', message), signature) ===
  (role === 'payer' ? params.signerB : params.signerA)

/** Terms with both signatures, held by the side that asked: it carries them to the chain. */
export const askedOffer = (
  { role }: ChannelRecord,
  terms: CoopClose,
  { own, theirs }: { own: Signature; theirs: Signature },
): CloseOffer => ({
  terms,
  signatureA: role === 'payer' ? own : theirs,
  signatureB: role === 'payer' ? theirs : own,
  isAsked: true,
})

/** Terms signed at the other side's wish. Of two outstanding closes the one that is valid longer is remembered. */
export const answeredOffer = (
  { role, offer }: ChannelRecord,
  terms: CoopClose,
  own: Signature,
): CloseOffer => {
  if (offer !== null && offer.terms.validUntil >= terms.validUntil) return offer
  const nobody = { signatureA: null, signatureB: null }
  return { terms, ...nobody, [signatureField(role)]: own, isAsked: false }
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
