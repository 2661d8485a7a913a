import {
  type ChannelBook,
  type ChannelFault,
  type ChannelRecord,
  type ChannelStage,
  type FundingStep,
  fundingStep,
} from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import type { ChainCall } from '../ports/index.ts'
import { refresh, refreshUntil } from './chain-look.ts'
import { type Desk, isReverted } from './desk.ts'
import type { Change } from './disk.ts'
import { refuse } from './refuse.ts'

type Deposit = Exclude<FundingStep, { type: 'ready' }>

const stageWith = (step: Deposit): ChannelStage =>
  step.type === 'open'
    ? { phase: 'opening', amount: step.amount }
    : { phase: 'open', funding: { amount: step.amount, target: step.target } }

const isUnderWay = ({ stage }: ChannelRecord): boolean =>
  stage.phase === 'opening' || (stage.phase === 'open' && stage.funding !== null)

const withoutDeposit = ({ stage }: ChannelRecord): ChannelStage =>
  stage.phase === 'opening' ? { phase: 'accepted' } : { phase: 'open', funding: null }

const callOf = (channel: ChannelRecord, step: Deposit): { key: string; call: ChainCall } => {
  const { channelId, params, failedCalls } = channel
  const { amount } = step
  if (step.type === 'open') {
    const key = `channel-open:${channelId}:${failedCalls}`
    return { key, call: { type: 'open-channel', params, amount } }
  }
  // The target tells one top-up from the next: a deposit only grows.
  const key = `channel-fund:${channelId}:${step.target}:${failedCalls}`
  return { key, call: { type: 'fund-channel', params, amount } }
}

const giveUp = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.shelf.change(channelId, ({ channel }) => {
    if (!isUnderWay(channel)) return { value: undefined }
    const failedCalls = channel.failedCalls + 1
    return {
      channel: { ...channel, failedCalls, stage: withoutDeposit(channel) },
      value: undefined,
    }
  })

const carryOut = async (desk: Desk, channelId: Hash, step: Deposit): Promise<void> => {
  const { channel } = desk.shelf.find(channelId) as ChannelBook
  const { key, call } = callOf(channel, step)
  try {
    await desk.submit(key, call)
  } catch (cause) {
    if (!isReverted(cause)) throw cause
    await giveUp(desk, channelId)
    throw refuse('FUNDING_FAILED', { channelId, cause })
  }
  await refreshUntil(desk, channelId, (book) => !isUnderWay(book.channel))
}

/** Decided and durable before settlement hears of it, so that a restart finds it and asks for the very same. */
const nextStep = (desk: Desk, channelId: Hash): Promise<FundingStep> =>
  desk.shelf.change(channelId, (book): Change<FundingStep> | ChannelFault => {
    const step = fundingStep(book, desk.options.deposit)
    if (typeof step === 'string') return step
    if (step.type === 'ready' || isUnderWay(book.channel)) return { value: step }
    return { channel: { ...book.channel, stage: stageWith(step) }, value: step }
  })

const atMostOnce = async (desk: Desk, channelId: Hash, work: () => Promise<void>) => {
  desk.moving.add(channelId)
  try {
    await work()
  } finally {
    desk.moving.delete(channelId)
  }
}

/** While the chain is away, a deposit that was confirmed and covers everything needs no second look. */
const refreshUnlessCovered = async (desk: Desk, channelId: Hash): Promise<void> => {
  try {
    await refresh(desk, channelId)
  } catch (error) {
    const book = desk.shelf.find(channelId)
    const step = book && fundingStep(book, desk.options.deposit)
    if (typeof step !== 'object' || step.type !== 'ready') throw error
  }
}

/** Opens or tops up until the confirmed deposit covers everything reserved on the channel. */
export const coverReserves = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.onChain(channelId, () =>
    atMostOnce(desk, channelId, async () => {
      await refreshUnlessCovered(desk, channelId)
      for (
        let step = await nextStep(desk, channelId);
        step.type !== 'ready';
        step = await nextStep(desk, channelId)
      ) {
        await carryOut(desk, channelId, step)
      }
    }),
  )

/** Finishes a deposit that an earlier run had begun, and nothing more. */
export const resumeDeposit = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.onChain(channelId, () =>
    atMostOnce(desk, channelId, async () => {
      await refresh(desk, channelId)
      const book = desk.shelf.find(channelId)
      if (book === undefined || !isUnderWay(book.channel)) return
      const step = fundingStep(book, desk.options.deposit)
      if (typeof step !== 'string' && step.type !== 'ready') await carryOut(desk, channelId, step)
    }),
  )
