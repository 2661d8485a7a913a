import {
  type ChannelFault,
  judgeWatch,
  receiptFor,
  receiptToWire,
  type TowerDuty,
  towerStep,
  watchFromWire,
} from '../../protocols/channel/index.ts'
import {
  type CborValue,
  channelIdOf,
  faultCode,
  type Hash,
  type UnixSeconds,
} from '../../protocols/common/index.ts'
import type { ChainEvent, RecordKind, Remote } from '../ports/index.ts'
import { type Desk, isReverted, wellFormed } from './desk.ts'
import { refuse } from './refuse.ts'
import { createSerial } from './serial.ts'

/** By channel id and side. */
const dutyKind: RecordKind<TowerDuty> = { name: 'tower-duties', version: 1 }

export type TowerOptions = {
  /** Whether this agent watches channels for others. */
  isServing: boolean
  maxDutiesPerClient: number
  maxDuties: number
}

/** One channel that is watched for another agent. */
export type DutyView = { channelId: Hash; client: Hash; sent: string; validUntil: UnixSeconds }

/** Watches channels of other agents while they are away: it can only raise what its client gets. */
export type Tower = {
  load(): Promise<void>
  serve(): void
  /** Takes in one event of the chain. */
  hear(event: ChainEvent): void
  /** Looks after everything that is closing. */
  look(): Promise<void>
  duties(): DutyView[]
}

const nameOf = ({ channelId, promise }: Pick<TowerDuty, 'channelId' | 'promise'>): string =>
  `${channelId} ${promise.message.fromA ? 'b' : 'a'}`

const createDutyBook = ({ deps }: Desk, options: TowerOptions) => {
  const collection = deps.store.collection(dutyKind)
  const duties = new Map<string, TowerDuty>()
  const isFullFor = (client: Hash): boolean => {
    if (duties.size >= options.maxDuties) return true
    const own = [...duties.values()].filter((duty) => duty.client === client)
    return own.length >= options.maxDutiesPerClient
  }
  return {
    duties,
    load: async () => {
      for await (const [name, duty] of collection.list()) duties.set(name, duty)
    },
    // Durable before the receipt is signed.
    keep: async (duty: TowerDuty): Promise<void> => {
      const name = nameOf(duty)
      if (!duties.has(name) && isFullFor(duty.client)) throw refuse('TOWER_FULL')
      await deps.store.commit([collection.put(name, duty)])
      duties.set(name, duty)
    },
    forget: async (name: string): Promise<void> => {
      await deps.store.commit([collection.remove(name)])
      duties.delete(name)
    },
  }
}

type DutyBook = ReturnType<typeof createDutyBook>

const takeOn = async (
  desk: Desk,
  book: DutyBook,
  { body, from }: { body: CborValue; from: Remote },
) => {
  const request = wellFormed(watchFromWire(body))
  const channelId = channelIdOf(request.params)
  const duty = { ...request, channelId, client: from.agent }
  const { channelDigest: digest, recover, clock, signer } = desk.deps
  const scene = { tower: desk.self, client: from.agent, now: clock.now(), digest, recover }
  const known = book.duties.get(nameOf(duty))
  const verdict = judgeWatch(request, known, scene)
  if (verdict.action !== 'accept' && verdict.code !== 'PROMISE_STALE') {
    throw refuse(verdict.code as ChannelFault, { channelId })
  }
  const held = verdict.action === 'accept' ? duty : (known as TowerDuty)
  if (verdict.action === 'accept') await book.keep(duty)
  const message = receiptFor(held)
  return receiptToWire({ message, signature: signer.sign(digest('TowerReceipt', message)) })
}

const respondFor = async (desk: Desk, duty: TowerDuty, closeAt: UnixSeconds): Promise<void> => {
  const { params, promise, authority, channelId } = duty
  const half = closeAt - Math.floor(params.window / 2)
  const deadline = (await desk.chainTime()) >= half ? closeAt : half
  const claim = { params, promise, authority }
  const key = `tower-respond:${channelId}:${promise.message.fromA}:${promise.message.sent}`
  await desk.submit(key, { type: 'respond-for', claim }, { deadline, urgency: 'urgent' })
}

export const createTower = (desk: Desk, options: TowerOptions): Tower => {
  const book = createDutyBook(desk, options)
  const oneByOne = createSerial()
  // Of every other channel it is known that it is not closing; a restart looks at all of them.
  const closing = new Set<string>()

  const lookAt = async (name: string, now: UnixSeconds): Promise<void> => {
    const duty = book.duties.get(name)
    if (duty === undefined) return void closing.delete(name)
    const { chain } = desk.deps
    const [view, promised] = await Promise.all([
      chain.channel(duty.channelId),
      chain.promised(duty.channelId),
    ])
    const recorded = duty.promise.message.fromA ? promised.fromA : promised.fromB
    const step = towerStep(duty, { ...view, recorded }, now)
    if (view.status === 'closing') closing.add(name)
    else closing.delete(name)
    if (step === 'forget') await book.forget(name)
    if (step === 'respond') await respondFor(desk, duty, view.closeAt)
  }

  const tend = async (name: string): Promise<void> => {
    try {
      await oneByOne(name, async () => lookAt(name, await desk.chainTime()))
    } catch (error) {
      if (desk.stopping.aborted) return
      const level = isReverted(error) ? 'info' : 'warn'
      desk.deps.log[level]({ duty: name, code: faultCode(error) }, 'tower duty not done yet')
    }
  }

  return {
    load: async () => {
      await book.load()
      for (const name of book.duties.keys()) closing.add(name)
    },
    serve: () =>
      desk.deps.talk.serve('/souk/tower/1', 'watch', async (body, from) => {
        if (desk.stopping.aborted) throw refuse('KEEPER_STOPPED')
        if (!options.isServing) throw refuse('TOWER_REFUSED')
        return oneByOne(from.agent, () => takeOn(desk, book, { body, from }))
      }),
    hear: ({ channelId }) => {
      for (const side of ['a', 'b']) {
        const name = `${channelId} ${side}`
        if (book.duties.has(name)) closing.add(name)
      }
    },
    look: async () => {
      await Promise.all([...closing].map(tend))
    },
    duties: () =>
      [...book.duties.values()].map(({ channelId, client, promise, authority }) => ({
        channelId,
        client,
        sent: promise.message.sent.toString(),
        validUntil: authority.message.validUntil,
      })),
  }
}
