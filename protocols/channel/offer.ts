import type {
  Address,
  CoopClose,
  Rebase,
  Signature,
  Signed,
  TypedMessage,
  UnixSeconds,
} from '../common/index.ts'
import type { Checks } from './promise.ts'
import type { ChannelRecord, Offer } from './record.ts'

/** How far ahead agreed terms may be valid, in seconds: no promise moves until they lapse. */
export const MAX_CLOSE_SECONDS = 600

/** Terms that both sides sign, and that then bind both until they are used or void. */
export type Agreed = 'CoopClose' | 'Rebase'

/** Whether terms that were signed can no longer be mined. `marginSeconds` covers confirmations and clocks. */
export const hasLapsed = (
  { terms }: Offer<CoopClose | Rebase>,
  { now, marginSeconds }: { now: UnixSeconds; marginSeconds: number },
): boolean => now > terms.validUntil + marginSeconds

/** Whether both have signed. */
export const isWhole = ({ signatureA, signatureB }: Offer<unknown>): boolean =>
  signatureA !== null && signatureB !== null

const signatureField = (role: ChannelRecord['role']) =>
  role === 'payer' ? 'signatureA' : 'signatureB'

/** Whether the other side of the channel signed the terms. */
export const isAgreedBy = <Name extends Agreed>(
  { role, params }: ChannelRecord,
  { name, message, signature }: Signed<Name> & { name: Name },
  { digest, recover }: Checks,
): boolean =>
  recover(digest(name, message), signature) === (role === 'payer' ? params.signerB : params.signerA)

/** Terms with both signatures, held by the side that asked: it carries them to the chain. */
export const askedOffer = <Terms>(
  { role }: ChannelRecord,
  terms: Terms,
  { own, theirs }: { own: Signature; theirs: Signature },
): Offer<Terms> => ({
  terms,
  signatureA: role === 'payer' ? own : theirs,
  signatureB: role === 'payer' ? theirs : own,
  isAsked: true,
})

/** Terms signed at the other side's wish. Of two that are outstanding the one that is valid longer is remembered. */
export const answeredOffer = <Name extends Agreed>(
  { role }: ChannelRecord,
  known: Offer<TypedMessage<Name>> | null,
  { terms, own }: { terms: TypedMessage<Name>; own: Signature },
): Offer<TypedMessage<Name>> => {
  if (known !== null && validUntilOf(known.terms) >= validUntilOf(terms)) return known
  const nobody = { signatureA: null, signatureB: null }
  return { terms, ...nobody, [signatureField(role)]: own, isAsked: false }
}

const validUntilOf = <Name extends Agreed>(terms: TypedMessage<Name>): UnixSeconds => {
  const { validUntil }: Pick<CoopClose, 'validUntil'> = terms as TypedMessage<Agreed>
  return validUntil
}

/** Terms as they are shown to the other side. */
export type Shown<Terms> = Omit<Offer<Terms>, 'isAsked'>

type Meeting<Name extends Agreed> = {
  name: Name
  known: Offer<TypedMessage<Name>> | null
  shown: Shown<TypedMessage<Name>> | null
}

const onlyValid = <Name extends Agreed>(
  { params }: ChannelRecord,
  { name, shown }: { name: Name; shown: Shown<TypedMessage<Name>> },
  { digest, recover }: Checks,
): Shown<TypedMessage<Name>> => {
  const { terms, signatureA, signatureB } = shown
  const hash = digest(name, terms)
  const isBy = (signer: Address, signature: Signature | null) =>
    signature !== null && recover(hash, signature) === signer
  return {
    terms,
    signatureA: isBy(params.signerA, signatureA) ? signatureA : null,
    signatureB: isBy(params.signerB, signatureB) ? signatureB : null,
  }
}

const isAbout = <Name extends Agreed>(
  { channelId, epoch, stage }: ChannelRecord,
  { name, known }: Meeting<Name>,
  { terms, digest }: { terms: TypedMessage<Name> } & Pick<Checks, 'digest'>,
): boolean => {
  const about: Pick<CoopClose, 'channelId' | 'epoch'> = terms as TypedMessage<Agreed>
  if (stage.phase === 'closed') return false
  if (about.channelId !== channelId || about.epoch !== epoch) return false
  return known === null || digest(name, known.terms) === digest(name, terms)
}

const completed = <Terms>(known: Offer<Terms>, shown: Shown<Terms>): Offer<Terms> => {
  const signatureA = known.signatureA ?? shown.signatureA
  const signatureB = known.signatureB ?? shown.signatureB
  const isUnchanged = signatureA === known.signatureA && signatureB === known.signatureB
  return isUnchanged ? known : { ...known, signatureA, signatureB }
}

/**
 * What is outstanding once the other side has shown what it holds: a signature that was missing, or terms that carry this side's own
 * signature and were forgotten. Nothing else binds this side.
 */
export const mergeOffer = <Name extends Agreed>(
  channel: ChannelRecord,
  meeting: Meeting<Name>,
  checks: Checks,
): Offer<TypedMessage<Name>> | null => {
  const { name, known, shown } = meeting
  if (shown === null) return known
  const { digest } = checks
  if (!isAbout(channel, meeting, { terms: shown.terms, digest })) return known
  const valid = onlyValid(channel, { name, shown }, checks)
  if (known !== null) return completed(known, valid)
  return valid[signatureField(channel.role)] === null ? null : { ...valid, isAsked: false }
}
