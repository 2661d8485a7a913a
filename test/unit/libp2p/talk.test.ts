import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Dht } from '../../../node/adapters/libp2p/dht.ts'
import type { NetworkLimits } from '../../../node/adapters/libp2p/options.ts'
import { createPresence, type Presence } from '../../../node/adapters/libp2p/presence.ts'
import { createTalk, type TalkService } from '../../../node/adapters/libp2p/talk.ts'
import type { Remote, TalkRequest } from '../../../node/ports/index.ts'
import {
  type Address,
  Fault,
  type PeerBinding,
  type PeerId,
} from '../../../protocols/common/index.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { until } from '../../ports/libp2p-nodes.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { connect, createTestCore, disconnect, type TestCore } from './fake-host.ts'

const echo: TalkRequest = { protocol: '/souk/deal/1', type: 'echo', body: 'hello' }

type Talker = TalkService & {
  core: TestCore
  presence: Presence
  kept: PeerId[]
  records: Map<Address, PeerBinding>
  agent: Address
}

const createTalker = async (name: string, limits: Partial<NetworkLimits> = {}): Promise<Talker> => {
  const core = await createTestCore(name, { limits })
  const presence = createPresence(core)
  const kept: PeerId[] = []
  const records = new Map<Address, PeerBinding>()
  const dht: Dht = {
    findBinding: async (agent) => records.get(agent) ?? null,
    provide: () => {},
    withdraw: () => {},
    start: () => {},
  }
  const joining = {
    start: () => {},
    keep: (peer: PeerId) => void kept.push(peer),
    faultOf: () => null,
  }
  const service = createTalk(core, { dht, joining, presence })
  presence.start(core.host)
  await service.start(core.host)
  service.talk.serve('/souk/deal/1', 'echo', async (body) => body)
  service.talk.serve('/souk/channel/1', 'echo', async (body) => body)
  return { ...service, core, presence, kept, records, agent: core.deps.signer.address }
}

