// From an order to a deal that runs: the first half of a requester's journey. Each step is safe to repeat after a crash.
import { Fault, faultCode, type Hash, least, type Signed } from '../../protocols/common/index.ts'
import {
  agreementTerms,
  type Counter,
  DEAL,
  decodeOfferReply,
  encodeOffer,
  encodeStart,
  priceOf,
  type RankedBid,
  sliceFuelOf,
} from '../../protocols/market/index.ts'
import { onOtherTerms } from './countering.ts'
import { unlessAborted, waitUntil } from './deadline.ts'
import { messageOf } from './faults.ts'
import type { RequesterContext } from './requester-deps.ts'
import type { Deal, Journey, TaskAt, TaskEnd, TaskRecord } from './task-record.ts'

const START_RETRY_MS = 500
const OFFER_RETRY_MS = 1_500
/** A provider's clock may be a little behind ours: it may start a little after we think it is too late. */
const CLOCK_LEEWAY_SECONDS = 5

/** A provider may see the same block a moment after us, or be starting up or busy. */
const NOT_YET = new Set([
  'CHANNEL_UNKNOWN',
  'CHANNEL_UNCONFIRMED',
  'RESERVE_TOO_SMALL',
  'REQUEST_UNKNOWN',
  'TOO_MANY_REQUESTS',
])

type Candidates = { auction: Signed<'Auction'>; ranked: readonly RankedBid[] }

const unsold = (end: TaskEnd): Journey => ({ phase: 'unsold', end })

/** created -> announced: signs the auction; nothing leaves yet. */
export const announce = (
  { auctioneer, clock, options }: RequesterContext,
  { terms, taskHash }: TaskRecord,
): Journey => {
  const closesAt = Math.ceil((clock.nowMs() + terms.bidWindowMs) / 1000)
  const workSeconds = Math.ceil(terms.wallMs / 1000) + terms.deliverWithinSeconds
  const { auctionId, message, signature } = auctioneer.draft({
    taskHash,
    engineHash: options.engineHash,
    token: options.token,
    maxPrice: terms.maxPrice,
    maxFuel: terms.maxFuel,
    tagsHash: terms.tagsHash,
    ...(terms.pricing === undefined ? {} : { pricing: terms.pricing }),
    ...(terms.bidding === undefined ? {} : { bidding: terms.bidding }),
    closesAt,
    deliverBy: closesAt + options.fundWithinSeconds + workSeconds,
  })
  return { phase: 'announced', auction: { message, signature }, auctionId }
}

const agreementFor = (
  { clock, digest, options }: RequesterContext,
  { terms }: TaskRecord,
  sale: { auction: Signed<'Auction'>; best: RankedBid; award: Signed<'Award'>; channelId: Hash },
) => {
  const { auction, best, award, channelId } = sale
  return agreementTerms(
    {
      auction: auction.message,
      auctionId: best.bid.message.auctionId,
      bid: best.bid.message,
      bidHash: best.bidHash,
      award: award.message,
    },
    {
      channelId,
      startBy: clock.now() + options.fundWithinSeconds,
      reviewSeconds: options.reviewSeconds,
      sliceFuel: sliceFuelOf({
        basePrice: award.message.basePrice,
        pricePerMfuel: award.message.pricePerMfuel,
        maxFuel: terms.maxFuel,
        slices: terms.slices,
        minSliceValue: options.minSliceValue,
      }),
      prepaid: least(priceOf(award.message, terms.maxFuel) / 2n, options.prepaidMax),
      salt: digest('Award', award.message),
    },
  )
}

const makeDeal = async (
  context: RequesterContext,
  record: TaskRecord,
  { auction, ranked }: Candidates,
): Promise<Deal> => {
  const { auctioneer, channel, digest, signer } = context
  const best = ranked[0] as RankedBid
  const { auctionId, provider } = best.bid.message
  const award = await auctioneer.award(auction, ranked, best)
  // The award's digest names this sale and no other, and survives a restart: it keys the reservation.
  const key = digest('Award', award.message)
  const amount = priceOf(award.message, auction.message.maxFuel)
  const { channelId } = await channel.reserve({ provider, amount, key })
  const message = agreementFor(context, record, { auction, best, award, channelId })
  const agreementHash = digest('Agreement', message)
  const agreement = { message, signature: signer.sign(agreementHash) }
  return { auctionId, agreementHash, auction, bid: best.bid, award, agreement, provider }
}

/** Makes a deal with the best of the bidders that can still be reached. */
const awardBest = async (
  context: RequesterContext,
  record: TaskRecord,
  { auction, ranked }: Candidates,
): Promise<Journey> => {
  let last: TaskEnd = { code: 'NO_SIGNATURE', message: 'no bidder is left' }
  for (const [index, candidate] of ranked.entries()) {
    const { provider } = candidate.bid.message
    try {
      const deal = await makeDeal(context, record, { auction, ranked: ranked.slice(index) })
      return { phase: 'awarded', deal, others: ranked.slice(index + 1) }
    } catch (error) {
      const code = faultCode(error)
      context.log.warn({ task: record.id, provider, code }, 'bidder passed over: no channel')
      last = { code, message: messageOf(error) }
    }
  }
  return unsold(last)
}

