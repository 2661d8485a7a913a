import type { Amount, UnixSeconds } from '../common/index.ts'
import type { FeeSight, Urgency } from './urgency.ts'

/** Money that could be claimed. `since`: when its oldest part was promised; `deadline`: by when it must be claimed, null where nothing presses. */
export type Claimable = { value: Amount; since: UnixSeconds; deadline: UnixSeconds | null }

/** When waiting claims are worth a transaction. Values in atomic units of the one token. */
export type BatchLimits = {
  /** As many are claimed at once, and never more in one transaction. */
  count: number
  ageSeconds: number
  value: Amount
  /** Fees are low when the base fee is at most this share of the usual one. */
  lowFeePercent: number
  /** How long before a deadline a claim no longer waits for company. */
  marginSeconds: number
}

/** Which claims to send now, and in what haste. */
export type Batch<Claim> = {
  reason: 'deadline' | 'count' | 'value' | 'age' | 'low-fees'
  claims: readonly Claim[]
  urgency: Urgency
  deadline: UnixSeconds | null
}

export type BatchScene = {
  now: UnixSeconds
  /** Null while the chain does not answer. */
  fees: Pick<FeeSight, 'base' | 'usualBase'> | null
  limits: BatchLimits
}

const deadlineOf = ({ deadline }: Claimable): number => deadline ?? Number.MAX_SAFE_INTEGER

const byNeed = (a: Claimable, b: Claimable): number => {
  if (deadlineOf(a) !== deadlineOf(b)) return deadlineOf(a) - deadlineOf(b)
  if (a.value !== b.value) return a.value > b.value ? -1 : 1
  return a.since - b.since
}

const sumOf = (claims: readonly Claimable[]): Amount =>
  claims.reduce((sum, { value }) => sum + value, 0n)

const areFeesLow = ({ fees, limits }: BatchScene): boolean =>
  fees !== null && fees.base * 100n <= fees.usualBase * BigInt(limits.lowFeePercent)

// The first reason that holds. Deadlines beat thrift; low fees alone do not pay for a transaction of one claim.
const reasonFor = (
  claims: readonly Claimable[],
  scene: BatchScene,
): Batch<never>['reason'] | null => {
  const { now, limits } = scene
  if (claims.some((claim) => deadlineOf(claim) - now <= limits.marginSeconds)) return 'deadline'
  if (claims.length >= limits.count) return 'count'
  if (sumOf(claims) >= limits.value) return 'value'
  if (claims.some(({ since }) => now - since >= limits.ageSeconds)) return 'age'
  return claims.length > 1 && areFeesLow(scene) ? 'low-fees' : null
}

/** The claims to send now, those with the nearest deadline and the greatest value first; null while it is better to wait. */
export const batchOf = <Claim extends Claimable>(
  waiting: readonly Claim[],
  scene: BatchScene,
): Batch<Claim> | null => {
  const worth = waiting.filter(({ value }) => value > 0n)
  if (worth.length === 0) return null
  const reason = reasonFor(worth, scene)
  if (reason === null) return null
  const claims = [...worth].sort(byNeed).slice(0, scene.limits.count)
  const [{ deadline } = { deadline: null }] = claims
  return { reason, claims, deadline, urgency: reason === 'deadline' ? 'urgent' : 'thrifty' }
}
