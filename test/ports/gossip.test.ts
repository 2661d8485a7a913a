import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { GossipTopic } from '../../node/ports/index.ts'
import { accept, ignore, type PeerId, reject } from '../../protocols/common/index.ts'
import { until } from './libp2p-nodes.ts'
import { hasCode, type World, type WorldNode, worlds } from './network-worlds.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (data: Uint8Array) => new TextDecoder().decode(data)

for (const [name, createWorld] of worlds) {
  describe(`gossip ${name}`, function () {
    this.timeout(40_000)
    let world: World
    let alice: WorldNode
    let bob: WorldNode
    let carol: WorldNode
    const heard: { by: string; topic: GossipTopic; text: string; from: PeerId }[] = []
    const heardOf = (text: string) => heard.filter((message) => message.text === text)

    before(async () => {
      world = createWorld()
      alice = await world.join('alice')
      bob = await world.join('bob')
      carol = await world.join('carol')
      for (const [by, node] of Object.entries({ alice, bob, carol })) {
        node.gossip.subscribe('auctions', (data, from) => {
          heard.push({ by, topic: 'auctions', text: textOf(data), from })
          if (textOf(data).startsWith('broken')) throw new Error('A handler that fails')
          if (textOf(data).startsWith('late')) return ignore('LATE')
          return textOf(data).startsWith('bad') ? reject('BAD') : accept
        })
      }
      carol.gossip.subscribe('bids', (data, from) => {
        heard.push({ by: 'carol', topic: 'bids', text: textOf(data), from })
        return accept
      })
      await until('all to hear auctions', () =>
        [alice, bob, carol].every(({ gossip }) => gossip.listeners('auctions') === 2),
      )
      await until('carol to be known for bids', () => alice.gossip.listeners('bids') === 1)
    })
    after(() => world.close())

    it('reaches every listener but the author, once', async () => {
      const { recipients } = await alice.gossip.publish('auctions', bytes('one'))
      assert.ok(recipients >= 1)
      await alice.gossip.publish('auctions', bytes('one'))
      await until('both to hear', () => heardOf('one').length >= 2)
      await alice.gossip.publish('auctions', bytes('two'))
      await until('both to hear the next', () => heardOf('two').length >= 2)
      assert.deepEqual(
        heardOf('one')
          .map(({ by }) => by)
          .sort(),
        ['bob', 'carol'],
      )
    })

    it('says which peer it came from', () => {
      const peers = [alice, bob, carol].map(({ network }) => network.self().peerId)
      assert.ok(heard.length > 0 && heard.every(({ from }) => peers.includes(from)))
    })

    it('keeps topics apart', async () => {
      assert.deepEqual(await alice.gossip.publish('bids', bytes('a bid')), { recipients: 1 })
      await until('carol to hear', () => heardOf('a bid').length === 1)
      assert.deepEqual(
        heardOf('a bid').map(({ by, topic }) => [by, topic]),
        [['carol', 'bids']],
      )
    })

    it('tells that nobody listens', async () => {
      assert.equal(alice.gossip.listeners('awards'), 0)
      assert.deepEqual(await alice.gossip.publish('awards', bytes('x')), { recipients: 0 })
    })

    it('goes on after a handler ignored, rejected or failed', async () => {
      for (const text of ['late', 'bad', 'broken']) {
        await bob.gossip.publish('auctions', bytes(text))
        await until(`${text} to be judged`, () => heardOf(text).length >= 1)
      }
      await bob.gossip.publish('auctions', bytes('good again'))
      await until('both to hear', () => heardOf('good again').length === 2)
    })

    it('takes 2 KiB, and not one byte more', async () => {
      await alice.gossip.publish('auctions', new Uint8Array(2048).fill(65))
      await until('both to hear', () => heardOf('A'.repeat(2048)).length === 2)
      await assert.rejects(
        alice.gossip.publish('auctions', new Uint8Array(2049)),
        hasCode('MESSAGE_TOO_LARGE'),
      )
    })
  })
}
