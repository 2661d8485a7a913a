import { Fault, faultCode, type Hash } from '../../protocols/common/index.ts'
import { DEAL, encodeCancel } from '../../protocols/market/index.ts'
import { isTaskOver } from '../../protocols/orchestration/index.ts'
import { announce, fund, holdAuction, offer, start } from './buying.ts'
import { messageOf, type TaskFault } from './faults.ts'
import type { RequesterContext, RequesterDeps, RequesterOptions } from './requester-deps.ts'
import { serveRequester } from './requester-inbox.ts'
import { awaitDelivery, fail, review, settle } from './settling.ts'
import { dealOf, type Journey, type TaskRecord } from './task-record.ts'

/** Carries every task of this node's owner from order to end. */
export type Requester = {
  /** Takes up unfinished tasks and listens to providers. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Makes the task durable and sets it going; an id that exists already changes nothing. */
  add(record: TaskRecord): Promise<TaskRecord>
  complete(id: string): Promise<TaskRecord>
  cancel(id: string): Promise<TaskRecord>
}

const RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000
const ATTEMPTS = 5
const CANCEL_TIMEOUT_MS = 3_000

const step = (
  context: RequesterContext,
  record: TaskRecord,
  signal: AbortSignal,
): Journey | Promise<Journey | null> => {
  const { journey } = record
  switch (journey.phase) {
    case 'created':
      return announce(context, record)
    case 'announced':
      return holdAuction(context, { ...record, journey }, signal)
    case 'awarded':
      return offer(context, { ...record, journey }, signal)
    case 'agreed':
      return fund(context, { ...record, journey }, signal)
    case 'funded':
      return start(context, { ...record, journey }, signal)
    case 'running':
      return awaitDelivery(context, { ...record, journey }, signal)
    case 'delivered':
      return review(context, { ...record, journey }, signal)
    case 'accepted':
      return settle(context, { ...record, journey }, signal)
    case 'settled':
    case 'unsold':
    case 'void':
    case 'failed':
    case 'cancelled':
      throw new Fault<TaskFault>('WRONG_PHASE', `task ${record.id} is over`)
  }
}

/** A task's way through its steps, and the reservations that it made on it. */
type Drive = { id: string; signal: AbortSignal; held: Set<Hash> }

const hold = (held: Set<Hash>, journey: Journey): void => {
  const deal = dealOf(journey)
  if (deal) held.add(deal.agreement.message.salt)
}

/** Frees what the task no longer needs: only once its end, or the deal that took another's place, is durable. */
const freeUnneeded = async ({ book, channel }: RequesterContext, { id, held }: Drive) => {
  const { journey } = book.require(id)
  const needed = isTaskOver(journey.phase) ? null : dealOf(journey)?.agreement.message.salt
  for (const key of held) {
    if (key === needed) continue
    await channel.release(key)
    held.delete(key)
  }
}

const advance = async (context: RequesterContext, drive: Drive) => {
  const { id, held, signal } = drive
  const record = context.book.require(id)
  hold(held, record.journey)
  const next = await step(context, record, signal)
  if (next) {
    hold(held, next)
    // What came from the provider meanwhile wins: it is durable and newer than what this step knew.
    await context.book.move(id, ({ journey }) =>
      journey.phase === record.journey.phase ? next : null,
    )
  }
  await freeUnneeded(context, drive)
}

/** Nothing is signed by both before `agreed`: a step that keeps failing there ends the task. Later ones have deadlines of their own. */
const giveUpOn = async ({ book }: RequesterContext, id: string, error: unknown) => {
  const end = { code: faultCode(error), message: messageOf(error) }
  await book.move(id, ({ journey }) => {
    const { phase } = journey
    if (phase === 'created' || phase === 'announced') {
      return { phase: 'failed', deal: null, work: null, delivery: null, end, scoreChange: 0 }
    }
    return phase === 'awarded' ? { phase: 'unsold', end } : null
  })
}

