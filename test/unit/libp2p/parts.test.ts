import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createBoundedMap } from '../../../node/adapters/libp2p/bounded-map.ts'
import { createDirectory } from '../../../node/adapters/libp2p/directory.ts'
import { createGate } from '../../../node/adapters/libp2p/gate.ts'
import { gossipSettings, topicName } from '../../../node/adapters/libp2p/gossip-settings.ts'
import { createTokenBuckets } from '../../../node/adapters/libp2p/token-bucket.ts'
import { createDeafnessCount } from '../../../node/adapters/libp2p/watch.ts'
import type { PeerBinding } from '../../../protocols/common/index.ts'

describe('a bounded map', () => {
  it('forgets what was untouched for longest', () => {
    const map = createBoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2])
    map.delete('a')
    assert.equal(map.size, 1)
  })
})

describe('token buckets', () => {
  const take = (buckets: ReturnType<typeof createTokenBuckets>, times: number, nowMs: number) =>
    Array.from({ length: times }, () => buckets.take('peer', nowMs))

  it('give the burst at once, then count refusals in a row', () => {
    const buckets = createTokenBuckets({ perSecond: 10, burst: 3 })
    assert.deepEqual(take(buckets, 6, 0), [0, 0, 0, 1, 2, 3])
  })
  it('fill again with time, never above the burst', () => {
    const buckets = createTokenBuckets({ perSecond: 10, burst: 3 })
    take(buckets, 5, 0)
    assert.deepEqual(take(buckets, 2, 100), [0, 1])
    assert.deepEqual(take(buckets, 4, 60_000), [0, 0, 0, 1])
  })
  it('take a clock that goes back for one that stands still', () => {
    const buckets = createTokenBuckets({ perSecond: 10, burst: 1 })
    assert.deepEqual([buckets.take('peer', 1_000), buckets.take('peer', 0)], [0, 1])
  })
  it('keep peers apart', () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 })
    assert.deepEqual([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)], [0, 0, 1])
  })
})

describe('the gate', () => {
  it('refuses a banned peer until the ban ends', () => {
    let nowMs = 0
    const gate = createGate(() => nowMs)
    const peer = { toString: () => 'peer' } as never
    assert.equal(gate.gater.denyDialPeer?.(peer), false)
    gate.ban('peer', 100)
    assert.equal(gate.gater.denyDialPeer?.(peer), true)
    assert.equal(gate.gater.denyInboundEncryptedConnection?.(peer, {} as never), true)
    nowMs = 100
    assert.equal(gate.gater.denyDialPeer?.(peer), false)
  })
})

describe('the directory', () => {
  const binding = (changes: Partial<PeerBinding>): PeerBinding => ({
    agent: '0xaa',
    peerId: 'one',
    seq: 1n,
    validUntil: 0,
    ...changes,
  })

  it('knows agents by peer and peers by agent', () => {
    const directory = createDirectory()
    directory.learn(binding({}))
    assert.deepEqual(directory.bindingOf('0xaa'), binding({}))
    assert.equal(directory.agentOf('one'), '0xaa')
    assert.equal(directory.agentOf('two'), null)
    assert.equal(directory.bindingOf('0xbb'), null)
  })
  it('follows an agent to another peer, and never back', () => {
    const directory = createDirectory()
    directory.learn(binding({}))
    directory.learn(binding({ peerId: 'two', seq: 2n }))
    assert.equal(directory.agentOf('one'), null)
    directory.learn(binding({}))
    assert.equal(directory.bindingOf('0xaa')?.peerId, 'two')
  })
})

describe('the gossip settings', () => {
  const settings = gossipSettings({ network: 'n', isLoopback: true, penaltyOf: () => 0 })
  const message = (topic: string, text: string) =>
    ({ type: 'unsigned', topic, data: new TextEncoder().encode(text) }) as const

  it('name topics by network', () => {
    assert.deepEqual(settings.allowedTopics, [
      '/souk/1/n/auctions',
      '/souk/1/n/bids',
      '/souk/1/n/awards',
      '/souk/1/n/complaints',
    ])
  })
  it('tell messages apart by topic and bytes', async () => {
    const ids = [message('a', 'bc'), message('a', 'bd'), message('ab', 'c')].map((one) =>
      Buffer.from(settings.msgIdFn?.(one) as Uint8Array).toString('hex'),
    )
    assert.equal(new Set(ids).size, 3)
    const fast = [message('a', 'bc'), message('a', 'bd'), message('ab', 'c')].map((one) =>
      settings.fastMsgIdFn?.(one),
    )
    assert.equal(new Set(fast).size, 3)
    assert.equal(
      settings.fastMsgIdFn?.({} as never),
      settings.fastMsgIdFn?.({ topic: '', data: new Uint8Array() } as never),
    )
  })
  it('punish broken messages on every topic, and crowded addresses outside tests only', () => {
    for (const topic of ['auctions', 'bids', 'awards'] as const) {
      const score = settings.scoreParams?.topics?.[topicName('n', topic)]
      assert.ok((score?.invalidMessageDeliveriesWeight ?? 0) < 0)
      assert.equal(score?.meshMessageDeliveriesWeight, 0)
    }
    assert.equal(settings.scoreParams?.IPColocationFactorWeight, 0)
    const real = gossipSettings({ network: 'n', isLoopback: false, penaltyOf: () => 0 })
    assert.equal(real.scoreParams?.IPColocationFactorWeight, -5)
  })
})

describe('the count of deaf links', () => {
  it('names a peer once it was deaf eight times in a row', () => {
    const count = createDeafnessCount()
    const checks = Array.from({ length: 9 }, () => count(['a', 'b'], (peer) => peer === 'b'))
    assert.deepEqual(checks, [[], [], [], [], [], [], [], ['a'], []])
  })
  it('starts again when the peer was heard or gone', () => {
    const count = createDeafnessCount()
    for (let check = 0; check < 7; check += 1) count(['a'], () => false)
    count(['a'], () => true)
    for (let check = 0; check < 7; check += 1)
      assert.deepEqual(
        count(['a'], () => false),
        [],
      )
    count([], () => false)
    assert.deepEqual(
      count(['a'], () => false),
      [],
    )
  })
})
