// Between an award and its agreement: what a provider asks for instead, and what a requester makes of it.
import { Fault, least } from '../../protocols/common/index.ts'
import {
  type Counter,
  counteredAgreement,
  counterFault,
  MAX_COUNTERS,
  type Offer,
} from '../../protocols/market/index.ts'
import { creditTo } from './deal-book.ts'
import type { ProviderContext } from './provider-deps.ts'
import type { RequesterContext } from './requester-deps.ts'
import type { Deal, Journey, TaskAt } from './task-record.ts'

/** Why this node does not agree to other terms; null where it does. */
const whyRefused = (
  { options }: RequesterContext,
  { agreement }: Deal,
  counter: Counter,
): string | null => {
  const offered = agreement.message
  const fault = counterFault(counter, offered)
  if (fault) return fault
  if (counter.prepaid > options.prepaidMax) return 'PREPAID_TOO_HIGH'
  if (counter.startBy > offered.startBy) return 'START_TOO_LATE'
  if (counter.reviewSeconds < offered.reviewSeconds) return 'REVIEW_TOO_SHORT'
  return counter.sliceFuel < offered.sliceFuel ? 'SLICES_TOO_SMALL' : null
}

/** The same deal on the winner's terms, to be offered anew. Nobody has signed the earlier one but this node. */
export const onOtherTerms = (
  context: RequesterContext,
  { journey: { deal, others, counters = 0 } }: TaskAt<'awarded'>,
  counter: Counter,
): Journey => {
  const { digest, signer } = context
  const reason = counters < MAX_COUNTERS ? whyRefused(context, deal, counter) : 'TOO_MANY_COUNTERS'
  if (reason) throw new Fault(reason, 'its counter-offer is not acceptable')
  const message = counteredAgreement(deal.agreement.message, counter)
  const agreementHash = digest('Agreement', message)
  const agreement = { message, signature: signer.sign(agreementHash) }
  return {
    phase: 'awarded',
    deal: { ...deal, agreement, agreementHash },
    others,
    counters: counters + 1,
  }
}

/** What this node would sign instead of an offer that leaves too much unpaid until the result is accepted; null where nothing helps. */
export const counterTo = (
  { book, options }: ProviderContext,
  { message }: Offer['agreement'],
): Counter | null => {
  const { maxPrice, prepaid, requester, sliceFuel, startBy, reviewSeconds } = message
  const room = options.maxExposure - creditTo(book, requester)
  const credit = least(room, options.maxCredit)
  if (credit < 0n || maxPrice - prepaid <= credit) return null
  return { sliceFuel, startBy, reviewSeconds, prepaid: maxPrice - credit }
}
