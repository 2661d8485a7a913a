import { faultCode, type Hex } from '../../../protocols/common/index.ts'
import type { Clock, Log } from '../../ports/index.ts'
import { type Rpc, RpcRefusal, unreachable } from './rpc.ts'

/** One way to the chain. `check` throws Fault CHAIN_MISMATCH and the like where it leads to another chain. */
export type Endpoint = {
  /** Without what may be secret in its URL. */
  name: string
  rpc: Rpc
  /** Null where that was done. */
  check: (() => Promise<void>) | null
}

export type EndpointsDeps = { clock: Pick<Clock, 'nowMs'>; log: Log }

type Place = {
  name: string
  rpc: Rpc
  check: (() => Promise<void>) | null
  isBanned: boolean
  failures: number
  restsUntilMs: number
}

const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 60_000
// Blocks that an endpoint may be behind the best answer so far; a reorganisation is shorter.
const MOST_LAG = 64

const LIMIT_EXCEEDED = -32005
const INTERNAL = -32603
const TROUBLE =
  /rate limit|too many requests|limit exceeded|quota|over capacity|header not found|missing trie node|temporarily|unavailable|timed? ?out/i

/** Whether a refusal says something about the endpoint, not about the question. */
export const isTrouble = ({ code, data, message }: RpcRefusal): boolean =>
  data === null && (code === LIMIT_EXCEEDED || code === INTERNAL || TROUBLE.test(message))

const blockIn = (method: string, params: readonly unknown[], answer: unknown): number | null => {
  if (method === 'eth_blockNumber') return Number(answer as Hex)
  if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return null
  const number = (answer as { number?: Hex } | null)?.number
  return number === undefined ? null : Number(number)
}

/** A URL without path and query, where keys may stand. */
export const nameOf = (url: string): string => {
  try {
    return new URL(url).host
  } catch {
    return 'endpoint'
  }
}

// In order of preference; those that rest come last, and the one that has rested longest first.
const inOrder = (places: readonly Place[], nowMs: number): Place[] => {
  const rests = (place: Place) => Math.max(0, place.restsUntilMs - nowMs)
  return places.filter(({ isBanned }) => !isBanned).sort((a, b) => rests(a) - rests(b))
}

/**
 * Several endpoints as one: the first that answers, in order of preference. One that is silent, in trouble or far behind rests ever
 * longer; one that is another chain is never used.
 */
export const createEndpoints = (
  { clock, log }: EndpointsDeps,
  endpoints: readonly Endpoint[],
): Rpc => {
  const places: Place[] = endpoints.map((endpoint) => ({
    ...endpoint,
    isBanned: false,
    // What could not be checked was silent a moment ago.
    failures: endpoint.check === null ? 0 : 1,
    restsUntilMs: endpoint.check === null ? 0 : clock.nowMs() + FIRST_REST_MS,
  }))
  // Whoever asks notices when the only one is silent.
  const isOnly = places.length === 1
  let highest = 0

  const fail = (place: Place, error: unknown): void => {
    const rest = Math.min(FIRST_REST_MS * 2 ** place.failures, LONGEST_REST_MS)
    place.restsUntilMs = clock.nowMs() + rest
    place.failures += 1
    if (place.failures > 1 || isOnly) return
    const reason = error instanceof RpcRefusal ? error.message : faultCode(error)
    log.warn({ endpoint: place.name, reason }, 'chain endpoint fails, another one is asked')
  }

  const recover = (place: Place): void => {
    if (place.failures > 0 && !isOnly) {
      log.info({ endpoint: place.name }, 'chain endpoint answers again')
    }
    place.failures = 0
    place.restsUntilMs = 0
  }

  const ban = (place: Place, error: unknown): void => {
    place.isBanned = true
    const fields = { endpoint: place.name, code: faultCode(error), err: error }
    log.error(fields, 'chain endpoint is not the right chain and is never used')
  }

  const isChecked = async (place: Place): Promise<boolean> => {
    if (place.check === null) return true
    try {
      await place.check()
      place.check = null
    } catch (error) {
      if (faultCode(error) === 'CHAIN_UNREACHABLE') fail(place, error)
      else ban(place, error)
    }
    return place.check === null
  }

  const refuseLag = (method: string, params: readonly unknown[], answer: unknown): void => {
    const block = blockIn(method, params, answer)
    if (block === null || isOnly) return
    if (block < highest - MOST_LAG) throw unreachable(`at block ${block}, others at ${highest}`)
    highest = Math.max(highest, block)
  }

  const isPassedOn = (error: unknown): boolean =>
    error instanceof RpcRefusal ? isTrouble(error) : faultCode(error) === 'CHAIN_UNREACHABLE'

  return async (method, params = []) => {
    let last: unknown = unreachable('no endpoint may be used')
    for (const place of inOrder(places, clock.nowMs())) {
      if (!(await isChecked(place))) continue
      try {
        const answer = await place.rpc(method, params)
        refuseLag(method, params, answer)
        recover(place)
        return answer
      } catch (error) {
        if (!isPassedOn(error)) throw error
        fail(place, error)
        last = error
      }
    }
    throw last
  }
}
