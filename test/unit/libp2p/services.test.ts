import assert from 'node:assert/strict'
import { type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { banPeer, repeat } from '../../../node/adapters/libp2p/core.ts'
import { createGossip } from '../../../node/adapters/libp2p/gossip.ts'
import { createJoining } from '../../../node/adapters/libp2p/joining.ts'
import { accept, ignore, reject } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { until } from '../../ports/libp2p-nodes.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { createTestCore, discover, type TestCore } from './fake-host.ts'

describe('gossip on a host', () => {
  let core: TestCore
  const validators = new Map<
    string,
    (from: unknown, message: Message) => Promise<TopicValidatorResult>
  >()
  const published: string[] = []
  const judge = (size: number, from = 'peer') =>
    validators.get('/souk/1/test/bids')?.(from, { data: new Uint8Array(size) } as Message)
  beforeEach(async () => {
    core = await createTestCore('alice', { limits: { gossip: { perSecond: 1, burst: 5 } } })
    const pubsub = {
      topicValidators: validators,
      subscribe: () => {},
      publish: async (topic: string) => {
        published.push(topic)
        return { recipients: ['one', 'two'] }
      },
      getSubscribers: () => ['one'],
    }
    Object.assign(core.host, { services: { pubsub } })
  })
  const { Accept, Ignore, Reject } = TopicValidatorResult

  it('gives the handler what is in size and rate, and passes its verdict on', async () => {
    const { gossip } = createGossip(core)
    const verdicts = [accept, ignore('LATE'), reject('BAD')]
    gossip.subscribe('bids', (data) => verdicts[data.length] ?? accept)
    assert.deepEqual([await judge(0), await judge(1), await judge(2)], [Accept, Ignore, Reject])
    assert.equal(await judge(2_049), Reject)
    assert.equal(await judge(0), Accept)
    assert.equal(await judge(0), Ignore)
    assert.equal(await judge(0, 'another'), Accept)
  })

  it('bans who floods', async () => {
    const { gossip, start } = createGossip(core)
    gossip.subscribe('bids', () => accept)
    start(core.host)
    for (let index = 0; index < 406; index += 1) await judge(0)
    assert.equal(core.gate.isBanned('peer'), true)
  })

  it('blames nobody for a handler that fails', async () => {
    const { gossip } = createGossip(core)
    gossip.subscribe('bids', async () => {
      throw new Error('bug')
    })
    assert.equal(await judge(0), Ignore)
    assert.ok(core.log.messages().includes('gossip handler failed'))
  })

  it('publishes under the name of the network, and counts who listens', async () => {
    const { gossip } = createGossip(core)
    assert.deepEqual(await gossip.publish('awards', new Uint8Array(9)), { recipients: 2 })
    assert.deepEqual(published, ['/souk/1/test/awards'])
    assert.equal(gossip.listeners('awards'), 1)
    await assert.rejects(
      gossip.publish('awards', new Uint8Array(2_049)),
      hasCode('MESSAGE_TOO_LARGE'),
    )
  })
})

describe('joining a network', () => {
  let core: TestCore
  beforeEach(async () => {
    core = await createTestCore('alice')
  })
  afterEach(() => core.session.abort())

  it('dials who is discovered, once, and not who is connected', async () => {
    const [bob, carol] = [await createTestCore('bob'), await createTestCore('carol')]
    createJoining(core).start(core.host)
    core.host.links.set(carol.peerId, carol.host)
    discover(core, bob.host.peerId)
    discover(core, bob.host.peerId)
    discover(core, carol.host.peerId)
    await settle()
    assert.deepEqual(core.host.dialled, [bob.peerId])
    assert.ok(core.log.messages().includes('discovered peer not reached'))
  })

  it('stops dialling when it has enough', async () => {
    const [bob, carol] = [await createTestCore('bob'), await createTestCore('carol')]
    core.limits.maxConnections = 2
    createJoining(core).start(core.host)
    core.host.links.set(carol.peerId, carol.host)
    discover(core, bob.host.peerId)
    await settle()
    assert.deepEqual(core.host.dialled, [])
  })

  it('holds on to a peer once, connected or not', async () => {
    const tags: string[] = []
    Object.assign(core.host, {
      peerStore: {
        merge: async (_: unknown, { tags: added }: { tags: object }) => {
          tags.push(...Object.keys(added))
        },
      },
    })
    const joining = createJoining(core)
    joining.keep((await createTestCore('bob')).peerId)
    joining.keep((await createTestCore('bob')).peerId)
    assert.deepEqual(tags, ['keep-alive-channel'])
  })
})

describe('the shared part of a node', () => {
  it('closes the connection of who is banned', async () => {
    const [core, bob] = [await createTestCore('alice'), await createTestCore('bob')]
    core.host.links.set(bob.peerId, bob.host)
    banPeer(core, bob.peerId, { code: 'WHY', forMs: 5 })
    assert.deepEqual(core.host.hungUp, [bob.peerId])
    assert.deepEqual(core.log.lines[0]?.fields, { peer: bob.peerId, code: 'WHY', forMs: 5 })
  })

  it('repeats work one at a time until the node stops, whatever fails', async () => {
    const core = await createTestCore('alice')
    let runs = 0
    repeat(core, 1, async () => {
      runs += 1
      if (runs === 1) throw new Error('once')
      if (runs === 2) await until('the next turns', () => true)
      if (runs === 3) core.session.abort()
    })
    await until('three runs', () => runs === 3)
    assert.ok(core.log.messages().includes('network upkeep failed'))
  })
})
