import {
  acknowledge,
  type ChannelBook,
  MAX_PAYMENTS,
  type PayAnswer,
  type PayMessage,
  payAnswerFromWire,
  payToWire,
} from '../../protocols/channel/index.ts'
import {
  type Address,
  type Amount,
  type CborValue,
  Fault,
  type Hash,
} from '../../protocols/common/index.ts'
import { refuse } from './refuse.ts'
import type { Shelf } from './shelf.ts'

export type CourierDeps = {
  shelf: Pick<Shelf, 'find' | 'change'>
  ask(peer: Address, question: { type: string; body: CborValue }): Promise<CborValue>
  background(name: string, task: () => Promise<void>): void
}

/** The newest payment of one deal, on its way to the payee. */
export type Delivery = { channelId: Hash; key: string }

/** Carries payments to payees: all that became durable meanwhile travel in one message. */
export type Courier = {
  /**
   * Sends the newest durable payment of a deal. Resolves with what the payee durably holds for it, and null where there is nothing to
   * send. Throws what the payee answered (details.remote is true), or what kept the question from it.
   */
  deliver(delivery: Delivery): Promise<Amount | null>
}

type Parcel = Delivery & PromiseWithResolvers<Amount | null>
type Packed = { parcel: Parcel; message: PayMessage }
type Line = { waiting: Map<string, Parcel>; flights: number; isCalled: boolean }

// Messages on their way to one payee at a time: the next ones fill up meanwhile.
const MAX_FLIGHTS = 4

const messageOf = ({ shelf }: CourierDeps, { channelId, key }: Delivery): PayMessage | null => {
  const deal = shelf.find(channelId)?.deals.get(key)
  if (!deal?.payment || deal.agreementHash === null) return null
  const { paid, memo, promise } = deal.payment
  return { channelId, agreementHash: deal.agreementHash, paid, memo, promise }
}

// Takes as many as one message holds.
const pack = (deps: CourierDeps, { waiting }: Line): Packed[] => {
  const packed: Packed[] = []
  for (const [name, parcel] of waiting) {
    if (packed.length === MAX_PAYMENTS) break
    waiting.delete(name)
    const message = messageOf(deps, parcel)
    if (message === null) parcel.resolve(null)
    else packed.push({ parcel, message })
  }
  return packed
}

type Heard = { key: string; paid: Amount }

// Lazily: what is forgotten of it is only said once more.
const noteHeard = async (
  deps: CourierDeps,
  channelId: Hash,
  heard: readonly Heard[],
): Promise<void> => {
  const decide = ({ deals }: ChannelBook) => {
    const next = heard.flatMap(({ key, paid }) => {
      const deal = deals.get(key)
      const acked = deal && acknowledge(deal, paid)
      return acked && acked !== deal ? [acked] : []
    })
    return { deals: next, value: undefined }
  }
  await deps.shelf.change(channelId, decide, { isLazy: true })
}

const unpack = (
  deps: CourierDeps,
  packed: readonly Packed[],
  answers: readonly PayAnswer[],
): void => {
  const heard = new Map<Hash, Heard[]>()
  packed.forEach(({ parcel }, at) => {
    const answer = answers[at] as PayAnswer
    if (typeof answer === 'string') {
      parcel.reject(new Fault(answer, 'The payee refused the payment', { remote: true }))
      return
    }
    const { channelId, key } = parcel
    heard.set(channelId, [...(heard.get(channelId) ?? []), { key, paid: answer }])
    parcel.resolve(answer)
  })
  for (const [channelId, deals] of heard) {
    deps.background('note acknowledgements', () => noteHeard(deps, channelId, deals))
  }
}

const fly = async (deps: CourierDeps, peer: Address, packed: readonly Packed[]): Promise<void> => {
  try {
    const body = payToWire(packed.map(({ message }) => message))
    const answer = await deps.ask(peer, { type: 'pay', body })
    const answers = payAnswerFromWire(answer, packed.length)
    if (answers === null) throw refuse('MESSAGE_MALFORMED')
    unpack(deps, packed, answers)
  } catch (error) {
    for (const { parcel } of packed) parcel.reject(error)
  }
}

export const createCourier = (deps: CourierDeps): Courier => {
  const lines = new Map<Address, Line>()

  const send = (peer: Address, line: Line): void => {
    line.isCalled = false
    while (line.waiting.size > 0 && line.flights < MAX_FLIGHTS) {
      const packed = pack(deps, line)
      if (packed.length === 0) continue
      line.flights += 1
      void fly(deps, peer, packed).finally(() => {
        line.flights -= 1
        send(peer, line)
      })
    }
    if (line.waiting.size === 0 && line.flights === 0) lines.delete(peer)
  }

  // Not at once: what the same sync to disk made durable is about to be handed in too.
  const call = (peer: Address, line: Line): void => {
    if (line.isCalled) return
    line.isCalled = true
    setImmediate(() => send(peer, line))
  }

  return {
    deliver: ({ channelId, key }) => {
      const peer = (deps.shelf.find(channelId) as ChannelBook).channel.peer
      const line = lines.get(peer) ?? { waiting: new Map(), flights: 0, isCalled: false }
      lines.set(peer, line)
      const name = `${channelId} ${key}`
      const parcel = line.waiting.get(name) ?? {
        channelId,
        key,
        ...Promise.withResolvers<Amount | null>(),
      }
      line.waiting.set(name, parcel)
      parcel.promise.catch(() => {})
      call(peer, line)
      return parcel.promise
    },
  }
}
