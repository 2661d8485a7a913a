import {
  type Agreed,
  answeredOffer,
  askedOffer,
  type ChannelBook,
  type ChannelFault,
  type ChannelRecord,
  isAgreedBy,
  judgeClose,
  judgeRebase,
  type Offer,
  termsAnswerFromWire,
  termsAnswerToWire,
  termsFromWire,
  termsToWire,
} from '../../protocols/channel/index.ts'
import type {
  CborValue,
  CoopClose,
  Hash,
  Rebase,
  Signature,
  TypedMessage,
  UnixSeconds,
  Verdict,
} from '../../protocols/common/index.ts'
import type { Remote } from '../ports/index.ts'
import { refresh } from './chain-look.ts'
import { type Desk, wellFormed } from './desk.ts'
import type { Change } from './disk.ts'
import { bookWith } from './meeting.ts'

/** Something that both sides sign, and that binds both until it is used or void. */
export type Agreeing<Name extends Agreed> = {
  name: Name
  /** Type of the question that asks for the signature. */
  question: string
  judge(book: ChannelBook, terms: TypedMessage<Name>, now: UnixSeconds): Verdict<ChannelFault>
  known(channel: ChannelRecord): Offer<TypedMessage<Name>> | null
  note(channel: ChannelRecord, offer: Offer<TypedMessage<Name>>): ChannelRecord
}

export const closing: Agreeing<'CoopClose'> = {
  name: 'CoopClose',
  question: 'close',
  judge: judgeClose,
  known: ({ offer }) => offer,
  note: (channel, offer: Offer<CoopClose>) => ({ ...channel, offer }),
}

export const rebasing: Agreeing<'Rebase'> = {
  name: 'Rebase',
  question: 'rebase',
  judge: judgeRebase,
  known: ({ rebase }) => rebase,
  note: (channel, rebase: Offer<Rebase>) => ({ ...channel, rebase }),
}

const sign = <Name extends Agreed>(
  { deps }: Desk,
  name: Name,
  terms: TypedMessage<Name>,
): Signature => deps.signer.sign(deps.channelDigest(name, terms))

type About = { channelId: Hash }

/** Signs terms that the other side asks for: from then on no promise moves until they are used or void. */
const answer = async <Name extends Agreed>(
  desk: Desk,
  kind: Agreeing<Name>,
  { body, from }: { body: CborValue; from: Remote },
): Promise<CborValue> => {
  const terms = wellFormed(termsFromWire(kind.name, body))
  const { channelId }: About = terms as TypedMessage<Agreed>
  bookWith(desk, channelId, from)
  await refresh(desk, channelId)
  const now = await desk.chainTime()
  const decide = (book: ChannelBook): Change<Signature> | ChannelFault => {
    const verdict = kind.judge(book, terms, now)
    if (verdict.action !== 'accept') return verdict.code
    if (desk.moving.has(channelId)) return 'CHANNEL_BUSY'
    const { channel } = book
    const own = sign(desk, kind.name, terms)
    const offer = answeredOffer(channel, kind.known(channel), { terms, own })
    return { channel: kind.note(channel, offer), value: own }
  }
  return termsAnswerToWire(await desk.shelf.change(channelId, decide))
}

/** Asks the other side for its signature, and durably adds this side's. */
export const agree = async <Name extends Agreed>(
  desk: Desk,
  kind: Agreeing<Name>,
  { channel, terms, now }: { channel: ChannelRecord; terms: TypedMessage<Name>; now: UnixSeconds },
): Promise<void> => {
  const { name } = kind
  const question = { type: kind.question, body: termsToWire(name, terms) }
  const theirs = wellFormed(termsAnswerFromWire(await desk.ask(channel.peer, question)))
  const { channelDigest: digest, recover } = desk.deps
  await desk.shelf.change(channel.channelId, (book): Change<void> | ChannelFault => {
    // A payment may have moved while the other side was asked.
    const verdict = kind.judge(book, terms, now)
    if (verdict.action !== 'accept') return verdict.code
    const signed = { name, message: terms, signature: theirs }
    if (!isAgreedBy(book.channel, signed, { digest, recover })) return 'CLOSE_SIGNATURE'
    const own = sign(desk, name, terms)
    const offer = askedOffer(book.channel, terms, { own, theirs })
    return { channel: kind.note(book.channel, offer), value: undefined }
  })
}

export const serveAgreeing = (desk: Desk): void => {
  desk.serve(closing.question, (body, from) => answer(desk, closing, { body, from }))
  desk.serve(rebasing.question, (body, from) => answer(desk, rebasing, { body, from }))
}
