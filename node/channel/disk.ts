import {
  type ChannelBook,
  type ChannelRecord,
  type DealRecord,
  isAtRest,
} from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import type { RecordKind, Store, Write } from '../ports/index.ts'

const channelKind: RecordKind<ChannelRecord> = {
  name: 'channels',
  version: 2,
  upgrade: (value) => ({
    ...(value as ChannelRecord),
    back: null,
    rebase: null,
    leaving: null,
    unclaimedSince: null,
  }),
}
const upgradeDeal = (value: unknown): DealRecord => ({ ...(value as DealRecord), isBack: false })

/** By channel id and key: deals about which something is still to be said. */
const dealKind: RecordKind<DealRecord> = { name: 'channel-deals', version: 2, upgrade: upgradeDeal }
/** By channel id and agreement hash: deals at rest. */
const restingDealKind: RecordKind<DealRecord> = {
  name: 'channel-deals-resting',
  version: 2,
  upgrade: upgradeDeal,
}

/** What a decision changes; `dropped` names deals to forget. The value is handed on once all of it is durable. */
export type Change<T> = {
  channel?: ChannelRecord
  deals?: readonly DealRecord[]
  dropped?: readonly string[]
  value: T
}

/** Where channels and deals lie in the store. */
export type Disk = {
  all(): Promise<ChannelBook[]>
  read(channelId: Hash): Promise<ChannelBook | undefined>
  resting(channelId: Hash, agreementHash: Hash): Promise<DealRecord | undefined>
  removal(channelId: Hash): Write
  writesOf(before: ChannelRecord | null, change: Change<unknown> & { channelId: Hash }): Write[]
  commit(writes: readonly Write[]): Promise<void>
}

const pathOf = (channelId: Hash, name: string): string => `${channelId}/${name}`

export const createDisk = (store: Store): Disk => {
  const channels = store.collection(channelKind)
  const active = store.collection(dealKind)
  const atRest = store.collection(restingDealKind)

  const placing = (deal: DealRecord): Write[] => {
    const { channelId, key, agreementHash } = deal
    const path = pathOf(channelId, key)
    if (!isAtRest(deal)) return [active.put(path, deal)]
    // A deal that nothing was paid for leaves no trace.
    if (agreementHash === null) return [active.remove(path)]
    return [active.remove(path), atRest.put(pathOf(channelId, agreementHash), deal)]
  }

  const dealsOf = async (channelId: Hash): Promise<Map<string, DealRecord>> => {
    const deals = new Map<string, DealRecord>()
    // '0' follows '/': all keys that begin with the channel's id.
    const range = { gte: `${channelId}/`, lt: `${channelId}0` }
    for await (const [, deal] of active.list(range)) deals.set(deal.key, deal)
    return deals
  }

  return {
    all: async () => {
      const books: ChannelBook[] = []
      for await (const [channelId, channel] of channels.list()) {
        books.push({ channel, deals: await dealsOf(channelId as Hash) })
      }
      return books
    },
    read: async (channelId) => {
      const channel = await channels.get(channelId)
      return channel && { channel, deals: await dealsOf(channelId) }
    },
    resting: (channelId, agreementHash) => atRest.get(pathOf(channelId, agreementHash)),
    writesOf: (before, { channelId, channel, deals = [], dropped = [] }) => {
      const isChanged = channel !== undefined && channel !== before
      return [
        ...deals.flatMap(placing),
        ...dropped.map((key) => active.remove(pathOf(channelId, key))),
        ...(isChanged ? [channels.put(channelId, channel)] : []),
      ]
    },
    removal: (channelId) => channels.remove(channelId),
    commit: (writes) => store.commit(writes),
  }
}
