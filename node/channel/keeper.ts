import {
  type ChannelRecord,
  MAX_CLOSE_SECONDS,
  type PeerExposure,
} from '../../protocols/channel/index.ts'
import { type Address, type Amount, faultCode, type Hash } from '../../protocols/common/index.ts'
import type { ChainEvent } from '../ports/index.ts'
import { serveAgreeing } from './agreeing.ts'
import { type CloseOptions, close } from './closing.ts'
import { createCollector } from './collector.ts'
import {
  type ChannelKeeperDeps,
  type ChannelKeeperOptions,
  createDesk,
  type Desk,
  defaultOptions,
} from './desk.ts'
import { createDuties } from './duties.ts'
import { createGuards, type GuardView } from './guarding.ts'
import { servePayments } from './inbox.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { forgetMeetings, serveMeetings, syncAllWith } from './meeting.ts'
import { fund, type OpenOrder, open } from './opening.ts'
import { createPayee, type Payee } from './payee.ts'
import { createPayer, type Payer, serveRefunds } from './payer.ts'
import { type RebaseOrder, rebase } from './rebasing.ts'
import { refuse } from './refuse.ts'
import { followChain, startRounds } from './rounds.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { createTower, type DutyView } from './tower.ts'
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
    /** Opens a channel with a deposit, to be used by later deals. Throws Fault PROPOSAL_REFUSED, CHANNEL_LIMIT, FUNDING_FAILED. */
    open(order: OpenOrder): Promise<ChannelView>
    /** Adds to this agent's own deposit. */
    fund(channelId: Hash, amount: Amount): Promise<ChannelView>
    /** DUPLEX: settles the promises so far and takes money out; the channel goes on. Throws Fault CHANNEL_BUSY, CLOSE_REFUSED. */
    rebase(channelId: Hash, order: RebaseOrder): Promise<ChannelView>
    /** The operator has looked at a frozen channel. Throws Fault FREEZE_TOO_YOUNG while a forgotten close could still be mined. */
    unfreeze(channelId: Hash): Promise<ChannelView>
    /** What is at risk with each peer. */
    exposure(): PeerExposure[]
    /** What this agent watches for others, and what its own towers have signed for. */
    towers(): { duties: DutyView[]; guards: GuardView[] }
    /** Whether there is a channel with this agent, open or not. */
    isKnown(peer: Address): boolean
    list(): ChannelView[]
    get(channelId: Hash): ChannelView | undefined
  }

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

/** What is looked after beside the answers to peers. */
const createWatch = (desk: Desk) => {
  const { options } = desk
  const duties = createDuties(desk)
  const collector = createCollector(desk, options)
  const tower = createTower(desk, { ...options, isServing: options.isTower })
  const guards = createGuards(desk, options)
  const { tickMs, towerMs } = options
  return {
    collector,
    tower,
    guards,
    reconcile: duties.reconcile,
    hear: async (event: ChainEvent): Promise<void> => {
      tower.hear(event)
      await duties.hear(event)
    },
    exposed: (channelId: Hash): void => {
      if (collector.isPressing(channelId)) desk.background('claim', collector.consider)
    },
    start: (): void => {
      desk.background('look', duties.look)
      const rounds = [{ everyMs: tickMs, looks: [duties.look, collector.consider, tower.look] }]
      if (options.towers.length > 0) rounds.push({ everyMs: towerMs, looks: [guards.look] })
      startRounds(desk, rounds)
    },
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
  const watch = createWatch(desk)
  const { collector, tower, guards } = watch
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
      await Promise.all([shelf.load(), tower.load(), guards.load()])
      serveMeetings(desk)
      servePayments(desk, watch.exposed)
      serveRefunds(desk)
      serveAgreeing(desk)
      tower.serve()
      await watch.reconcile()
      leave.push(
        deps.talk.onDisconnected((remote) => forgetMeetings(desk, remote)),
        deps.talk.onConnected((remote) => syncAllWith(desk, remote)),
      )
      leave.push(await followChain(desk, watch.hear))
      watch.start()
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
    open: async (order) => view(await open(desk, order)),
    fund: async (channelId, amount) => {
      await fund(desk, channelId, amount)
      return view(channelId)
    },
    rebase: async (channelId, order) => {
      await rebase(desk, channelId, order)
      return view(channelId)
    },
    unfreeze: async (channelId) => {
      await thaw(desk, channelId)
      return view(channelId)
    },
    exposure: collector.exposure,
    towers: () => ({ duties: tower.duties(), guards: guards.receipts() }),
    isKnown: (peer) => shelf.books().some(({ channel }) => channel.peer === peer),
    list: () => shelf.books().map((book) => viewOf(book, shelf.isBroken(book.channel.channelId))),
    get: (channelId) => (shelf.find(channelId) ? view(channelId) : undefined),
  }
}
