import { numberToHex } from 'viem'
import { type Address, faultCode, type Hash, type Hex } from '../../../protocols/common/index.ts'
import type { ChainEvent, Clock, Log } from '../../ports/index.ts'
import { eventOf, followedTopics, inChainOrder, type RpcLog } from './events.ts'
import { createReader, type Rpc, unreachable } from './rpc.ts'
import { createTrail } from './trail.ts'

export type WatchDeps = { rpc: Rpc; clock: Clock; log: Log }
export type WatchOptions = {
  contract: Address
  confirmations: number
  pollMs: number
  fromBlock: number
}
export type Listening = {
  listener: (event: ChainEvent) => void
  onProgress: (block: number) => void
  signal: AbortSignal
}

// Providers refuse wide ranges, each at another width: halve it until they agree, then widen again.
const WIDEST = 2_000
// Between two attempts at a chain that does not answer.
const LONGEST_WAIT_MS = 30_000

const logsBetween = async (
  { rpc }: WatchDeps,
  { contract }: WatchOptions,
  [fromBlock, toBlock]: [number, number],
): Promise<ChainEvent[]> => {
  const filter = {
    address: contract,
    topics: [followedTopics],
    fromBlock: numberToHex(fromBlock),
    toBlock: numberToHex(toBlock),
  }
  const logs = (await rpc('eth_getLogs', [filter])) as RpcLog[]
  return [...logs].sort(inChainOrder).flatMap((log) => eventOf(log) ?? [])
}

/** Reads the contract's events on from a block, range by range. */
const createReading = (deps: WatchDeps, options: WatchOptions, listening: Listening) => {
  const read = createReader(deps.rpc)
  const trail = createTrail()
  let next = options.fromBlock
  let width = WIDEST

  const tell = (event: ChainEvent): void => {
    try {
      listening.listener(event)
    } catch (error) {
      const fields = { code: faultCode(error), err: error, event: event.type }
      deps.log.error(fields, 'chain event not handled')
    }
  }

  const hashAt = async (block: number): Promise<Hash | null> => {
    const found = await read<{ hash: Hash } | null>('eth_getBlockByNumber', [
      numberToHex(block),
      false,
    ])
    return found?.hash ?? null
  }

  const takeBack = async (head: number): Promise<void> => {
    const fork = await trail.forkAt(head, hashAt)
    if (fork === null) return
    deps.log.warn({ block: fork.block, events: fork.undone.length }, 'chain reorganised')
    next = fork.block + 1
    for (const event of fork.undone) tell(event)
  }

  return {
    next: () => next,
    narrow: () => {
      width = Math.max(1, Math.floor(width / 2))
    },
    /** Whether there is more to read at once. */
    readOn: async (): Promise<boolean> => {
      const head = Number(await read<Hex>('eth_blockNumber'))
      await takeBack(head)
      const confirmed = head - options.confirmations + 1
      if (next > confirmed) return false
      const to = Math.min(next + width - 1, confirmed)
      const hash = await hashAt(to)
      const events = await logsBetween(deps, options, [next, to])
      // What was read must belong to one and the same chain.
      if (hash === null || (await hashAt(to)) !== hash) throw unreachable(`block ${to} changed`)
      if (listening.signal.aborted) return false
      trail.add({ block: to, hash }, events)
      for (const event of events) tell(event)
      next = to + 1
      width = Math.min(width * 2, WIDEST)
      listening.onProgress(to)
      return next <= confirmed
    },
  }
}

/** Tells confirmed events until aborted; a range that failed is asked for again, and what a reorganisation took back is told too. */
export const watchEvents = async (
  deps: WatchDeps,
  options: WatchOptions,
  listening: Listening,
): Promise<void> => {
  const { clock, log } = deps
  const { signal } = listening
  const reading = createReading(deps, options, listening)
  let failures = 0

  const attempt = async (): Promise<boolean> => {
    try {
      const hasMore = await reading.readOn()
      if (failures > 0) log.info({ next: reading.next() }, 'chain events readable again')
      failures = 0
      return hasMore
    } catch (error) {
      const code = faultCode(error)
      if (code !== 'CHAIN_UNREACHABLE') reading.narrow()
      const fields = { code, next: reading.next(), err: error }
      if (failures === 0) log.warn(fields, 'chain events unreadable')
      failures += 1
      return false
    }
  }

  while (!signal.aborted) {
    const hasMore = await attempt()
    if (hasMore) continue
    const waitMs = Math.min(options.pollMs * 2 ** failures, LONGEST_WAIT_MS)
    await clock.wait(waitMs, { signal }).catch(() => undefined)
  }
}
