import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createNodes, type Nodes, type TestNode, until } from './libp2p-nodes.ts'

const knows = (node: TestNode, other: TestNode) => () =>
  node.network.peers().some(({ agent }) => agent === other.agent)

describe('an agent that listens nowhere', function () {
  this.timeout(60_000)
  let nodes: Nodes
  beforeEach(() => {
    nodes = createNodes()
  })
  afterEach(() => nodes.removeAll())

  const hidden = async (relay: TestNode) => {
    const node = await nodes.start('hidden', [relay], { listen: [], relays: [relay.address()] })
    node.talk.serve('/souk/deal/1', 'echo', async (body) => body)
    await until('a place at the relay', () =>
      node.network.self().addresses.some((address) => address.includes('/p2p-circuit')),
    )
    return node
  }

  it('is reached through a relay, talks, and hands over content', async () => {
    const relay = await nodes.start('relay', [], { serveRelay: true })
    const node = await hidden(relay)
    const address = node.network.self().addresses[0] as string
    const buyer = await nodes.start('buyer', [], { listen: [], bootstrap: [address] })
    await until('them to meet', knows(buyer, node))
    const seen = buyer.network.peers().find(({ agent }) => agent === node.agent)
    assert.ok(seen?.addresses.every((own) => own.includes('/p2p-circuit')))
    const sight = node.network.sight()
    assert.deepEqual(sight.relays, [relay.network.self().peerId])
    assert.deepEqual(sight.listening, [])
    assert.deepEqual(sight.bootstrap[0]?.isConnected, true)
    assert.ok(sight.peers > 0 && sight.dhtPeers > 0)
    const request = { protocol: '/souk/deal/1', type: 'echo', body: 'hello' } as const
    assert.equal(await buyer.talk.request(node.agent, request), 'hello')
    const bytes = new Uint8Array(700_000).map((_, at) => at * 7)
    const cid = await node.content.put(bytes)
    const options = { from: [node.agent], maxBytes: bytes.length }
    assert.equal(Buffer.compare(await buyer.content.get(cid, options), bytes), 0)
  })

  it('dials those itself that it was reached by and that can be dialled', async () => {
    const relay = await nodes.start('relay', [], { serveRelay: true })
    const node = await hidden(relay)
    const buyer = await nodes.start('buyer', [], { bootstrap: [node.address()] })
    await until('a direct connection', () =>
      buyer.network
        .peers()
        .some(
          ({ agent, addresses }) =>
            agent === node.agent && addresses.some((address) => !address.includes('p2p-circuit')),
        ),
    )
  })

  it('waits for a relay that is away', async () => {
    const relay = await nodes.make('relay', { serveRelay: true })
    await relay.network.start()
    const address = relay.address()
    await relay.network.stop()
    const node = await nodes.start('hidden', [], { listen: [], relays: [address] })
    assert.deepEqual(node.network.self().addresses, [])
    const port = /tcp\/(\d+)/.exec(address)?.[1]
    const again = await nodes.make('relay', {
      serveRelay: true,
      listen: [`/ip4/127.0.0.1/tcp/${port}`],
    })
    await again.network.start()
    await until('a place at the relay', () => node.network.self().addresses.length > 0)
  })
})

describe('nodes that know only a third one', function () {
  this.timeout(60_000)
  let nodes: Nodes
  beforeEach(() => {
    nodes = createNodes()
  })
  afterEach(() => nodes.removeAll())

  it('meet at the rendezvous of their market', async () => {
    const hub = await nodes.start('hub')
    const [alice, bob] = [await nodes.start('alice', [hub]), await nodes.start('bob', [hub])]
    await until('them to meet', knows(alice, bob), 30_000)
  })

  it('find back without it, by the peers they kept on disk', async () => {
    const hub = await nodes.start('hub')
    const alice = await nodes.start('alice', [hub])
    const bob = await nodes.start('bob', [hub])
    await until('them to meet', knows(alice, bob), 30_000)
    await hub.network.stop()
    await alice.network.stop()
    const again = await nodes.make('alice', {})
    await again.network.start()
    await until('alice to find bob', knows(again, bob), 30_000)
  })
})
