// What a requester asks of its provider: to sign, to start, to accept its acceptance, to stop.
import type { CborValue, Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import {
  checkOffer,
  DEAL,
  decodeAccept,
  decodeCancel,
  decodeOffer,
  decodeStart,
  decodeStatus,
  EMPTY,
  encodeOfferReply,
  encodeStatusReply,
  type Offer,
  offerHashes,
} from '../../protocols/market/index.ts'
import type { Prepared } from '../execution/index.ts'
import type { Remote, TalkHandler } from '../ports/index.ts'
import { acceptDelivery } from './accepting.ts'
import { counterTo } from './countering.ts'
import { waitUntil } from './deadline.ts'
import { creditTo } from './deal-book.ts'
import type { DealRecord } from './deal-record.ts'
import type { DealFault } from './faults.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { Serial } from './serial.ts'
import type { Workshop } from './workshop.ts'

export type InboxContext = ProviderContext & { workshop: Workshop; oneByOne: Serial }

const malformed = () => new Fault<DealFault>('DEAL_MALFORMED', 'the message is malformed')
const refused = (detail: string) =>
  new Fault<DealFault>('OFFER_INVALID', `the offer is refused: ${detail}`)

const checkTerms = (context: InboxContext, offer: Offer, wallMs: number): void => {
  const { clock, digest, options, recover, signer } = context
  const { agreement, bid } = offer
  if (bid.message.provider !== signer.address) throw refused('the bid is of another agent')
  const { maxPrice, prepaid, requester } = agreement.message
  const credit = maxPrice - prepaid
  if (credit > options.maxCredit) throw refused('RISK_TOO_HIGH')
  if (creditTo(context.book, requester) + credit > options.maxExposure) {
    throw refused('EXPOSURE_TOO_HIGH')
  }
  const fault = checkOffer(offer, { digest, recover, wallMs, now: clock.now() })
  if (fault) throw refused(fault)
}

/** Fetches and validates all that the task needs, so that nothing is signed that cannot be run. */
const prepare = async (context: InboxContext, offer: Offer): Promise<Prepared> => {
  const { clock, executor, options, stopping } = context
  const { maxFuel, requester, taskHash } = offer.agreement.message
  const deadline = clock.now() + options.prepareSeconds
  const prepared = await waitUntil(clock, { deadline, signal: stopping }, (signal) =>
    executor.prepare(taskHash, requester, { maxInputBytes: options.maxInputBytes, signal }),
  )
  if (!prepared) throw refused('module and inputs could not be fetched in time')
  if (prepared.manifest.limits.fuel !== maxFuel) throw refused('FUEL_MISMATCH')
  checkTerms(context, offer, prepared.manifest.limits.wallMs)
  return prepared
}

const sign = async (
  context: InboxContext,
  offer: Offer,
  hashes: { auctionId: Hash; agreementHash: Hash },
): Promise<DealRecord> => {
  const { book, capacity, clock, signer, workshop } = context
  const { agreementHash, auctionId } = hashes
  const { requester, provider, deliverBy, taskHash } = offer.agreement.message
  checkTerms(context, offer, 0)
  // A bid holds one place: who gets it signed twice would have the second task done beyond this machine's capacity.
  if (book.live().some(({ deal }) => deal.auctionId === auctionId)) throw refused('BID_TAKEN')
  if (!capacity.reserve(auctionId, deliverBy)) {
    throw new Fault<DealFault>('NO_CAPACITY', 'all places for tasks are taken')
  }
  try {
    workshop.keep(agreementHash, await prepare(context, offer))
  } catch (error) {
    capacity.release(auctionId)
    throw error
  }
  return {
    agreementHash,
    createdAt: clock.nowMs(),
    taskHash,
    requester,
    deal: { ...offer, ...hashes, provider },
    providerSignature: signer.sign(agreementHash),
    fuelUsed: 0n,
    journey: { phase: 'signed' },
    history: [{ phase: 'signed', at: clock.nowMs() }],
  }
}

const hearOffer = async (context: InboxContext, body: CborValue, from: Remote) => {
  const offer = decodeOffer(body)
  if (!offer) throw malformed()
  if (offer.agreement.message.requester !== from.agent) throw refused('it is of another agent')
  const { agreementHash, auctionId } = offerHashes(offer, context.digest)
  const { book, oneByOne } = context
  const counter = (await book.get(agreementHash)) ? null : counterTo(context, offer.agreement)
  if (counter) return encodeOfferReply({ counter })
  const record = await oneByOne(auctionId, () =>
    book.enter(agreementHash, () => sign(context, offer, { agreementHash, auctionId })),
  )
  context.workshop.expectStart(record)
  const { providerSignature } = record
  return encodeOfferReply({ providerSignature })
}

const dealFor = async ({ book }: InboxContext, agreementHash: Hash, from: Remote) => {
  const record = await book.get(agreementHash)
  if (record?.requester === from.agent) return record
  throw new Fault<DealFault>('DEAL_UNKNOWN', 'no deal of yours is known here under this agreement')
}

const hearStart = async (context: InboxContext, body: CborValue, from: Remote) => {
  const { book, channel, clock, workshop } = context
  const message = decodeStart(body)
  if (!message) throw malformed()
  const { agreementHash } = message
  await dealFor(context, agreementHash, from)
  const after = await book.move(agreementHash, async ({ deal, journey, requester }) => {
    // The same request again: its answer was lost on the way.
    if (journey.phase === 'started' || journey.phase === 'delivered') return null
    const { channelId, maxPrice, startBy } = deal.agreement.message
    if (journey.phase !== 'signed') throw new Fault<DealFault>('DEAL_OVER', 'the deal is over')
    if (clock.now() > startBy) {
      throw new Fault<DealFault>(
        'START_TIMEOUT',
        'the agreement is void: it was not funded in time',
      )
    }
    await channel.back({ channelId, agreementHash, amount: maxPrice, payer: requester })
    return { journey: { phase: 'started' } }
  })
  workshop.run(after)
  return EMPTY
}

const hearAccept = async (context: InboxContext, body: CborValue, from: Remote) => {
  const message = decodeAccept(body)
  if (!message) throw malformed()
  await dealFor(context, message.agreementHash, from)
  await acceptDelivery(context, message.agreementHash, message.acceptance)
  return EMPTY
}

const hearCancel = async (context: InboxContext, body: CborValue, from: Remote) => {
  const message = decodeCancel(body)
  if (!message) throw malformed()
  const record = await dealFor(context, message.agreementHash, from)
  await context.workshop.cancel(record)
  return EMPTY
}

const hearStatus = async (context: InboxContext, body: CborValue, from: Remote) => {
  const message = decodeStatus(body)
  if (!message) throw malformed()
  const { journey } = await dealFor(context, message.agreementHash, from)
  const delivery = 'delivery' in journey ? journey.delivery : null
  const acceptance = journey.phase === 'settled' ? journey.acceptance : null
  return encodeStatusReply({ phase: journey.phase, receipt: delivery?.receipt ?? null, acceptance })
}

/** Listens to requesters. */
export const serveProvider = (context: InboxContext): void => {
  const serve = (type: string, hear: typeof hearOffer) => {
    const handler: TalkHandler = (body, from) => hear(context, body, from)
    context.talk.serve('/souk/deal/1', type, handler)
  }
  serve(DEAL.OFFER, hearOffer)
  serve(DEAL.START, hearStart)
  serve(DEAL.ACCEPT, hearAccept)
  serve(DEAL.CANCEL, hearCancel)
  serve(DEAL.STATUS, hearStatus)
}
