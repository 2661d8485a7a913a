import assert from 'node:assert/strict'
import type { Talk } from '../../../node/ports/index.ts'
import {
  type Counter,
  decodeOffer,
  encodeOfferReply,
  MAX_COUNTERS,
} from '../../../protocols/market/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  type TradingAgent,
  type TradingWorld,
} from '../../builders/trading-world.ts'

/** Answers every offer with other terms, never with a signature. */
const haggling =
  (change: (offered: Counter) => Partial<Counter>, heard: { offers: number }) =>
  (talk: Talk): Talk => ({
    ...talk,
    serve: (protocol, type, handler) =>
      talk.serve(protocol, type, async (body, from) => {
        const offer = type === 'offer' ? decodeOffer(body) : null
        if (!offer) return handler(body, from)
        heard.offers += 1
        const { sliceFuel, prepaid, startBy, reviewSeconds } = offer.agreement.message
        const offered = { sliceFuel, prepaid, startBy, reviewSeconds }
        return encodeOfferReply({ counter: { ...offered, ...change(offered) } })
      }),
  })

describe('a winner that asks for other terms', () => {
  let world: TradingWorld
  let ann: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
  })
  afterEach(() => world.stop())

  it('gets more before delivery where both sides can bear it', async () => {
    const bob = await world.seller('bob', { provider: { maxCredit: 400_000n } })
    const task = await buy(world, ann)
    assert.equal(task.phase, 'settled')
    const [deal] = await bob.now.deals.list()
    const { maxPrice, prepaid } = deal?.deal.agreement.message ?? { maxPrice: 0n, prepaid: 0n }
    assert.equal(maxPrice - prepaid, 400_000n)
    assert.equal((await bob.now.deals.list()).length, 1)
  })

  const refused: [string, (offered: Counter) => Partial<Counter>, string][] = [
    ['all of it before delivery', () => ({ prepaid: 1_010_000n }), 'PREPAID_TOO_HIGH'],
    ['more than all of it', () => ({ prepaid: 1_010_001n }), 'PREPAID_ABOVE_PRICE'],
    ['a later start', ({ startBy }) => ({ startBy: startBy + 1 }), 'START_TOO_LATE'],
    ['less time to look', () => ({ reviewSeconds: 1 }), 'REVIEW_TOO_SHORT'],
    ['tiny slices', () => ({ sliceFuel: 1n }), 'SLICES_INVALID'],
    ['smaller slices', ({ sliceFuel }) => ({ sliceFuel: sliceFuel - 1n }), 'SLICES_TOO_SMALL'],
  ]
  for (const [what, change, code] of refused) {
    it(`is passed over for ${what}`, async () => {
      const heard = { offers: 0 }
      await world.seller('bob', { wrapTalk: haggling(change, heard) })
      const task = await buy(world, ann)
      assert.deepEqual([task.phase, task.code, heard.offers], ['unsold', code, 1])
      assert.deepEqual(world.chain.mined(), [])
    })
  }

  it('is passed over when it never stops', async () => {
    const heard = { offers: 0 }
    const more = ({ prepaid }: Counter) => ({ prepaid: prepaid + 1n })
    await world.seller('bob', { wrapTalk: haggling(more, heard) })
    const task = await buy(world, ann, anOrder())
    assert.deepEqual([task.phase, task.code], ['unsold', 'TOO_MANY_COUNTERS'])
    assert.equal(heard.offers, MAX_COUNTERS + 1)
  })
})
