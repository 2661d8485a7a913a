import { type Address, faultCode, type Hash } from '../../protocols/common/index.ts'
import type { Chain, ChainEvent, Log, RecordKind, Store } from '../ports/index.ts'
import type { TransactionBook } from './transaction-book.ts'

export type EventIndexDeps = {
  store: Pick<Store, 'collection' | 'commit'>
  chain: Pick<Chain, 'head' | 'watch'>
  log: Log
  book: TransactionBook
}

export type EventIndexOptions = {
  account: Address
  /** First block that can hold the contract's events; null: the one at the first start. */
  fromBlock: number | null
}

const CURSOR: RecordKind<number> = { name: 'chain-cursor', version: 1 }
const CHANNELS: RecordKind<true> = { name: 'chain-channels', version: 1 }
const KEY = 'told'
// Read again at every start: a reorganisation may have happened meanwhile.
const REPLAYED_BLOCKS = 64

/** Follows the contract's events of this account's channels into the book, from where the last run stopped. */
export const createEventIndex = (deps: EventIndexDeps, options: EventIndexOptions) => {
  const { store, chain, log, book } = deps
  const cursors = store.collection(CURSOR)
  const channels = store.collection(CHANNELS)
  const own = new Set<Hash>()
  let cursor = 0
  let stopWatch = (): void => undefined
  let last: Promise<void> = Promise.resolve()
  let isBroken = false

  const isParty = (event: ChainEvent): boolean => {
    if (event.type !== 'channel-opened') return false
    const { partyA, partyB } = event.params
    return partyA === options.account || partyB === options.account
  }

  const record = async (event: ChainEvent): Promise<void> => {
    const { channelId } = event
    if (!own.has(channelId) && !isParty(event)) return
    const isNew = !own.has(channelId)
    own.add(channelId)
    await book.inTurn(async () => {
      const writes = await book.writesForEvent(event)
      await store.commit(isNew ? [...writes, channels.put(channelId, true)] : writes)
    })
  }

  const advance = async (block: number): Promise<void> => {
    if (block <= cursor) return
    cursor = block
    await store.commit([cursors.put(KEY, block)])
  }

  // One after the other, and nothing past one that could not be kept: the next start reads it again.
  const inTurn = (work: () => Promise<void>): void => {
    last = last.then(async () => {
      if (isBroken) return
      try {
        await work()
      } catch (error) {
        isBroken = true
        log.error({ code: faultCode(error), err: error }, 'chain events not kept')
      }
    })
  }

  const firstBlock = async (): Promise<number> => {
    const known = await cursors.get(KEY)
    if (known !== undefined) return Math.max(options.fromBlock ?? 0, known - REPLAYED_BLOCKS)
    return options.fromBlock ?? (await chain.head()).block
  }

  return {
    start: async (): Promise<void> => {
      for await (const [id] of channels.list()) own.add(id as Hash)
      cursor = (await cursors.get(KEY)) ?? 0
      const from = await firstBlock()
      stopWatch = chain.watch(
        from,
        (event) => inTurn(() => record(event)),
        (block) => inTurn(() => advance(block)),
      )
    },
    stop: async (): Promise<void> => {
      stopWatch()
      await last
    },
  }
}
