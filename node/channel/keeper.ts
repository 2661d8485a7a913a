import {
  type ChannelRecord,
  MAX_CLOSE_SECONDS,
  type PeerExposure,
} from '../../protocols/channel/index.ts'
import { faultCode, type Hash } from '../../protocols/common/index.ts'
import type { ChainEvent, RecordKind } from '../ports/index.ts'
import { type CloseOptions, close, serveClosing } from './closing.ts'
import { createCollector } from './collector.ts'
import {
  type ChannelKeeperDeps,
  type ChannelKeeperOptions,
  createDesk,
  type Desk,
  defaultOptions,
} from './desk.ts'
import { createDuties, type Duties } from './duties.ts'
import { servePayments } from './inbox.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { forgetMeetings, serveMeetings, syncAllWith } from './meeting.ts'
import { createPayee, type Payee } from './payee.ts'
import { createPayer, type Payer, serveRefunds } from './payer.ts'
import { refuse } from './refuse.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { type ChannelView, viewOf } from './view.ts'

export type ChannelKeeper = Payer &
  Payee &
  Ledger & {
    /** Loads every channel, compares it with the chain, and takes up what was begun. Settlement must have been started. */
    start(): Promise<void>
    stop(): Promise<void>
    /** Payee: takes out what is promised and not claimed. Throws Fault WRONG_ROLE, CLOSE_OUTSTANDING, and what settlement throws. */
    claim(channelId: Hash): Promise<ChannelView>
    /** Closes together where the other side agrees, else starts the window and settles after it. Throws Fault CHANNEL_BUSY while deals run. */
    close(channelId: Hash, options?: CloseOptions): Promise<ChannelView>
    /** The operator has looked at a frozen channel. Throws Fault FREEZE_TOO_YOUNG while a forgotten close could still be mined. */
    unfreeze(channelId: Hash): Promise<ChannelView>
    /** What is at risk with each peer. */
    exposure(): PeerExposure[]
    list(): ChannelView[]
    get(channelId: Hash): ChannelView | undefined
  }

const cursorKind: RecordKind<{ block: number }> = { name: 'channel-cursor', version: 1 }
const CURSOR = 'block'

const createNews = ({ emit, log }: ChannelKeeperDeps) => ({
  changed: (before: ChannelRecord | null, after: ChannelRecord): void => {
    const { channelId, peer, role, stage, freeze } = after
    if (before?.stage.phase !== stage.phase) {
      const deposit = after.deposit.toString()
      emit({ type: 'channel.phase', channelId, peer, role, phase: stage.phase, deposit })
    }
    if (freeze !== null && !before?.freeze) {
      log.error({ channelId, peer, code: freeze.code }, 'channel frozen')
      emit({ type: 'channel.frozen', channelId, peer, code: freeze.code })
    }
  },
  failed: ({ channelId, peer }: ChannelRecord, error: unknown): void => {
    const code = 'STORE_UNAVAILABLE'
    log.error({ channelId, peer, code, err: error }, 'channel frozen')
    emit({ type: 'channel.frozen', channelId, peer, code })
  },
})

const thaw = async ({ shelf, deps, options }: Desk, channelId: Hash): Promise<void> => {
  if (shelf.isBroken(channelId)) await shelf.mend(channelId)
  const now = deps.clock.now()
  await shelf.change(channelId, ({ channel }) => {
    const { freeze } = channel
    if (freeze === null) return { value: undefined }
    const until = freeze.since + MAX_CLOSE_SECONDS + options.lapseMarginSeconds
    if (freeze.code === 'STALE_RESTORE' && now < until) return 'FREEZE_TOO_YOUNG'
    return { channel: { ...channel, freeze: null }, value: undefined }
  })
}

/** Follows the chain from where an earlier run stopped. */
const followChain = async ({ deps }: Desk, hear: (event: ChainEvent) => Promise<void>) => {
  const { store, chain, log } = deps
  const cursor = store.collection(cursorKind)
  const known = (await cursor.get(CURSOR))?.block
  const from = known ?? (await chain.head()).block
  if (known === undefined) await store.commit([cursor.put(CURSOR, { block: from })])
  // One after another: what is remembered as heard must have been heard.
  let heard = Promise.resolve()
  return chain.watch(from, (event) => {
    heard = heard
      .then(() => hear(event))
      .then(() => store.commit([cursor.put(CURSOR, { block: event.block })]))
      .catch((error: unknown) => {
        log.warn({ code: faultCode(error), err: error }, 'chain event not taken in')
      })
  })
}

const tickFor = async (
  desk: Desk,
  duties: Duties,
  consider: () => Promise<void>,
): Promise<void> => {
  const { deps, options, stopping } = desk
  for (;;) {
    await deps.clock.wait(options.tickMs, { signal: stopping })
    await duties.look().catch((error: unknown) => {
      deps.log.debug({ code: faultCode(error) }, 'chain not looked at')
    })
    desk.background('claim', consider)
  }
}

/** Keeps every payment channel of this agent: durable before anything is said, claimed and closed in time. */
export const createChannelKeeper = (
  deps: ChannelKeeperDeps,
  given: Partial<ChannelKeeperOptions> & Pick<ChannelKeeperOptions, 'deposit'>,
): ChannelKeeper => {
  const options = { ...defaultOptions, ...given }
  const stop = new AbortController()
  const shelf: Shelf = createShelf(deps.store, createNews(deps))
  const desk = createDesk(deps, options, { shelf, stopping: stop.signal })
  const duties = createDuties(desk)
  const collector = createCollector(desk, options)
  const exposed = (channelId: Hash): void => {
    if (collector.isPressing(channelId)) desk.background('claim', collector.consider)
  }
  const leave: (() => void)[] = []

  const view = (channelId: Hash): ChannelView => {
    const book = shelf.find(channelId)
    if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
    return viewOf(book, shelf.isBroken(channelId))
  }

  return {
    ...createPayer(desk),
    ...createPayee(desk),
    ...createLedger(desk),
    start: async () => {
      await shelf.load()
      serveMeetings(desk)
      servePayments(desk, exposed)
      serveRefunds(desk)
      serveClosing(desk)
      await duties.reconcile()
      leave.push(
        deps.talk.onDisconnected((remote) => forgetMeetings(desk, remote)),
        deps.talk.onConnected((remote) => syncAllWith(desk, remote)),
      )
      leave.push(await followChain(desk, duties.hear))
      desk.background('look', () => duties.look())
      desk.background('tick', () => tickFor(desk, duties, collector.consider))
    },
    stop: async () => {
      if (options.claimOnStop) {
        await collector.claimAll().catch((error: unknown) => {
          deps.log.warn({ code: faultCode(error), err: error }, 'not everything was claimed')
        })
      }
      for (const off of leave.splice(0)) off()
      stop.abort(new Error('the channel keeper stopped'))
      await desk.idle()
    },
    claim: async (channelId) => {
      await collector.claim(channelId)
      return view(channelId)
    },
    close: async (channelId, options) => {
      await close(desk, channelId, options)
      return view(channelId)
    },
    unfreeze: async (channelId) => {
      await thaw(desk, channelId)
      return view(channelId)
    },
    exposure: collector.exposure,
    list: () => shelf.books().map((book) => viewOf(book, shelf.isBroken(book.channel.channelId))),
    get: (channelId) => (shelf.find(channelId) ? view(channelId) : undefined),
  }
}
