import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type Hash, keccak256, toHex } from '../../../protocols/common/index.ts'
import type { RealSide, RealWorld } from './real-world.ts'

type Step = (world: RealWorld) => Promise<void>

const PATIENCE_MS = 120_000
const RETRY_MS = 100

const hashOf = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))
const keyOf = (name: string) => hashOf(`auction ${name}`)
const agreementOf = (name: string) => hashOf(`agreement ${name}`)

export const begin =
  (name: string, amount: bigint): Step =>
  async ({ now: { payer, payee }, addressOf }) => {
    const reservation = { provider: addressOf('payee'), amount, key: keyOf(name) }
    const { channelId } = await payer.ask.reserve(reservation)
    await payer.ask.confirm(keyOf(name))
    const agreementHash = agreementOf(name)
    await payee.ask.back({ channelId, agreementHash, amount, payer: addressOf('payer') })
  }

const pay =
  (name: string, paid: bigint): Step =>
  async ({ now: { payer, payee } }) => {
    const order = { key: keyOf(name), agreementHash: agreementOf(name), paid }
    await payer.ask.pay({ ...order, memo: hashOf(`${name} ${paid}`) })
    assert.equal(await payee.ask.paidFor(order.agreementHash), paid)
  }

export const end =
  (name: string): Step =>
  async ({ now: { payer, payee } }) => {
    await payee.ask.finish(agreementOf(name))
    await payer.ask.release(keyOf(name))
  }

const refund =
  (name: string, amount: bigint): Step =>
  async ({ now: { payer, payee } }) => {
    const refunded = await payee.ask.refund(agreementOf(name))
    assert.equal(refunded?.message.amount, amount)
    const [channel] = await payer.ask.list()
    assert.equal(channel?.credit, amount.toString())
  }

const claim: Step = async ({ now: { payee } }) => {
  for (const { channelId, phase } of await payee.ask.list()) {
    if (phase === 'open') await payee.ask.claim(channelId)
  }
}

const areClosed = async ({ now }: RealWorld, side: RealSide): Promise<boolean> =>
  (await now[side].ask.list()).every(({ phase }) => phase === 'closed')

export const close: Step = async (world) => {
  const { payer } = world.now
  await world.skipWindow()
  for (const { channelId, phase } of await payer.ask.list()) {
    if (phase === 'open') await payer.ask.close(channelId)
  }
  assert.ok((await areClosed(world, 'payer')) && (await areClosed(world, 'payee')))
}

export const rest: Step = async ({ now }) => {
  for (const { ask } of [now.payer, now.payee]) {
    const views = await ask.list()
    assert.ok(views.every(({ deals }) => deals === 0))
    assert.equal(await ask.pending(), 0)
    await ask.balances()
  }
}

/** Takes a step until it succeeds, starting again whoever has died. */
export const take = async (world: RealWorld, step: Step): Promise<void> => {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    await world.revive()
    try {
      return await step(world)
    } catch (error) {
      if (performance.now() > giveUpAt) throw new Error('a step never succeeded', { cause: error })
    }
    await pause(RETRY_MS)
  }
}

const steps: readonly Step[] = [
  begin('one', 60n),
  pay('one', 10n),
  begin('two', 50n),
  pay('two', 15n),
  pay('one', 35n),
  refund('two', 15n),
  end('two'),
  claim,
  pay('one', 60n),
  end('one'),
  close,
  rest,
]

/** What the payee earns by the story. */
export const REAL_EARNED = 60n

/** The story from the first deposit to the last payout, whoever is killed in it. */
export const tellReal = async (world: RealWorld): Promise<void> => {
  for (const step of steps) await take(world, step)
}
