import {
  type ChannelRecord,
  claimableOf,
  incoming,
  leaveFor,
  receiptFor,
  receiptFromWire,
  type WatchRequest,
  watchToWire,
} from '../../protocols/channel/index.ts'
import {
  type Address,
  faultCode,
  type Hash,
  type Signed,
  type UnixSeconds,
} from '../../protocols/common/index.ts'
import type { RecordKind } from '../ports/index.ts'
import { type Desk, wellFormed } from './desk.ts'
import { refuse } from './refuse.ts'

/** By channel id and tower: the newest proof that the tower watches. */
const receiptKind: RecordKind<Signed<'TowerReceipt'>> = { name: 'tower-receipts', version: 1 }

export type GuardOptions = {
  /** Agents that watch this agent's channels while it is away. */
  towers: readonly Address[]
  /** For how long they may act, in seconds; renewed when half of it is over. */
  leaveSeconds: number
}

/** What one tower holds of one channel, by its own signature. */
export type GuardView = { channelId: Hash; tower: Address; sent: string; validUntil: UnixSeconds }

/** Gives promises that this agent received to its towers. */
export type Guards = {
  load(): Promise<void>
  /** Hands out whatever a tower does not hold yet. */
  look(): Promise<void>
  receipts(): GuardView[]
}

type Receipts = Map<string, { tower: Address; receipt: Signed<'TowerReceipt'> }>

const nameOf = (channelId: Hash, tower: Address): string => `${channelId} ${tower}`

const requestFor = (
  { deps, self }: Desk,
  { channelId, params, promise }: ChannelRecord,
  { tower, validUntil }: { tower: Address; validUntil: UnixSeconds },
): WatchRequest | null => {
  if (promise === null || self === tower) return null
  const message = leaveFor(channelId, tower, validUntil)
  const signature = deps.signer.sign(deps.channelDigest('ActFor', message))
  return { params, promise, authority: { message, signature } }
}

// Signed by the tower, and about no less than it was given.
const checked = (
  { deps }: Desk,
  tower: Address,
  { request, receipt }: { request: WatchRequest; receipt: Signed<'TowerReceipt'> },
): Signed<'TowerReceipt'> => {
  const { channelId } = request.promise.message
  const wanted = receiptFor({ ...request, channelId, client: tower })
  const { message, signature } = receipt
  const isEnough =
    message.channelId === channelId &&
    message.epoch === wanted.epoch &&
    message.fromA === wanted.fromA &&
    message.sent >= wanted.sent
  const signer = deps.recover(deps.channelDigest('TowerReceipt', message), signature)
  if (!isEnough || signer !== tower) throw refuse('TOWER_RECEIPT', { channelId, tower })
  return receipt
}

/** The direction in which this agent is paid, where something is promised in it. */
const worthGuarding = (channel: ChannelRecord): ChannelRecord | null => {
  const isLive = channel.stage.phase === 'open' || channel.stage.phase === 'closing'
  const paid = incoming(channel)
  return isLive && paid !== null && claimableOf(paid) > 0n ? paid : null
}

const createReceipts = ({ deps, shelf }: Desk) => {
  const collection = deps.store.collection(receiptKind)
  const receipts: Receipts = new Map()
  return {
    load: async () => {
      for await (const [name, receipt] of collection.list()) {
        receipts.set(name, { tower: name.split(' ')[1] as Address, receipt })
      }
    },
    find: (channelId: Hash, tower: Address) => receipts.get(nameOf(channelId, tower))?.receipt,
    keep: async (tower: Address, receipt: Signed<'TowerReceipt'>): Promise<void> => {
      const name = nameOf(receipt.message.channelId, tower)
      await deps.store.commit([collection.put(name, receipt)])
      receipts.set(name, { tower, receipt })
    },
    forgetClosed: async (): Promise<void> => {
      const over = [...receipts].filter(([, { receipt }]) => {
        const channel = shelf.find(receipt.message.channelId)?.channel
        return channel === undefined || channel.stage.phase === 'closed'
      })
      if (over.length === 0) return
      await deps.store.commit(over.map(([name]) => collection.remove(name)))
      for (const [name] of over) receipts.delete(name)
    },
    views: (): GuardView[] =>
      [...receipts.values()].map(({ tower, receipt: { message } }) => ({
        channelId: message.channelId,
        tower,
        sent: message.sent.toString(),
        validUntil: message.validUntil,
      })),
  }
}

export const createGuards = (desk: Desk, options: GuardOptions): Guards => {
  const { deps, shelf, stopping } = desk
  const receipts = createReceipts(desk)
  let isBusy = false

  const isGuarded = ({ channelId, promise }: ChannelRecord, tower: Address): boolean => {
    const held = receipts.find(channelId, tower)?.message
    if (held === undefined || promise === null) return promise === null
    const isLasting = held.validUntil - deps.clock.now() > options.leaveSeconds / 2
    const { epoch, sent } = promise.message
    return isLasting && (held.epoch > epoch || (held.epoch === epoch && held.sent >= sent))
  }

  const hand = async (channel: ChannelRecord, tower: Address): Promise<void> => {
    const validUntil = deps.clock.now() + options.leaveSeconds
    const request = requestFor(desk, channel, { tower, validUntil })
    if (request === null) return
    const body = watchToWire(request)
    const question = { protocol: '/souk/tower/1', type: 'watch', body } as const
    const patience = { timeoutMs: desk.options.requestTimeoutMs, signal: stopping }
    const answer = await deps.talk.request(tower, question, patience)
    const receipt = wellFormed(receiptFromWire(answer))
    await receipts.keep(tower, checked(desk, tower, { request, receipt }))
  }

  // One after another: a tower that does not answer is asked once a look.
  const handAll = async (tower: Address): Promise<void> => {
    for (const { channel } of shelf.books()) {
      const paid = worthGuarding(channel)
      if (paid !== null && !isGuarded(paid, tower)) await hand(paid, tower)
    }
  }

  return {
    load: receipts.load,
    look: async () => {
      if (isBusy) return
      isBusy = true
      try {
        await receipts.forgetClosed()
        for (const tower of options.towers) {
          await handAll(tower).catch((error: unknown) => {
            if (stopping.aborted) return
            deps.log.debug({ tower, code: faultCode(error) }, 'tower not reached')
          })
        }
      } finally {
        isBusy = false
      }
    },
    receipts: receipts.views,
  }
}
