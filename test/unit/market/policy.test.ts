import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import type { BiddingPolicy } from '../../../node/market/index.ts'
import { createMarketWorld, type MarketWorld, START, sell } from './market-world.ts'

let world: MarketWorld
beforeEach(() => {
  world = createMarketWorld()
})

const bidsWith = async (ratesFor: BiddingPolicy['ratesFor']) => {
  const seller = world.provider('seller', { ownPolicy: { ratesFor } })
  await sell(world, world.agent('buyer'))
  return {
    placed: seller.of('bid.placed').map(({ price }) => price),
    declined: seller.of('bid.declined').map(({ code }) => code),
    seller,
  }
}

describe('an owner’s own policy', () => {
  it('sets the rates, at once or after a while, and is told the facts', async () => {
    const told: unknown[] = []
    const { placed } = await bidsWith((_, facts) => {
      told.push(facts)
      return { basePrice: 5n, pricePerMfuel: 1n }
    })
    assert.deepEqual(placed, ['1005'])
    assert.deepEqual(told, [{ loadPercent: 0, freePlaces: 2, openWithRequester: 0, exposure: 0n }])
    world = createMarketWorld()
    const later = await bidsWith(async () => ({ basePrice: 6n, pricePerMfuel: 1n }))
    assert.deepEqual(later.placed, ['1006'])
  })

  const broken: [string, BiddingPolicy['ratesFor'], string][] = [
    ['wants nothing', () => null, 'POLICY_DECLINED'],
    ['says why not', () => ({ declined: 'EXPOSURE_TOO_HIGH' }), 'EXPOSURE_TOO_HIGH'],
    ['says something odd', () => ({ declined: 'MOON_TOO_FULL' }), 'POLICY_DECLINED'],
    [
      'throws',
      () => {
        throw new Error('a bug')
      },
      'POLICY_FAILED',
    ],
    ['rejects', () => Promise.reject(new Error('a bug')), 'POLICY_FAILED'],
    ['gives no amounts', () => ({ basePrice: 1, pricePerMfuel: 1n }) as never, 'POLICY_FAILED'],
    ['is negative', () => ({ basePrice: -1n, pricePerMfuel: 1n }), 'POLICY_FAILED'],
    [
      'asks for too much',
      () => ({ basePrice: 10n ** 9n, pricePerMfuel: 0n }),
      'PRICE_ABOVE_BUDGET',
    ],
    ['never answers', () => new Promise(() => {}), 'POLICY_FAILED'],
  ]
  for (const [what, ratesFor, code] of broken) {
    it(`that ${what} costs one bid and nothing else`, async () => {
      const { declined, placed, seller } = await bidsWith(ratesFor)
      assert.deepEqual([declined, placed], [[code], []])
      assert.equal(seller.capacity.free(), 2)
      assert.ok(world.clock.now() >= START)
    })
  }
})
