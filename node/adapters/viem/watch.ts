import { numberToHex } from 'viem'
import { type Address, faultCode, type Hex } from '../../../protocols/common/index.ts'
import type { ChainEvent, Clock, Log } from '../../ports/index.ts'
import { eventOf, followedTopics, inChainOrder, type RpcLog } from './events.ts'
import { createReader, type Rpc } from './rpc.ts'

export type WatchDeps = { rpc: Rpc; clock: Clock; log: Log }
export type WatchOptions = {
  contract: Address
  confirmations: number
  pollMs: number
  fromBlock: number
}

// Providers refuse wide ranges, each at another width: halve it until they agree, then widen again.
const WIDEST = 2_000

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

const deliver = (log: Log, listener: (event: ChainEvent) => void, event: ChainEvent): void => {
  try {
    listener(event)
  } catch (error) {
    log.error({ code: faultCode(error), err: error, event: event.type }, 'chain event not handled')
  }
}

/** Reads confirmed events range by range until aborted; a range that failed is asked for again. */
export const watchEvents = async (
  deps: WatchDeps,
  options: WatchOptions,
  { listener, signal }: { listener: (event: ChainEvent) => void; signal: AbortSignal },
): Promise<void> => {
  const { rpc, clock, log } = deps
  const read = createReader(rpc)
  let next = options.fromBlock
  let width = WIDEST
  let isFailing = false

  const readOn = async (): Promise<boolean> => {
    const head = Number(await read<Hex>('eth_blockNumber'))
    const confirmed = head - options.confirmations + 1
    if (next > confirmed) return false
    const to = Math.min(next + width - 1, confirmed)
    const events = await logsBetween(deps, options, [next, to])
    if (signal.aborted) return false
    for (const event of events) deliver(log, listener, event)
    next = to + 1
    width = Math.min(width * 2, WIDEST)
    return next <= confirmed
  }

  const attempt = async (): Promise<boolean> => {
    try {
      const hasMore = await readOn()
      if (isFailing) log.info({ next }, 'chain events readable again')
      isFailing = false
      return hasMore
    } catch (error) {
      if (faultCode(error) !== 'CHAIN_UNREACHABLE') width = Math.max(1, Math.floor(width / 2))
      if (!isFailing)
        log.warn({ code: faultCode(error), next, err: error }, 'chain events unreadable')
      isFailing = true
      return false
    }
  }

  while (!signal.aborted) {
    const hasMore = await attempt()
    if (hasMore) continue
    await clock.wait(options.pollMs, { signal }).catch(() => undefined)
  }
}
