import type { UnixSeconds } from '../common/index.ts'

/** How much haste a call has: `thrifty` waits for low fees, `urgent` may exceed the usual cap. */
export type Urgency = 'thrifty' | 'normal' | 'urgent'

/** A call's own wishes, and since when it waits. */
export type CallTiming = {
  urgency: Urgency
  /** By when it should be mined; null: at leisure. */
  deadline: UnixSeconds | null
  createdAt: UnixSeconds
}

// A few blocks of any chain: less than this is no time to save money.
const LAST_SECONDS = 120

/** How urgent a call is by now. Deadlines beat thrift: the second half of its time is normal, the last quarter urgent. */
export const urgencyAt = (
  { urgency, deadline, createdAt }: CallTiming,
  now: UnixSeconds,
): Urgency => {
  if (urgency === 'urgent' || deadline === null) return urgency
  const left = deadline - now
  const whole = deadline - createdAt
  if (left <= LAST_SECONDS || left * 4 <= whole) return 'urgent'
  if (left * 2 > whole) return urgency
  return urgency === 'thrifty' ? 'normal' : 'urgent'
}

const RANK: Record<Urgency, number> = { thrifty: 0, normal: 1, urgent: 2 }

export const mostUrgent = (urgencies: readonly Urgency[]): Urgency =>
  urgencies.reduce((most, urgency) => (RANK[urgency] > RANK[most] ? urgency : most), 'thrifty')

/** Most that a unit of gas may cost, in wei: usually, and where a deadline is near. */
export type FeeCaps = { cap: bigint; urgentCap: bigint }

/** What gas costs now and usually, in wei per unit. */
export type FeeSight = { base: bigint; tip: bigint; usualBase: bigint }

/** What may be offered: never more than `cap` wei per unit; the tip in percent of the usual one. */
export type Offer = { cap: bigint; tipPercent: number }

const MOST_TIP_PERCENT = 1_000
// A thrifty call takes a base fee up to a tenth over the usual one.
const THRIFTY_PERCENT = 110n

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** What a call may offer for gas; `bumps` counts the offers that were not taken. */
export const offerFor = (
  urgency: Urgency,
  { cap, urgentCap }: FeeCaps,
  { sight, bumps }: { sight: FeeSight; bumps: number },
): Offer => {
  if (urgency === 'urgent') {
    const tipPercent = Math.min(200 + 100 * bumps, MOST_TIP_PERCENT)
    return { cap: larger(cap, urgentCap), tipPercent }
  }
  if (urgency === 'normal') {
    return { cap, tipPercent: Math.min(100 + 25 * bumps, MOST_TIP_PERCENT) }
  }
  const low = (sight.usualBase * THRIFTY_PERCENT) / 100n + sight.tip
  return { cap: smaller(cap, low), tipPercent: 100 }
}

/** How long one offer stands before a higher one is made, in seconds. */
export const bumpAfterSeconds = (urgency: Urgency): number =>
  ({ thrifty: 900, normal: 90, urgent: 30 })[urgency]
