import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { peerIdOfSeed } from '../../node/adapters/libp2p/index.ts'
import type { TalkRequest } from '../../node/ports/index.ts'
import type { Fault } from '../../protocols/common/index.ts'
import { createNodes, type Nodes, type TestNode, testSeed, until } from './libp2p-nodes.ts'
import { hasCode } from './network-worlds.ts'

const echo: TalkRequest = { protocol: '/souk/deal/1', type: 'echo', body: 'hello' }
const knows = (node: TestNode, other: TestNode) => () =>
  node.network.peers().some(({ agent }) => agent === other.agent)

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A free port that stays free: the system hands out those from 32768 on to connections. */
const lastingPort = async (): Promise<number> => {
  let port = 20_000 + (process.pid % 10_000)
  while (!(await isFree(port))) port += 1
  return port
}

describe('a network node', function () {
  this.timeout(40_000)
  let nodes: Nodes
  let blocker: Server | null = null
  beforeEach(() => {
    nodes = createNodes()
  })
  afterEach(async () => {
    await nodes.removeAll()
    blocker?.close()
    blocker = null
  })

  it('says who it is before it starts, and where once it has', async () => {
    const node = await nodes.make('alice')
    const peerId = await peerIdOfSeed(testSeed('alice'))
    assert.deepEqual(node.network.self(), { peerId, addresses: [] })
    assert.deepEqual(node.network.peers(), [])
    await node.network.start()
    assert.match(node.address(), new RegExp(`^/ip4/127.0.0.1/tcp/\\d+/p2p/${peerId}$`))
  })

  it('reaches nobody before it starts', async () => {
    const node = await nodes.make('alice')
    await assert.rejects(
      node.talk.request(`0x${'11'.repeat(20)}`, echo),
      hasCode('PEER_UNREACHABLE'),
    )
    await assert.rejects(
      node.gossip.publish('bids', new Uint8Array(1)),
      hasCode('PEER_UNREACHABLE'),
    )
    assert.equal(node.gossip.listeners('bids'), 0)
    const cid = await node.content.put(new Uint8Array(3))
    assert.equal((await node.content.get(cid, { maxBytes: 3 })).length, 3)
  })

  it('starts and stops as often as it is told, and twice is once', async () => {
    const node = await nodes.make('alice')
    await Promise.all([node.network.start(), node.network.start()])
    await node.network.stop()
    await node.network.stop()
    assert.deepEqual(node.network.self().addresses, [])
    await node.network.start()
    assert.equal(node.network.self().addresses.length, 1)
  })

  it('says so when its port is taken, and leaves nothing behind', async () => {
    const server = createServer()
    blocker = server
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as { port: number }
    const node = await nodes.make('alice', { listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await assert.rejects(node.network.start(), (error: Fault) => {
      assert.equal(error.code, 'PORT_TAKEN')
      assert.deepEqual(error.details.listen, [`/ip4/127.0.0.1/tcp/${port}`])
      return true
    })
    await new Promise((resolve) => server.close(resolve))
    await node.network.start()
    assert.equal(node.network.self().addresses.length, 1)
  })

  it('does not start with an address that is none, or on a peer store in use', async () => {
    const wrong = await nodes.make('alice', { bootstrap: ['localhost:4001'] })
    await assert.rejects(wrong.network.start(), hasCode('ADDRESS_INVALID'))
    await nodes.start('alice')
    const second = await nodes.make('alice')
    await assert.rejects(second.network.start(), hasCode('DATASTORE_UNAVAILABLE'))
  })

  it('tells of peers that come and go', async () => {
    const alice = await nodes.start('alice')
    const bob = await nodes.start('bob', [alice])
    await until('them to meet', () => knows(alice, bob)() && knows(bob, alice)())
    const [peer] = alice.network.peers()
    assert.equal(peer?.peerId, bob.network.self().peerId)
    assert.match(peer?.addresses[0] ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\//)
    await bob.network.stop()
    await until('alice to notice', () => alice.network.peers().length === 0)
    const remote = { agent: bob.agent, peerId: bob.network.self().peerId }
    assert.deepEqual(alice.events, [
      { type: 'peer.connected', ...remote },
      { type: 'peer.disconnected', ...remote },
    ])
  })

  it('joins through a node that starts later', async () => {
    const listen = [`/ip4/127.0.0.1/tcp/${await lastingPort()}`]
    const late = await nodes.make('late', { listen })
    await late.network.start()
    const address = late.address()
    await late.network.stop()
    const early = await nodes.make('early', { bootstrap: [address] })
    await early.network.start()
    const again = await nodes.make('late', { listen })
    await again.network.start()
    await until('them to meet', knows(early, again))
  })

  it('finds an agent it never met by its record, and dials it', async () => {
    const hub = await nodes.start('hub')
    const limits = { maxConnections: 2 }
    const bob = await nodes.start('bob', [hub], { limits })
    bob.talk.serve('/souk/deal/1', 'echo', async (body) => body)
    await until('bob to be known', knows(hub, bob))
    const carol = await nodes.start('carol', [hub], { limits })
    await until('carol to reach bob', () =>
      carol.talk.request(bob.agent, echo, { timeoutMs: 5_000 }).then(
        (answer) => answer === 'hello',
        () => false,
      ),
    )
  })

  it('follows an agent that moved to another peer id', async () => {
    const alice = await nodes.start('alice')
    const old = await nodes.start('bob', [alice])
    await until('them to meet', knows(alice, old))
    await old.network.stop()
    const bob = await nodes.make('bob', { seed: testSeed('new bob'), bootstrap: [alice.address()] })
    bob.talk.serve('/souk/deal/1', 'echo', async (body) => body)
    await bob.network.start()
    await until('them to meet again', knows(alice, bob))
    assert.notEqual(bob.network.self().peerId, old.network.self().peerId)
    assert.equal(await alice.talk.request(bob.agent, echo), 'hello')
  })

  it('goes back to those it talks money with, and to those it is told to hold on to', async () => {
    const alice = await nodes.start('alice')
    const bob = await nodes.start('bob', [alice])
    const carol = await nodes.start('carol', [alice])
    bob.talk.serve('/souk/channel/1', 'echo', async (body) => body)
    await until('them to meet', () => knows(alice, bob)() && knows(alice, carol)())
    await alice.talk.request(bob.agent, { ...echo, protocol: '/souk/channel/1' })
    alice.keep(carol.agent)
    alice.keep(`0x${'22'.repeat(20)}`)
    const places = [bob, carol].map((node) => [
      `/ip4${node.address().split('/ip4')[1]?.split('/p2p')[0]}`,
    ])
    await Promise.all([bob.network.stop(), carol.network.stop()])
    await until('alice to be alone', () => alice.network.peers().length === 0)
    const again = await Promise.all(
      ['bob', 'carol'].map((name, index) => nodes.make(name, { listen: places[index] ?? [] })),
    )
    for (const node of again) await node.network.start()
    await until('them to meet again', () => again.every((node) => knows(alice, node)()))
  })
})