describe('talk between two hosts', () => {
  let alice: Talker
  let bob: Talker
  const met = (one: Talker, other: Talker) => () =>
    one.presence.peers().some(({ agent }) => agent === other.agent)
  const meet = async () => {
    connect(alice.core, bob.core)
    await until('them to meet', () => met(alice, bob)() && met(bob, alice)())
  }
  beforeEach(async () => {
    alice = await createTalker('alice')
    bob = await createTalker('bob')
  })
  afterEach(() => {
    for (const { stop, core } of [alice, bob]) {
      core.session.abort()
      stop()
    }
  })

  it('begins with both proving who they are, and is told to listeners and as an event', async () => {
    const seen: Remote[] = []
    alice.talk.onConnected((remote) => seen.push(remote))
    alice.talk.onConnected(() => {
      throw new Error('A listener that fails')
    })
    await meet()
    const remote = { agent: bob.agent, peerId: bob.core.peerId }
    assert.deepEqual(seen, [remote])
    assert.deepEqual(alice.core.events, [{ type: 'peer.connected', ...remote }])
    assert.ok(alice.core.log.messages().includes('connection listener failed'))
  })

  it('uses the stream that is there, whoever opened it', async () => {
    await meet()
    assert.equal(await bob.talk.request(alice.agent, echo), 'hello')
    assert.equal(await alice.talk.request(bob.agent, echo), 'hello')
  })

  it('opens another protocol when first needed, and holds on to who we talk money with', async () => {
    await meet()
    assert.deepEqual(alice.kept, [])
    const money = { ...echo, protocol: '/souk/channel/1' as const }
    assert.equal(await alice.talk.request(bob.agent, money), 'hello')
    assert.deepEqual([alice.kept, bob.kept], [[bob.core.peerId], []])
  })

  it('says that a request is unknown', async () => {
    await meet()
    const unknown = alice.talk.request(bob.agent, { ...echo, type: 'other' })
    await assert.rejects(unknown, hasCode('REQUEST_UNKNOWN'))
  })

  it('does not reach who is unknown, or known and away', async () => {
    await assert.rejects(alice.talk.request(bob.agent, echo), (error: Fault) => {
      assert.deepEqual([error.code, error.details.reason], ['PEER_UNREACHABLE', 'PEER_UNKNOWN'])
      return true
    })
    await meet()
    disconnect(alice.core, bob.core)
    alice.stop()
    await assert.rejects(alice.talk.request(bob.agent, echo), hasCode('PEER_UNREACHABLE'))
    assert.deepEqual(
      alice.core.events.map(({ type }) => type),
      ['peer.connected', 'peer.disconnected'],
    )
  })

  it('reaches who is known by record only', async () => {
    alice.core.host.links.set(bob.core.peerId, bob.core.host)
    const record = { agent: bob.agent, peerId: bob.core.peerId, seq: 1n, validUntil: 2 ** 32 }
    alice.records.set(bob.agent, record)
    assert.equal(await alice.talk.request(bob.agent, echo), 'hello')
  })

  it('does not take one agent for another whose record names the same peer', async () => {
    alice.core.host.links.set(bob.core.peerId, bob.core.host)
    const { address: carol } = createTestSigner('carol')
    alice.records.set(carol, {
      agent: carol,
      peerId: bob.core.peerId,
      seq: 1n,
      validUntil: 2 ** 32,
    })
    await assert.rejects(alice.talk.request(carol, echo), hasCode('PEER_UNREACHABLE'))
  })

  it('is refused by a node of another network, which is banned', async () => {
    bob.core.options.networkName = 'other'
    connect(alice.core, bob.core)
    await until(
      'both to ban',
      () => alice.core.gate.isBanned(bob.core.peerId) && bob.core.gate.isBanned(alice.core.peerId),
    )
    assert.deepEqual(alice.core.events, [])
    assert.deepEqual(alice.core.host.hungUp, [bob.core.peerId])
  })

  it('is not had with oneself', async () => {
    const twin = await createTalker('alice')
    alice.core.host.links.set(twin.core.peerId, twin.core.host)
    const binding = { agent: bob.agent, peerId: twin.core.peerId, seq: 1n, validUntil: 2 ** 32 }
    alice.records.set(bob.agent, binding)
    await assert.rejects(alice.talk.request(bob.agent, echo), hasCode('PEER_UNREACHABLE'))
    twin.stop()
  })

  it('stops when told to, on the way there too', async () => {
    const request = alice.talk.request(bob.agent, echo, { signal: AbortSignal.abort() })
    await assert.rejects(request, hasCode('REQUEST_CANCELLED'))
    const giveUp = new AbortController()
    alice.core.host.links.set(bob.core.peerId, bob.core.host)
    alice.core.host.dialProtocol = () => new Promise(() => {})
    alice.records.set(bob.agent, {
      agent: bob.agent,
      peerId: bob.core.peerId,
      seq: 1n,
      validUntil: 0,
    })
    const onTheWay = alice.talk.request(bob.agent, echo, { signal: giveUp.signal })
    giveUp.abort()
    await assert.rejects(onTheWay, hasCode('REQUEST_CANCELLED'))
    const late = alice.talk.request(bob.agent, echo, { timeoutMs: 5 })
    await assert.rejects(late, hasCode('PEER_UNREACHABLE'))
  })

  it('limits what one peer may ask, and all together, without blaming the one for the many', async () => {
    bob = await createTalker('bob', { requestsInAll: { perSecond: 1, burst: 3 } })
    await meet()
    const asked = await Promise.allSettled(
      Array.from({ length: 6 }, () => alice.talk.request(bob.agent, echo)),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 3)
    assert.equal(bob.core.gate.isBanned(alice.core.peerId), false)
  })

  it('replaces an older stream from the same peer', async () => {
    await meet()
    const another = await alice.core.host.dialProtocol(bob.core.host.peerId, '/souk/deal/1')
    await until('the older one to be gone', () =>
      alice.talk.request(bob.agent, echo).then(
        () => another.status !== 'open',
        () => false,
      ),
    )
  })

  it('ends with the node', async () => {
    await meet()
    const left: Remote[] = []
    const unsubscribe = alice.talk.onDisconnected((remote) => left.push(remote))
    alice.presence.stop()
    unsubscribe()
    assert.deepEqual(left, [{ agent: bob.agent, peerId: bob.core.peerId }])
    alice.stop()
    bob.talk.serve('/souk/deal/1', 'echo', async () => new Fault('X', '').code)
    assert.equal(await alice.talk.request(bob.agent, echo), 'X')
  })
})
