import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { after, before, beforeEach, describe, it } from 'mocha'
import type { TalkRequest } from '../../node/ports/index.ts'
import { accept, faultCode, reject } from '../../protocols/common/index.ts'
import {
  createFrameReader,
  type Frame,
  prefixFrame,
  readFrame,
  writeFrame,
} from '../../protocols/network/index.ts'
import { createNodes, type Nodes, type TestNode, until } from './libp2p-nodes.ts'

const echo: TalkRequest = { protocol: '/souk/deal/1', type: 'echo', body: 'hello' }
const bytes = (text: string) => new TextEncoder().encode(text)

/** A peer that speaks libp2p, and beyond that says whatever it likes. */
const createStranger = async (): Promise<Libp2p> =>
  createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [tls()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  })

const isOver = (stream: Stream) => () => ['aborted', 'reset', 'closed'].includes(stream.status)
const framesOf = (stream: Stream): Frame[] => {
  const frames: Frame[] = []
  const reader = createFrameReader()
  stream.addEventListener('message', ({ data }) => {
    for (const frame of reader.read(data.subarray())) frames.push(readFrame(frame) as Frame)
  })
  return frames
}

describe('a node among peers that break the rules', function () {
  this.timeout(40_000)
  let nodes: Nodes
  let victim: TestNode
  let friend: TestNode
  let stranger: Libp2p
  const strangers: Libp2p[] = []
  let handled = 0
  const heard: string[] = []

  const open = (protocol: string) => stranger.dialProtocol(multiaddr(victim.address()), protocol)
  const isGone = (peer: string) => () =>
    !victim.network.peers().some(({ peerId }) => peerId === peer)
  const stillServes = async () =>
    assert.equal(await friend.talk.request(victim.agent, echo), 'hello')

  before(async () => {
    nodes = createNodes()
    const limits = {
      helloTimeoutMs: 300,
      requestsPerPeer: { perSecond: 20, burst: 40 },
      gossip: { perSecond: 20, burst: 60 },
    }
    victim = await nodes.start('victim', [], { limits })
    friend = await nodes.start('friend', [victim])
    victim.talk.serve('/souk/deal/1', 'echo', async (body) => {
      handled += 1
      return body
    })
    for (const node of [victim, friend]) {
      node.gossip.subscribe('auctions', (data) => {
        const text = new TextDecoder().decode(data)
        if (node === victim) heard.push(text)
        return text.startsWith('honest') ? accept : reject('BAD')
      })
    }
    await until('the two to meet', () => friend.network.peers()[0]?.agent === victim.agent)
  })
  beforeEach(async () => {
    stranger = await createStranger()
    strangers.push(stranger)
  })
  after(async () => {
    await Promise.all(strangers.map((node) => node.stop()))
    await nodes.removeAll()
  })

  describe('on a stream', () => {
    const openings: [what: string, opening: () => Uint8Array][] = [
      ['a frame of 10 MB', () => new Uint8Array([0x80, 0x80, 0x80, 0x05])],
      ['an endless length', () => new Uint8Array(16).fill(0xff)],
      ['noise', () => randomBytes(4_000)],
      ['a frame that is no CBOR', () => prefixFrame(new Uint8Array([0xff, 0xff, 0xff]))],
      ['deep nesting', () => prefixFrame(new Uint8Array(60_000).fill(0x81))],
      [
        'a request before any hello',
        () => writeFrame({ kind: 'request', id: 1, type: 'echo', body: 1 }),
      ],
      [
        'a hello without a binding',
        () =>
          writeFrame({
            kind: 'hello',
            version: 1,
            network: 'test',
            envelope: new Uint8Array(9),
            maxInFlight: 9,
          }),
      ],
      [
        'a hello of another version',
        () =>
          writeFrame({
            kind: 'hello',
            version: 2,
            network: 'test',
            envelope: new Uint8Array(9),
            maxInFlight: 9,
          }),
      ],
      [
        'a hello of another network',
        () =>
          writeFrame({
            kind: 'hello',
            version: 1,
            network: 'other',
            envelope: new Uint8Array(9),
            maxInFlight: 9,
          }),
      ],
    ]
    for (const [what, opening] of openings) {
      it(`is cut off for ${what}`, async () => {
        handled = 0
        const stream = await open('/souk/deal/1')
        stream.send(opening())
        await until('the stream to be cut', isOver(stream))
        assert.equal(handled, 0)
      })
    }

    it('is cut off for silence', async () => {
      const stream = await open('/souk/deal/1')
      await until('the stream to be cut', isOver(stream), 3_000)
    })

    it('is cut off for a hello that comes a byte at a time', async () => {
      const stream = await open('/souk/deal/1')
      const drip = setInterval(() => {
        if (stream.status === 'open') stream.send(new Uint8Array([0x80]).fill(0x20))
      }, 30)
      stream.send(new Uint8Array([0x80, 0x10]))
      await until('the stream to be cut', isOver(stream), 3_000).finally(() => clearInterval(drip))
    })

    it('is banned for the hello of someone else', async () => {
      // What a node says to one peer is of no use to another.
      const seen = framesOf(await open('/souk/deal/1'))
      await until('the hello of the victim', () => seen.length > 0)
      const impostor = await open('/souk/channel/1')
      impostor.send(writeFrame(seen[0] as Frame))
      await until('the impostor to be gone', isGone(stranger.peerId.toString()))
      await assert.rejects(open('/souk/deal/1'))
    })

    it('leaves everyone else served', stillServes)
  })

  it('answers a flood of requests up to the limit and refuses the rest', async () => {
    const flooder = await nodes.start('flooder', [victim])
    await until('the flooder to be known', () =>
      flooder.network.peers().some(({ agent }) => agent === victim.agent),
    )
    handled = 0
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, () => flooder.talk.request(victim.agent, echo)),
    )
    const refused = outcomes.filter(
      (outcome) =>
        outcome.status === 'rejected' && faultCode(outcome.reason) === 'TOO_MANY_REQUESTS',
    )
    assert.equal(refused.length + handled, 500)
    assert.ok(handled < 100, `${handled} were handled`)
    await stillServes()
  })

  it('hears a replayed message once, and bans who sends broken ones', async () => {
    const liar = await nodes.start('liar', [victim])
    await until('the link to carry gossip', () => liar.gossip.listeners('auctions') === 2)
    await until('it to carry both ways', () => victim.gossip.listeners('auctions') >= 1)
    for (let copy = 0; copy < 5; copy += 1) await liar.gossip.publish('auctions', bytes('honest 1'))
    await until('the message', () => heard.includes('honest 1'))
    for (let index = 0; index < 20; index += 1) {
      await liar.gossip.publish('auctions', bytes(`corrupted ${index}`))
    }
    await until('the liar to be gone', isGone(liar.network.self().peerId))
    assert.equal(heard.filter((text) => text === 'honest 1').length, 1)
    await friend.gossip.publish('auctions', bytes('honest 2'))
    await until('honest gossip to go on', () => heard.includes('honest 2'))
  })

  it('has nothing to do with a node of another network', async () => {
    const foreigner = await nodes.start('foreigner', [victim], { networkName: 'other' })
    await until('the foreigner to be gone', () => foreigner.network.peers().length === 0)
    assert.ok(isGone(foreigner.network.self().peerId)())
    assert.deepEqual(foreigner.events, [])
  })
})
