import {
  type ChainDuty,
  type ChannelRecord,
  closedWith,
  dutyOf,
} from '../../protocols/channel/index.ts'
import { faultCode, type Hash, type UnixSeconds } from '../../protocols/common/index.ts'
import type { ChainEvent } from '../ports/index.ts'
import { refresh } from './chain-look.ts'
import { leave, respond, settle, submitClose } from './closing.ts'
import type { Desk } from './desk.ts'
import { resumeDeposit } from './funding.ts'
import { submitRebase } from './rebasing.ts'

const forgetRebase = async (desk: Desk, channelId: Hash): Promise<void> => {
  await refresh(desk, channelId)
  await desk.shelf.change(channelId, ({ channel }) => ({
    channel: { ...channel, rebase: null },
    value: undefined,
  }))
}

const forgetClose = async (desk: Desk, channelId: Hash): Promise<void> => {
  await refresh(desk, channelId)
  await desk.shelf.change(channelId, ({ channel }) => ({
    channel: { ...channel, offer: null },
    value: undefined,
  }))
}

const deeds: Record<ChainDuty, (desk: Desk, channelId: Hash) => Promise<void>> = {
  respond,
  settle,
  'submit-close': (desk, channelId) => desk.onChain(channelId, () => submitClose(desk, channelId)),
  'forget-close': forgetClose,
  'submit-rebase': (desk, channelId) =>
    desk.onChain(channelId, () => submitRebase(desk, channelId)),
  'forget-rebase': forgetRebase,
  leave,
  'resume-funding': resumeDeposit,
}

const isWaiting = ({ stage, offer, rebase, leaving }: ChannelRecord): boolean =>
  offer !== null ||
  rebase !== null ||
  leaving !== null ||
  stage.phase === 'closing' ||
  stage.phase === 'opening' ||
  (stage.phase === 'open' && stage.funding !== null)

// An answer that a reorganisation took back is given again.
const forgetAnswer = ({ shelf }: Desk, channelId: Hash): Promise<void> =>
  shelf.change(channelId, ({ channel }) => {
    const { stage } = channel
    if (stage.phase !== 'closing' || stage.responded === 0n) return { value: undefined }
    return { channel: { ...channel, stage: { ...stage, responded: 0n } }, value: undefined }
  })

type Settled = Extract<ChainEvent, { type: 'channel-settled' }>

const settled = ({ shelf }: Desk, { channelId, payA, payB }: Settled): Promise<void> =>
  shelf.change(channelId, ({ channel }) => ({
    channel: closedWith(channel, { payA, payB }),
    value: undefined,
  }))

// How many ticks a call that the chain refused is left alone.
const PAUSE_TICKS = 10

export type Duties = {
  /** Does whatever the chain's time and state ask of this side now. */
  look(): Promise<void>
  /** Takes in one event of the chain. */
  hear(event: ChainEvent): Promise<void>
  /** Compares every channel with the chain; those that cannot be are tried again by `look`. */
  reconcile(): Promise<void>
}

export const createDuties = (desk: Desk): Duties => {
  const { shelf, options } = desk
  const { clock, log } = desk.deps
  const doing = new Set<Hash>()
  const unseen = new Set<Hash>()

  const fulfil = async (duty: ChainDuty, channelId: Hash): Promise<void> => {
    try {
      await deeds[duty](desk, channelId)
    } catch (error) {
      if (desk.stopping.aborted) return
      log.warn({ channelId, duty, code: faultCode(error), err: error }, 'channel duty failed')
      await clock.wait(PAUSE_TICKS * options.tickMs, { signal: desk.stopping })
    }
  }

  const perform = (channelId: Hash, now: UnixSeconds): void => {
    const book = shelf.find(channelId)
    if (book === undefined || doing.has(channelId) || shelf.isBroken(channelId)) return
    const duty = dutyOf(book.channel, {
      now,
      marginSeconds: options.lapseMarginSeconds,
      graceSeconds: options.settleGraceSeconds,
    })
    if (duty === null) return
    doing.add(channelId)
    desk.background(duty, () => fulfil(duty, channelId).finally(() => doing.delete(channelId)))
  }

  const seeAgain = async (channelId: Hash): Promise<void> => {
    unseen.add(channelId)
    await refresh(desk, channelId)
    unseen.delete(channelId)
  }

  return {
    look: async () => {
      for (const channelId of unseen) await seeAgain(channelId)
      const waiting = shelf.books().filter(({ channel }) => isWaiting(channel))
      if (waiting.length === 0) return
      const now = await desk.chainTime()
      for (const { channel } of waiting) perform(channel.channelId, now)
    },
    hear: async (event) => {
      const { channelId } = event
      if (shelf.find(channelId) === undefined) return
      if (event.type === 'channel-settled') return settled(desk, event)
      if (event.type === 'channel-undone') await forgetAnswer(desk, channelId)
      await seeAgain(channelId)
      perform(channelId, await desk.chainTime())
    },
    reconcile: async () => {
      const live = shelf.books().filter(({ channel }) => channel.stage.phase !== 'closed')
      await Promise.allSettled(live.map(({ channel }) => seeAgain(channel.channelId)))
    },
  }
}
