import { createBoundedMap } from './bounded-map.ts'

/** `burst` at once, then `perSecond`. */
export type Rate = { perSecond: number; burst: number }

/** One bucket per key. `take` answers how often in a row it has refused since it last agreed: 0 means go ahead. */
export type TokenBuckets = { take(key: string, nowMs: number): number }

type Bucket = { tokens: number; atMs: number; refused: number }

const MAX_KEYS = 4_096

/** Buckets for keys that strangers choose; those unused for longest are forgotten. */
export const createTokenBuckets = ({ perSecond, burst }: Rate): TokenBuckets => {
  const buckets = createBoundedMap<string, Bucket>(MAX_KEYS)
  return {
    take: (key, nowMs) => {
      const last = buckets.get(key) ?? { tokens: burst, atMs: nowMs, refused: 0 }
      const elapsedMs = Math.max(0, nowMs - last.atMs)
      const tokens = Math.min(burst, last.tokens + (elapsedMs * perSecond) / 1_000)
      const refused = tokens >= 1 ? 0 : last.refused + 1
      buckets.set(key, { tokens: refused ? tokens : tokens - 1, atMs: nowMs, refused })
      return refused
    },
  }
}
