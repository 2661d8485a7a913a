import type { Clock } from '../ports/index.ts'
import { createBoundedMap } from './bounded-map.ts'

/** So many messages per second in the long run, `burst` at once. */
export type Rate = { perSecond: number; burst: number }

/** Whether the source may send one more message now; each true answer uses it up. */
export type RateLimit = (source: string) => boolean

const MAX_SOURCES = 4096

/** A token bucket for each source, for the sources heard of most recently. */
export const createRateLimit = (clock: Clock, { perSecond, burst }: Rate): RateLimit => {
  const buckets = createBoundedMap<string, { left: number; at: number }>(MAX_SOURCES)
  return (source) => {
    const now = clock.nowMs()
    const bucket = buckets.get(source) ?? { left: burst, at: now }
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond)
    buckets.set(source, { left: left >= 1 ? left - 1 : left, at: now })
    return left >= 1
  }
}
