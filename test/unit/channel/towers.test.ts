import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { watchFromWire, watchToWire } from '../../../protocols/channel/index.ts'
import type { CborValue } from '../../../protocols/common/index.ts'
import {
  type Agent,
  balancesOf,
  callsOf,
  createTestWorld,
  type Deal,
  faultOf,
  join,
  type Pair,
  payTo,
  rest,
  strike,
  WINDOW,
} from './two-agents.ts'

type Scene = Pair & { cleo: Agent; stop(): Promise<void> }
type Options = Parameters<typeof join>[2]

/** Ann buys from Bob, for whom Cleo watches. */
const createScene = async (cleoOptions: Options = {}, bobOptions: Options = {}): Promise<Scene> => {
  const world = createTestWorld()
  const cleo = await join(world, 'cleo', { isTower: true, ...cleoOptions })
  const ann = await join(world, 'ann')
  const bob = await join(world, 'bob', { towers: [cleo.address], ...bobOptions })
  const stop = async () => {
    for (const { keeper } of [ann, bob, cleo]) await keeper.stop()
  }
  return { ...world, ann, bob, cleo, stop }
}

const HALF = (WINDOW / 2) * 1_000

describe('a provider with a tower', () => {
  let scene: Scene
  afterEach(() => scene.stop())

  const paidAndWatched = async (paid: bigint): Promise<Deal> => {
    const deal = await strike(scene, 'one', 60n)
    await payTo(scene, deal, paid)
    await scene.clock.advance(6_000)
    return deal
  }

  const vanish = async (agent: Agent) => {
    await agent.keeper.stop()
    agent.disconnect()
  }

  it('has a signed receipt for what the tower holds, and for more once more was paid', async () => {
    scene = await createScene()
    const deal = await paidAndWatched(10n)
    const guards = () => scene.bob.keeper.towers().guards.map(({ tower, sent }) => [tower, sent])
    assert.deepEqual(guards(), [[scene.cleo.address, '10']])
    await payTo(scene, deal, 25n)
    await scene.clock.advance(6_000)
    assert.deepEqual(guards(), [[scene.cleo.address, '25']])
    const duties = scene.cleo.keeper.towers().duties.map(({ client, sent }) => [client, sent])
    assert.deepEqual(duties, [[scene.bob.address, '25']])
  })

  it('is paid in full though it is away for the whole window', async () => {
    scene = await createScene()
    const deal = await paidAndWatched(25n)
    await vanish(scene.bob)
    await scene.ann.keeper.close(deal.channelId, { force: true })
    await scene.clock.advance(HALF)
    assert.deepEqual(callsOf(scene), ['open-channel', 'start-close', 'respond-for'])
    await scene.clock.advance(HALF + 5_000)
    assert.deepEqual(balancesOf(scene), { ann: -25n, bob: 25n })
    await scene.clock.advance(5_000)
    assert.deepEqual(scene.cleo.keeper.towers().duties, [])
  })

  it('is watched by a tower that was restarted meanwhile', async () => {
    scene = await createScene()
    const deal = await paidAndWatched(25n)
    await vanish(scene.bob)
    scene.cleo.disconnect()
    await scene.ann.keeper.close(deal.channelId, { force: true })
    await scene.cleo.restart()
    await scene.clock.advance(HALF)
    assert.ok(callsOf(scene).includes('respond-for'))
  })

  it('answers itself while it can, and the tower pays for nothing', async () => {
    scene = await createScene()
    const deal = await paidAndWatched(25n)
    await scene.ann.keeper.close(deal.channelId, { force: true })
    await scene.clock.advance(HALF)
    assert.deepEqual(callsOf(scene), ['open-channel', 'start-close', 'respond'])
  })

  it('answers nothing that its tower has answered', async () => {
    scene = await createScene()
    const deal = await paidAndWatched(25n)
    await vanish(scene.bob)
    await scene.ann.keeper.close(deal.channelId, { force: true })
    await scene.clock.advance(HALF)
    await scene.bob.restart()
    await scene.clock.advance(5_000)
    assert.deepEqual(callsOf(scene), ['open-channel', 'start-close', 'respond-for'])
  })

  it('goes on without one that refuses', async () => {
    scene = await createScene({ isTower: false })
    await paidAndWatched(25n)
    assert.deepEqual(scene.bob.keeper.towers().guards, [])
    assert.deepEqual(scene.cleo.keeper.towers().duties, [])
  })
})

describe('a tower', () => {
  let scene: Scene
  afterEach(() => scene.stop())

  const overhear = async () => {
    let body: CborValue = null
    scene.network.intercept((request) => {
      if (request.type === 'watch') body = request.body
      return 'deliver'
    })
    const deal = await strike(scene, 'one', 60n)
    await payTo(scene, deal, 10n)
    await scene.clock.advance(6_000)
    scene.network.intercept(null)
    const request = watchFromWire(body)
    assert.ok(request)
    return request
  }

  const askerAs = (agent: `0x${string}`) => {
    const { talk } = scene.network.join(agent)
    return (body: CborValue) => {
      const question = { protocol: '/souk/tower/1', type: 'watch', body } as const
      return talk.request(scene.cleo.address, question).then(() => 'taken', faultOf)
    }
  }

  it('takes nothing that its client did not sign, or for somebody else', async () => {
    scene = await createScene()
    const request = await overhear()
    const { authority, promise } = request
    const stranger = `0x${'77'.repeat(20)}` as const
    assert.equal(await askerAs(stranger)(watchToWire(request)), 'TOWER_REFUSED')
    await scene.bob.keeper.stop()
    const ask = askerAs(scene.bob.address)
    const later = { ...authority.message, validUntil: authority.message.validUntil + 1 }
    const outcomes = [
      watchToWire(request),
      watchToWire({ ...request, authority: { ...authority, message: later } }),
      watchToWire({
        ...request,
        promise: { ...promise, message: { ...promise.message, sent: 11n } },
      }),
      watchToWire({ ...request, params: { ...request.params, salt: 1n } }),
      [1],
    ].map(ask)
    assert.deepEqual(await Promise.all(outcomes), [
      'taken',
      'TOWER_REFUSED',
      'PROMISE_SIGNATURE',
      'TOWER_REFUSED',
      'MESSAGE_MALFORMED',
    ])
    assert.deepEqual(
      scene.cleo.keeper.towers().duties.map(({ sent }) => sent),
      ['10'],
    )
    await rest(scene)
  })

  it('watches no more than it can', async () => {
    scene = await createScene({ maxDutiesPerClient: 0 })
    const request = await overhear()
    await scene.bob.keeper.stop()
    assert.equal(await askerAs(scene.bob.address)(watchToWire(request)), 'TOWER_FULL')
  })
})
