import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, describe, it } from 'mocha'
import { type Hash, keccak256, toHex } from '../../protocols/common/index.ts'
import { close, rest, take } from './kit/real-story.ts'
import { createRealWorld, REAL_SIDES, type RealWorld } from './kit/real-world.ts'
import type { StormDeal } from './kit/storm.ts'

const isLong = process.env.SOUK_CRASH_LONG === '1'
const STORM_MS = isLong ? 60_000 : 15_000
const DEALS = 16
const AMOUNT = 1_000_000n
const DEPOSIT = AMOUNT * BigInt(DEALS)
/** A process lives this long at most, and is killed anywhere in it. */
const LIFE_MS = 2_500

const hashOf = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))

const strike = async (world: RealWorld): Promise<StormDeal[]> => {
  const deals: StormDeal[] = []
  for (let at = 0; at < DEALS; at++) {
    const [key, agreementHash] = [hashOf(`key ${at}`), hashOf(`agreement ${at}`)]
    await take(world, async ({ now: { payer }, addressOf }) => {
      const provider = addressOf('payee')
      const { channelId } = await payer.ask.reserve({ provider, amount: AMOUNT, key })
      if (at === DEALS - 1) await payer.ask.confirm(key)
      deals[at] = { key, agreementHash, channelId, amount: AMOUNT }
    })
  }
  for (const { channelId, agreementHash } of deals) {
    await take(world, ({ now, addressOf }) =>
      now.payee.ask.back({ channelId, agreementHash, amount: AMOUNT, payer: addressOf('payer') }),
    )
  }
  return deals
}

describe('a storm of payments in which processes are killed at random', () => {
  let world: RealWorld
  before(async () => {
    world = await createRealWorld({ deposit: DEPOSIT, funds: 10n * DEPOSIT })
    await world.enter()
  })
  after(() => world.stop())

  it('leaves both sides whole', async () => {
    const deals = await strike(world)
    await world.now.payer.ask.startStorm(deals)
    const endsAt = performance.now() + STORM_MS
    while (performance.now() < endsAt) {
      await pause(Math.random() * LIFE_MS)
      const side = REAL_SIDES[Math.random() < 0.5 ? 0 : 1] ?? 'payer'
      await world.now[side].kill()
      await world.revive()
      if (side === 'payer') await world.now.payer.ask.startStorm(deals)
    }
    await world.now.payer.ask.stopStorm()
    const paid: bigint[] = []
    for (const { key, agreementHash, channelId } of deals) {
      await take(world, async ({ now: { payer, payee } }) => {
        const account = await payer.ask.account(channelId, agreementHash)
        assert.equal(await payee.ask.paidFor(agreementHash), account.paid)
        await payee.ask.finish(agreementHash)
        await payer.ask.release(key)
        paid.push(account.paid)
      })
    }
    await take(world, close)
    await take(world, rest)
    const earned = await world.audit()
    assert.equal(
      earned,
      paid.reduce((sum, one) => sum + one, 0n),
    )
    process.stdout.write(`      ${earned} payments, ${world.kills()} processes killed\n`)
    assert.ok(world.kills() >= 2 && earned > 100n)
  })
})
