import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import type { Remote, TalkRequest } from '../../node/ports/index.ts'
import { type CborValue, Fault } from '../../protocols/common/index.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { until } from './libp2p-nodes.ts'
import { hasCode, type World, type WorldNode, worlds } from './network-worlds.ts'

const deal = (type: string, body: CborValue = null): TalkRequest => ({
  protocol: '/souk/deal/1',
  type,
  body,
})
const never = new Promise<never>(() => {})

for (const [name, createWorld] of worlds) {
  describe(`talk ${name}`, function () {
    this.timeout(40_000)
    let world: World
    let alice: WorldNode
    let bob: WorldNode
    const askers: Remote[] = []
    const asked: string[] = []

    before(async () => {
      world = createWorld()
      alice = await world.join('alice')
      bob = await world.join('bob')
      bob.talk.serve('/souk/deal/1', 'echo', async (body, from) => {
        askers.push(from)
        return body
      })
      bob.talk.serve('/souk/channel/1', 'echo', async () => 'over the other protocol')
      bob.talk.serve('/souk/deal/1', 'refuse', async () => {
        throw new Fault('PRICE_TOO_LOW', 'Not for this price', { secret: 'kept' })
      })
      bob.talk.serve('/souk/deal/1', 'fail', async () => {
        throw new Error('a secret of bob')
      })
      bob.talk.serve('/souk/deal/1', 'huge', async () => new Uint8Array(70_000))
      bob.talk.serve('/souk/deal/1', 'never', async () => {
        asked.push('never')
        return never
      })
    })
    after(() => world.close())

    it('answers with what the handler gives, and tells the handler who asks', async () => {
      const body = [1, 'two', new Uint8Array([3]), null, true, 12345678901234567890n]
      assert.deepEqual(await alice.talk.request(bob.agent, deal('echo', body)), body)
      assert.deepEqual(askers, [{ agent: alice.agent, peerId: alice.network.self().peerId }])
    })

    it('keeps many requests at a time apart', async () => {
      const bodies = Array.from({ length: 300 }, (_, index) => index)
      const answers = await Promise.all(
        bodies.map((body) => alice.talk.request(bob.agent, deal('echo', body))),
      )
      assert.deepEqual(answers, bodies)
    })

    it('keeps protocols apart', async () => {
      const request = { ...deal('echo'), protocol: '/souk/channel/1' as const }
      assert.equal(await alice.talk.request(bob.agent, request), 'over the other protocol')
    })

    it('carries a fault by code and message, and nothing of its details', async () => {
      await assert.rejects(alice.talk.request(bob.agent, deal('refuse')), (error: Fault) => {
        assert.equal(error.code, 'PRICE_TOO_LOW')
        assert.equal(error.message, 'Not for this price')
        assert.deepEqual(error.details, { remote: true })
        return true
      })
    })

    it('tells nothing of an error that is no fault', async () => {
      await assert.rejects(alice.talk.request(bob.agent, deal('fail')), (error: Fault) => {
        assert.equal(error.code, 'INTERNAL')
        assert.doesNotMatch(error.message, /secret/)
        return true
      })
    })

    it('says so where nobody serves a request', async () => {
      await assert.rejects(
        alice.talk.request(bob.agent, deal('unheard-of')),
        hasCode('REQUEST_UNKNOWN'),
      )
    })

    it('refuses to send or to answer with more than a frame holds', async () => {
      const request = deal('echo', new Uint8Array(70_000))
      await assert.rejects(alice.talk.request(bob.agent, request), hasCode('FRAME_TOO_LARGE'))
      await assert.rejects(alice.talk.request(bob.agent, deal('huge')), hasCode('FRAME_TOO_LARGE'))
      assert.equal(await alice.talk.request(bob.agent, deal('echo', 'still here')), 'still here')
    })

    it('gives up after the time allowed, and when told to', async () => {
      await assert.rejects(
        alice.talk.request(bob.agent, deal('never'), { timeoutMs: 50 }),
        hasCode('REQUEST_TIMEOUT'),
      )
      const giveUp = new AbortController()
      const request = alice.talk.request(bob.agent, deal('never'), { signal: giveUp.signal })
      giveUp.abort()
      await assert.rejects(request, hasCode('REQUEST_CANCELLED'))
      await assert.rejects(
        alice.talk.request(bob.agent, deal('never'), { signal: giveUp.signal }),
        hasCode('REQUEST_CANCELLED'),
      )
    })

    it('cannot reach an agent that nobody knows', async () => {
      const { address } = createTestSigner('nobody')
      await assert.rejects(
        alice.talk.request(address, deal('echo'), { timeoutMs: 8_000 }),
        hasCode('PEER_UNREACHABLE'),
      )
    })

    describe('when the other side goes and comes back', () => {
      const seen: string[] = []
      before(async () => {
        alice.talk.onConnected(({ agent }) => seen.push(`+${agent}`))
        alice.talk.onDisconnected(({ agent }) => seen.push(`-${agent}`))
        // Who listens late is told of those already there.
        await until('alice to be told of bob', () => seen.length > 0)
        asked.length = 0
        const open = alice.talk.request(bob.agent, deal('never'))
        const lost = assert.rejects(open, hasCode('PEER_UNREACHABLE'))
        await until('bob to be asked', () => asked.length > 0)
        await bob.leave()
        await lost
      })

      it('fails requests while it is away', async () => {
        await assert.rejects(
          alice.talk.request(bob.agent, deal('echo'), { timeoutMs: 6_000 }),
          hasCode('PEER_UNREACHABLE'),
        )
      })

      it('works again afterwards, and listeners saw each change', async () => {
        await bob.comeBack()
        assert.equal(await alice.talk.request(bob.agent, deal('echo', 'again')), 'again')
        await until('alice to see bob', () => seen.length >= 3)
        assert.deepEqual(seen, [`+${bob.agent}`, `-${bob.agent}`, `+${bob.agent}`])
      })

      it('tells a listener nothing more once it unsubscribed', async () => {
        const late: string[] = []
        alice.talk.onConnected(({ agent }) => late.push(agent))()
        await alice.talk.request(bob.agent, deal('echo'))
        assert.deepEqual(late, [])
      })
    })
  })
}
