import { Fault } from '../../protocols/common/index.ts'
import type { Clock } from '../ports/index.ts'

type Bucket = { tokens: number; atMs: number }

const MAX_BUCKETS = 1024

/** Throws RATE_LIMITED once a caller has used up its burst; `perSecond` calls come back each second. */
export const createRateLimit = (
  { clock }: { clock: Clock },
  { perSecond, burst }: { perSecond: number; burst: number },
): ((caller: string) => void) => {
  const buckets = new Map<string, Bucket>()
  return (caller) => {
    const nowMs = clock.nowMs()
    const { tokens, atMs } = buckets.get(caller) ?? { tokens: burst, atMs: nowMs }
    const refilled = Math.min(burst, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1000)
    // Re-inserted, so that the first key is the one unused for longest.
    buckets.delete(caller)
    buckets.set(caller, { tokens: Math.max(0, refilled - 1), atMs: nowMs })
    const oldest = buckets.keys().next()
    if (buckets.size > MAX_BUCKETS && !oldest.done) buckets.delete(oldest.value)
    if (refilled >= 1) return
    const retryAfterSeconds = Math.max(1, Math.ceil((1 - refilled) / perSecond))
    throw new Fault('RATE_LIMITED', `Too many requests; try again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    })
  }
}
