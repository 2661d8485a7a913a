import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  type ChannelBook,
  claimableOf,
  closeAmountsOf,
  creditOf,
  earnedOf,
  makePayment,
  neededOf,
  sentOf,
  syncOf,
} from '../../../protocols/channel/index.ts'
import { after, channelId, dealFor, signPay } from './paper.ts'
import { acts, arrive, begin, look, meet, type World } from './paper-world.ts'
import { runs } from './runs.ts'

const sumOf = ({ deals }: ChannelBook, field: 'paid' | 'refunded'): bigint =>
  [...deals.values()].reduce((sum, deal) => sum + deal[field], 0n)

const check = (world: World): void => {
  const { payer, payee } = world
  const sent = sentOf(payer.channel)
  assert.ok(sent >= world.greatest, 'never signs lower')
  if (sent > world.greatest) assert.equal(creditOf(payer.channel), 0n, 'credit is consumed first')
  world.greatest = sent
  assert.ok(sent <= payer.channel.deposit, 'never promises more than the deposit')
  assert.ok(neededOf(payer) <= payer.channel.deposit, 'never reserves more than the deposit')
  assert.ok(sentOf(payee.channel) <= sent, 'the payee holds only what was signed')
  for (const { channel } of [payer, payee]) {
    const { payA, payB } = closeAmountsOf(channel)
    assert.equal(payA + payB + channel.claimed, channel.deposit, 'sums are conserved')
    assert.ok(payA >= 0n && payB >= 0n)
  }
  assert.ok(creditOf(payer.channel) <= payer.channel.refundedTotal, 'credit never exceeds refunds')
  assert.ok(earnedOf(payee.channel) <= sentOf(payee.channel), 'all that is counted is promised')
  if (world.isStale) return
  assert.ok(
    earnedOf(payee.channel) <= claimableOf(payee.channel) + payee.channel.claimed,
    'the payee can claim whatever it has verified',
  )
  assert.equal(sumOf(payee, 'paid'), payee.channel.paidTotal)
  assert.equal(sumOf(payee, 'refunded'), payee.channel.refundedTotal)
  assert.equal(sumOf(payer, 'paid'), payer.channel.paidTotal)
}

/** Both meet without losses until neither has anything new to say. */
const converge = (world: World): void => {
  world.wire = []
  for (let round = 0; round < 4; round++) {
    meet(world, 'payee', syncOf(world.payer))
    meet(world, 'payer', syncOf(world.payee))
    while (world.wire.length > 0) {
      const message = world.wire.shift()
      if (message) arrive(world, message)
      check(world)
    }
  }
}

const paidBy = ({ payee }: World) => new Map([...payee.deals].map(([key, { paid }]) => [key, paid]))

const names = Object.keys(acts) as (keyof typeof acts)[]
const anAct = (allowed: readonly (keyof typeof acts)[]) =>
  fc.tuple(fc.constantFrom(...allowed), fc.nat(1_000), fc.nat(1_000))

const perform = (deeds: [keyof typeof acts, number, number][]): World => {
  const world = begin()
  for (const [name, pick, size] of deeds) {
    const before = paidBy(world)
    acts[name](world, pick, size)
    check(world)
    if (name === 'restorePayee') continue
    for (const [key, paid] of paidBy(world)) assert.ok(paid >= (before.get(key) ?? 0n))
  }
  converge(world)
  return world
}

describe('whatever the network and the other side’s memory do', () => {
  const honest = names.filter((name) => !['restorePayee', 'backUp', 'lie'].includes(name))
  const lying = [...honest, 'lie' as const]

  it('money is conserved, promises grow, and both sides end up agreeing', () => {
    fc.assert(
      fc.property(
        fc.array(anAct(honest), { minLength: 20, maxLength: 120, size: 'max' }),
        (deeds) => {
          const { payer, payee } = perform(deeds)
          for (const [key, deal] of payer.deals) {
            assert.equal(payee.deals.get(key)?.paid, deal.paid)
            assert.equal(payee.deals.get(key)?.refunded, deal.refunded)
          }
          assert.equal(sentOf(payee.channel), sentOf(payer.channel))
          assert.deepEqual(closeAmountsOf(payee.channel), closeAmountsOf(payer.channel))
          assert.equal(payer.channel.freeze, null)
        },
      ),
      { numRuns: runs(500) },
    )
  })

  it('a lying payer is counted for no more than it has promised and was refunded', () => {
    fc.assert(
      fc.property(
        fc.array(anAct(lying), { minLength: 20, maxLength: 120, size: 'max' }),
        (deeds) => void perform(deeds),
      ),
      { numRuns: runs(500) },
    )
  })

  it('a payee restored from an old backup is told everything again', () => {
    fc.assert(
      fc.property(
        fc.array(anAct(names.filter((name) => name !== 'lie')), {
          minLength: 20,
          maxLength: 120,
          size: 'max',
        }),
        (deeds) => {
          const { payer, payee } = perform(deeds)
          assert.equal(sentOf(payee.channel), sentOf(payer.channel))
          for (const [key, deal] of payee.deals) {
            assert.equal(deal.paid, payer.deals.get(key)?.paid)
          }
        },
      ),
      { numRuns: runs(500) },
    )
  })

  it('a payer restored from any earlier state never signs below what it had signed', () => {
    const arbitrary = fc.tuple(
      fc.array(anAct(honest), { minLength: 20, maxLength: 90, size: 'max' }),
      fc.nat(90),
    )
    fc.assert(
      fc.property(arbitrary, ([deeds, at]) => {
        const world = begin()
        let backup = world.payer
        deeds.forEach(([name, pick, size], index) => {
          if (index === at) backup = world.payer
          acts[name](world, pick, size)
        })
        const held = sentOf(world.payee.channel)
        world.payer = backup
        look(world)
        meet(world, 'payer', syncOf(world.payee))
        const { channel } = world.payer
        assert.ok(sentOf(channel) >= held)
        assert.ok(creditOf(channel) <= channel.refundedTotal)
        if (held > sentOf(backup.channel)) {
          assert.equal(channel.freeze?.code, 'STALE_RESTORE')
          const next = { key: 'x', agreementHash: channelId, paid: 1n, memo: channelId }
          const book = after(world.payer, channel, [
            { ...dealFor('x'), key: 'x', agreementHash: null },
          ])
          assert.equal(makePayment(book, next, signPay), 'CHANNEL_FROZEN')
        }
      }),
      { numRuns: runs(500) },
    )
  })
})