/** announced -> awarded: collects bids, ranks them, and reserves the winner's price on a channel. */
export const holdAuction = async (
  context: RequesterContext,
  record: TaskAt<'announced'>,
  signal: AbortSignal,
): Promise<Journey> => {
  const { auctioneer, clock, gossip } = context
  const { auction } = record.journey
  // The node was away when the bids came in: nothing was promised, so the auction is held again.
  if (auction.message.closesAt <= clock.now()) return { phase: 'created' }
  const ranked = await auctioneer.run(auction, { signal })
  if (ranked.length > 0) return awardBest(context, record, { auction, ranked })
  const listeners = gossip.listeners('auctions')
  return listeners === 0
    ? unsold({
        code: 'NO_PEERS',
        message: 'no other agent is connected, so nobody heard the auction; nothing was paid',
      })
    : unsold({
        code: 'NO_BIDS',
        message: `nobody bid within the budget in time (heard by ${listeners}); nothing was paid`,
      })
}

/** Asks the winner to sign; null once it did, else the terms that it would sign instead. */
const askForSignature = async (
  { channel, clock, options, recover, talk }: RequesterContext,
  deal: Deal,
  signal: AbortSignal,
): Promise<Counter | null> => {
  const { channelId, maxPrice, salt } = deal.agreement.message
  const reserved = await channel.reserve({ provider: deal.provider, amount: maxPrice, key: salt })
  if (reserved.channelId !== channelId) {
    throw new Fault('CHANNEL_MISMATCH', 'the channel of the agreement is gone')
  }
  const request = { protocol: '/souk/deal/1', type: DEAL.OFFER, body: encodeOffer(deal) } as const
  const send = () =>
    talk.request(deal.provider, request, { timeoutMs: options.offerTimeoutMs, signal })
  // A line that dropped a moment ago is usually back at once; the same offer twice is one offer.
  const again = async (error: unknown) => {
    if (faultCode(error) !== 'PEER_UNREACHABLE') throw error
    await clock.wait(OFFER_RETRY_MS, { signal })
    return send()
  }
  const reply = decodeOfferReply(await send().catch(again))
  if (reply && 'counter' in reply) return reply.counter
  if (!reply || recover(deal.agreementHash, reply.providerSignature) !== deal.provider) {
    throw new Fault('BAD_SIGNATURE', 'the bidder did not sign this agreement')
  }
  return null
}

/** awarded -> agreed: the winner countersigns, asks for other terms, or the next bidder takes its place. */
export const offer = async (
  context: RequesterContext,
  record: TaskAt<'awarded'>,
  signal: AbortSignal,
): Promise<Journey> => {
  const { deal, others } = record.journey
  try {
    const counter = await askForSignature(context, deal, signal)
    return counter ? onOtherTerms(context, record, counter) : { phase: 'agreed', deal }
  } catch (error) {
    if (signal.aborted) throw error
    const code = faultCode(error)
    const { provider } = deal
    context.log.warn({ task: record.id, provider, code }, 'bidder passed over: no signature')
    if (others.length === 0) {
      return unsold({ code, message: `no bidder signed: ${messageOf(error)}; nothing was paid` })
    }
    return awardBest(context, record, { auction: deal.auction, ranked: others })
  }
}

const notFunded = (deal: Deal, reason: string): Journey => {
  const message = `the channel could not be funded: ${reason}; nothing was paid`
  return { phase: 'void', deal, end: { code: 'FUNDING_FAILED', message } }
}

/** agreed -> funded: opens or tops up the channel on chain. A deposit still on its way at the deadline is there for later deals. */
export const fund = async (
  { auctioneer, channel, clock }: RequesterContext,
  { journey: { deal } }: TaskAt<'agreed'>,
  signal: AbortSignal,
): Promise<Journey> => {
  const { startBy: deadline, salt } = deal.agreement.message
  try {
    const isFunded = await waitUntil(clock, { deadline, signal }, async (inTime) => {
      await auctioneer.announceAward(deal.award)
      await unlessAborted(channel.confirm(salt), inTime)
      return true
    })
    return isFunded ? { phase: 'funded', deal } : notFunded(deal, 'its time is over')
  } catch (error) {
    // Everything else may be different the next time.
    if (faultCode(error) !== 'FUNDING_FAILED') throw error
    return notFunded(deal, messageOf(error))
  }
}

const askToStart = ({ options, talk }: RequesterContext, deal: Deal, signal: AbortSignal) =>
  talk.request(
    deal.provider,
    { protocol: '/souk/deal/1', type: DEAL.START, body: encodeStart(deal) },
    { timeoutMs: options.startTimeoutMs, signal },
  )

/** Why a start that failed is final; null where it is worth another try. */
const startFailure = ({ clock }: RequesterContext, deal: Deal, error: unknown): TaskEnd | null => {
  const isRefusal = error instanceof Fault && error.details.remote === true
  if (isRefusal && !NOT_YET.has(error.code)) {
    return { code: error.code, message: `the provider refused to start: ${error.message}` }
  }
  if (clock.now() <= deal.agreement.message.startBy + CLOCK_LEEWAY_SECONDS) return null
  const message = 'the provider could not be reached to start; nothing was paid'
  return { code: 'START_TIMEOUT', message }
}

/** funded -> running: the provider checks the money and starts. */
export const start = async (
  context: RequesterContext,
  { journey: { deal } }: TaskAt<'funded'>,
  signal: AbortSignal,
): Promise<Journey> => {
  for (;;) {
    try {
      await askToStart(context, deal, signal)
      return { phase: 'running', deal, work: { slice: 0, fuelUsed: 0n, paid: 0n } }
    } catch (error) {
      if (signal.aborted) throw error
      const failure = startFailure(context, deal, error)
      if (failure) return { phase: 'void', deal, end: failure }
      await context.clock.wait(START_RETRY_MS, { signal })
    }
  }
}
