import assert from 'node:assert/strict'
import type { Talk } from '../../../node/ports/index.ts'
import { Fault, fromHex } from '../../../protocols/common/index.ts'
import {
  anOrder,
  buy,
  createTradingWorld,
  type TradingAgent,
  type TradingWorld,
  untilPhase,
} from '../../builders/trading-world.ts'

const assertNothingHappened = ({ chain }: TradingWorld, ...agents: TradingAgent[]): void => {
  assert.deepEqual(chain.mined(), [])
  for (const { now } of agents) {
    assert.deepEqual(now.channel.reservations(), [])
    for (const { sent, reserved } of now.channel.list())
      assert.deepEqual([sent, reserved], ['0', '0'])
  }
}

/** Signs offers with a signature that is not its own. */
const withForeignSignature = (talk: Talk): Talk => ({
  ...talk,
  serve: (protocol, type, handler) =>
    talk.serve(protocol, type, async (body, from) => {
      const answer = await handler(body, from)
      return type === 'offer' ? [fromHex(`0x${'11'.repeat(64)}1b`)] : answer
    }),
})

/** Finds the line down once, at the first offer. */
const withLineDownOnce = (talk: Talk): Talk => {
  let isDown = true
  return {
    ...talk,
    request: async (agent, request, options) => {
      if (request.type === 'offer' && isDown) {
        isDown = false
        throw new Fault('PEER_UNREACHABLE', 'the line is down')
      }
      return talk.request(agent, request, options)
    },
  }
}

describe('a task that nobody sells', () => {
  let world: TradingWorld
  let ann: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
  })
  afterEach(() => world.stop())

  it('is unsold with NO_PEERS where nobody is there', async () => {
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.code], ['unsold', 'NO_PEERS'])
    assertNothingHappened(world, ann)
  })

  it('is unsold with NO_BIDS where the budget is below every price', async () => {
    const bob = await world.seller('bob')
    const task = await buy(world, ann, { budget: 1_009_999n })
    assert.deepEqual([task.phase, task.code], ['unsold', 'NO_BIDS'])
    assert.deepEqual(
      bob.told('bid.declined').map(({ code }) => code),
      ['PRICE_ABOVE_BUDGET'],
    )
    assertNothingHappened(world, ann, bob)
  })

  it('is refused at once where its module cannot run', async () => {
    const fault = { code: 'IMPORT_UNKNOWN', where: 'import 0', detail: 'no such function' }
    const cleo = await world.buyer('cleo', { faultsOf: () => [fault] })
    const refused = cleo.now.api.executeWithPayment(anOrder())
    await assert.rejects(refused, { code: 'MODULE_INVALID', message: /no such function/ })
    assert.deepEqual((await cleo.now.api.tasks({ cursor: null, limit: 10 })).items, [])
    assertNothingHappened(world, cleo)
  })

  it('is refused at once without a budget', async () => {
    const refused = ann.now.api.executeWithPayment(anOrder({ budget: 0n }))
    await assert.rejects(refused, { code: 'BUDGET_INVALID' })
  })

  it('is refused at once where its module is not at hand', async () => {
    const cid = `bafkrei${'a'.repeat(52)}`
    const refused = ann.now.api.executeWithPayment(anOrder({ module: { cid } }))
    await assert.rejects(refused, { code: /^CONTENT/ })
  })
})

describe('a winner that does not sign', () => {
  let world: TradingWorld
  let ann: TradingAgent
  beforeEach(async () => {
    world = createTradingWorld()
    ann = await world.buyer()
  })
  afterEach(() => world.stop())

  const cleo = () => world.seller('cleo', { pricePerMfuel: 1_200n })

  it('and is silent is passed over for the next, and its money is free again', async () => {
    const bob = await world.seller('bob')
    const next = await cleo()
    world.network.intercept(({ type, to }) =>
      type === 'offer' && to === bob.address ? 'lose-request' : 'deliver',
    )
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.provider], ['settled', next.address])
    assert.deepEqual(ann.now.channel.reservations(), [])
    assert.deepEqual(await bob.now.deals.list(), [])
  })

  it('because it cannot be reached is passed over for the next', async () => {
    const bob = await world.seller('bob')
    const next = await cleo()
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    await world.clock.advance(500)
    bob.now.node.disconnect()
    const task = await untilPhase(world, { agent: ann, id, phases: ['settled'] })
    assert.equal(task.provider, next.address)
  })

  it('at first because its line was down for a moment is asked once more', async () => {
    const bob = await world.seller('bob')
    const buyer = await world.buyer('cleo', { wrapTalk: withLineDownOnce })
    const task = await buy(world, buyer)
    assert.deepEqual([task.phase, task.provider], ['settled', bob.address])
  })

  it('but lets another sign is passed over for the next', async () => {
    await world.seller('bob', { wrapTalk: withForeignSignature })
    const next = await cleo()
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.provider], ['settled', next.address])
  })

  it('because it wants more before delivery than the buyer risks leaves the task unsold', async () => {
    const bob = await world.seller('bob', { provider: { maxCredit: 500_000n } })
    const careful = await world.buyer('cleo', { requester: { prepaidMax: 505_000n } })
    const task = await buy(world, careful)
    assert.deepEqual([task.phase, task.code], ['unsold', 'PREPAID_TOO_HIGH'])
    assertNothingHappened(world, careful, bob)
  })

  it('because it cannot have the module leaves the task unsold', async () => {
    const bob = await world.seller('bob', { provider: { maxInputBytes: 3 } })
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.code], ['unsold', 'CONTENT_TOO_LARGE'])
    assert.equal(bob.now.capacity.free(), 2)
    assertNothingHappened(world, ann, bob)
  })

  it('because its place is gone leaves the task unsold', async () => {
    const bob = await world.seller('bob', { slots: 1 })
    const { id } = await ann.now.api.executeWithPayment(anOrder())
    await world.clock.advance(500)
    const [auction] = ann.told('auction.opened')
    bob.now.capacity.release(auction?.auctionId ?? '')
    bob.now.capacity.reserve('something else', world.clock.now() + 600)
    const task = await untilPhase(world, { agent: ann, id, phases: ['unsold'] })
    assert.equal(task.code, 'NO_CAPACITY')
  })

  it('like all the others leaves the task unsold and nothing reserved', async () => {
    const bob = await world.seller('bob')
    const next = await cleo()
    world.network.intercept(({ type }) => (type === 'offer' ? 'lose-request' : 'deliver'))
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.code], ['unsold', 'REQUEST_TIMEOUT'])
    assertNothingHappened(world, ann, bob, next)
  })

  it('and takes no part in a channel is passed over for the next', async () => {
    const bob = await world.seller('bob')
    const next = await cleo()
    world.network.intercept(({ type, to }) =>
      type === 'propose' && to === bob.address ? 'lose-request' : 'deliver',
    )
    const task = await buy(world, ann)
    assert.deepEqual([task.phase, task.provider], ['settled', next.address])
  })
})