const carry = async (context: RequesterContext, drive: Drive) => {
  const { book, clock, log } = context
  const { id, signal } = drive
  let failures = 0
  while (!signal.aborted && !isTaskOver(book.require(id).journey.phase)) {
    try {
      await advance(context, drive)
      failures = 0
    } catch (error) {
      if (signal.aborted) break
      failures += 1
      log.warn({ task: id, failures, code: faultCode(error), error }, 'step of a task failed')
      if (failures >= ATTEMPTS) await giveUpOn(context, id, error)
      const waitMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (failures - 1))
      await clock.wait(waitMs, { signal }).catch(() => undefined)
    }
  }
  await freeUnneeded(context, drive)
}

/** A crash between ending a task and freeing its money leaves a reservation that nobody needs. */
const releaseLeftovers = async ({ book, channel }: RequesterContext) => {
  const live = book.all().filter(({ journey }) => !isTaskOver(journey.phase))
  const needed = new Set<string | undefined>(
    live.map(({ journey }) => dealOf(journey)?.agreement.message.salt),
  )
  for (const key of channel.reservations()) {
    if (!needed.has(key)) await channel.release(key)
  }
}

const tellCancelled = async ({ log, talk }: RequesterContext, record: TaskRecord) => {
  const deal = dealOf(record.journey)
  if (!deal) return
  const body = encodeCancel({ agreementHash: deal.agreementHash, code: 'CANCELLED' })
  const request = { protocol: '/souk/deal/1', type: DEAL.CANCEL, body } as const
  await talk
    .request(deal.provider, request, { timeoutMs: CANCEL_TIMEOUT_MS })
    .catch((error) => log.info({ task: record.id, code: faultCode(error) }, 'cancel not delivered'))
}

const cancelled = async (context: RequesterContext, record: TaskRecord): Promise<Journey> => {
  const { journey } = record
  const { phase } = journey
  const end = { code: 'CANCELLED', message: 'cancelled by its owner' }
  if (phase === 'created' || phase === 'announced' || phase === 'awarded') {
    return { phase: 'cancelled', end }
  }
  if (phase === 'agreed' || phase === 'funded' || phase === 'running') {
    return fail(context, journey, { end, work: { kind: 'nobody-at-fault' } })
  }
  throw new Fault<TaskFault>(
    'WRONG_PHASE',
    `task ${record.id} is ${phase}: only a task that is not delivered can be cancelled`,
  )
}

const completed = ({ id, journey }: TaskRecord): Journey | null => {
  const { phase } = journey
  if (phase === 'accepted' || phase === 'settled') return null
  if (phase === 'delivered') return { ...journey, approved: true }
  throw new Fault<TaskFault>(
    'WRONG_PHASE',
    `task ${id} is ${phase}: only a delivered task can be completed`,
  )
}

export const createRequester = (deps: RequesterDeps, options: RequesterOptions): Requester => {
  const context = { ...deps, options }
  const { book, log } = deps
  const running = new Map<string, { abort: AbortController; done: Promise<void> }>()

  const follow = (id: string): void => {
    if (running.has(id)) return
    const abort = new AbortController()
    const done = carry(context, { id, signal: abort.signal, held: new Set() })
      .catch((error) => log.error({ task: id, code: faultCode(error), error }, 'task abandoned'))
      .finally(() => running.delete(id))
    running.set(id, { abort, done })
  }

  return {
    start: async () => {
      const unfinished = await book.start()
      await releaseLeftovers(context)
      serveRequester(context)
      for (const { id } of unfinished) follow(id)
    },
    stop: async () => {
      const all = [...running.values()]
      for (const { abort } of all) abort.abort(new Fault('STOPPING', 'the node is stopping'))
      await Promise.all(all.map(({ done }) => done))
    },
    add: async (record) => {
      const kept = await book.create(record)
      if (kept === record) follow(record.id)
      return kept
    },
    complete: (id) => book.move(id, completed),
    cancel: async (id) => {
      let before = book.require(id)
      const after = await book.move(id, (record) => {
        before = record
        return cancelled(context, record)
      })
      running.get(id)?.abort.abort(new Fault('CANCELLED', 'cancelled by its owner'))
      await tellCancelled(context, before)
      return after
    },
  }
}
