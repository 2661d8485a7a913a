// What each operation on a channel costs. Targets are the design's; figures elsewhere are whole transactions as published, unless said.
import type { TransactionReceipt } from 'viem'
import { type ChannelParams, channelIdOf } from '../../protocols/common/index.ts'
import { batchRows } from './batch-rows.ts'
import {
  buildChannelWorld,
  type ChannelWorld,
  NATIVE,
  NO_PROMISE,
  paramsOf,
  WINDOW,
} from './channel-world.ts'
import { createRows, type Row, sumOf } from './row.ts'
import type { Stage } from './stage.ts'

type ChannelRow = Row<ChannelWorld>
type Money = 'native' | 'ERC-20'

const DUPLEX = 0
const SIMPLEX = 1
const amountIn = (money: Money) => (money === 'native' ? 12_345_678_912_345_678n : 5_000_000n)

const aChannel = (
  { a, b, token }: ChannelWorld,
  { money, mode }: { money: Money; mode: number },
): ChannelParams =>
  paramsOf([a, b], { token: money === 'native' ? NATIVE : token, mode, salt: 0x9en })

const costs = async (stage: Stage, receipts: readonly TransactionReceipt[]) => {
  const each = []
  for (const receipt of receipts) each.push(await stage.costOf(receipt))
  return sumOf(each)
}

/** Opened, and in DUPLEX funded by the other side too. */
const opened = async (world: ChannelWorld, kind: { money: Money; mode: number }) => {
  const params = aChannel(world, kind)
  const amount = amountIn(kind.money)
  await world.deposit(world.a, 'open', { params, amount })
  if (kind.mode === DUPLEX) await world.deposit(world.b, 'fund', { params, amount })
  return { params, amount }
}

const open = (money: Money, target: bigint, elsewhere: string): ChannelRow => ({
  name: `open, ${money}`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const params = aChannel(world, { money, mode: SIMPLEX })
    const amount = amountIn(money)
    return stage.costOf(await world.deposit(world.a, 'open', { params, amount }))
  },
})

const topUp = (money: Money, target: bigint, elsewhere: string): ChannelRow => ({
  name: `top-up, ${money}`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money, mode: SIMPLEX })
    return stage.costOf(await world.deposit(world.a, 'fund', { params, amount }))
  },
})

const coopClose = (money: Money, target: bigint, elsewhere: string): ChannelRow => ({
  name: `cooperative close, ${money}`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money, mode: DUPLEX })
    const { a, b, sign, send } = world
    const validUntil = stage.now() + 600
    const terms = { epoch: 0, payA: amount / 2n, payB: 2n * amount - amount / 2n, validUntil }
    const message = { channelId: channelIdOf(params), ...terms }
    const signatures = [await sign(a, 'CoopClose', message), await sign(b, 'CoopClose', message)]
    const args = [params, terms, ...signatures] as never
    return stage.costOf(await send(a, { functionName: 'coopClose', args }))
  },
})

const silentExit = (money: Money, target: bigint | null, elsewhere: string): ChannelRow => ({
  name: `silent exit, ${money}, two transactions`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const params = aChannel(world, { money, mode: DUPLEX })
    await world.deposit(world.a, 'open', { params, amount: amountIn(money) })
    const args = [params, NO_PROMISE] as const
    const start = await world.send(world.a, { functionName: 'startClose', args })
    stage.pass(WINDOW)
    const end = await world.send(world.a, { functionName: 'settle', args: [params] })
    return costs(stage, [start, end])
  },
})

const contestedExit = (money: Money, target: bigint | null, elsewhere: string): ChannelRow => ({
  name: `contested exit, ${money}, three transactions`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money, mode: DUPLEX })
    const { a, b, promise, send } = world
    const ofB = await promise(b, params, { sent: amount / 3n })
    const ofA = await promise(a, params, { sent: amount / 2n })
    const start = await send(a, { functionName: 'startClose', args: [params, ofB] })
    const answer = await send(b, { functionName: 'respond', args: [params, ofA] })
    stage.pass(WINDOW)
    const end = await send(a, { functionName: 'settle', args: [params] })
    return costs(stage, [start, answer, end])
  },
})

const claim = (money: Money, elsewhere: string): ChannelRow => ({
  name: `claim, ${money}`,
  target: null,
  elsewhere,
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money, mode: SIMPLEX })
    const signed = await world.promise(world.a, params, { sent: amount / 2n })
    return stage.costOf(
      await world.send(world.b, { functionName: 'claim', args: [params, signed] }),
    )
  },
})

const rebase: ChannelRow = {
  name: 'rebase with one withdrawal, ERC-20',
  target: null,
  elsewhere: 'Raiden 115.1k, Celer 109.5k',
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money: 'ERC-20', mode: DUPLEX })
    const { a, b, sign, send } = world
    const kept = { newDepA: amount / 2n, newDepB: amount, outA: 0n, outB: amount - amount / 2n }
    const terms = { epoch: 0, ...kept, validUntil: stage.now() + 600 }
    const message = { channelId: channelIdOf(params), ...terms }
    const signatures = [await sign(a, 'Rebase', message), await sign(b, 'Rebase', message)]
    const args = [params, terms, ...signatures] as never
    return stage.costOf(await send(b, { functionName: 'rebase', args }))
  },
}

const towerResponse: ChannelRow = {
  name: "watchtower's respond",
  target: null,
  elsewhere: 'Raiden monitor 224k',
  measure: async (stage, world) => {
    const { params, amount } = await opened(world, { money: 'ERC-20', mode: SIMPLEX })
    const { a, b, tower, promise, authority, send } = world
    await send(a, { functionName: 'startClose', args: [params, NO_PROMISE] })
    const signed = await promise(a, params, { sent: amount / 2n })
    const leave = await authority(b, params, tower.address)
    const args = [params, signed, leave] as const
    return stage.costOf(await send(tower, { functionName: 'respondFor', args }))
  },
}

export const channelRows = createRows('PaymentChannelContract', buildChannelWorld, [
  open('native', 50_500n, 'Nitro 46.5k, by id, checks nothing'),
  open('ERC-20', 69_000n, 'Nitro 69.9k; x402 77.5k'),
  topUp('native', 29_000n, 'Nitro 29.4k'),
  topUp('ERC-20', 50_500n, 'Nitro 52.8k; x402 57.1k'),
  coopClose('native', 60_000n, 'Nitro 111.5k'),
  coopClose('ERC-20', 67_000n, 'Nitro 112.7k; Raiden 112k; uRaiden 71k'),
  silentExit('native', 75_000n, 'Nitro 195k; uRaiden 94.8k'),
  silentExit('ERC-20', null, '-'),
  contestedExit('native', 148_000n, 'Raiden 318k; Celer 297k'),
  contestedExit('ERC-20', null, 'Raiden 318k'),
  claim('native', '-'),
  claim('ERC-20', 'x402 claim 45.4k + sweep 45.4k'),
  ...batchRows,
  rebase,
  towerResponse,
])
