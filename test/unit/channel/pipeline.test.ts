import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import { createCommitter } from '../../../node/channel/committer.ts'
import type { Write } from '../../../node/ports/index.ts'
import { payFromWire } from '../../../protocols/channel/index.ts'
import { settle } from '../../fakes/clock.ts'
import type { MemoryStore } from '../../fakes/store.ts'
import {
  type Agent,
  createPair,
  type Deal,
  faultOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

const write = (key: string, value: unknown): Write => ({ collection: 'c', key, value })

/** A disk on which each write lasts until it is told how it ended. */
const createSlowDisk = () => {
  const writes: { at: readonly Write[]; end: PromiseWithResolvers<void> }[] = []
  const commit = (at: readonly Write[]) => {
    const end = Promise.withResolvers<void>()
    writes.push({ at, end })
    return end.promise
  }
  const texts = () => writes.map(({ at }) => at.map(({ key, value }) => `${key}=${value}`).join())
  return { writes, commit, texts }
}

describe('writes of many channels', () => {
  it('that come while the disk is busy share the next sync, the newest of each record', async () => {
    const disk = createSlowDisk()
    const { commit } = createCommitter(disk.commit)
    const first = commit([write('a', 1)])
    await settle()
    const others = Promise.all([commit([write('a', 2)]), commit([write('b', 1), write('a', 3)])])
    await settle()
    assert.deepEqual(disk.texts(), ['a=1'])
    disk.writes[0]?.end.resolve()
    await first
    await settle()
    assert.deepEqual(disk.texts(), ['a=1', 'a=3,b=1'])
    disk.writes[1]?.end.resolve()
    await others
  })

  it('that are lazy ride with the next one, or go alone soon', async () => {
    const disk = createSlowDisk()
    const { commit } = createCommitter(disk.commit)
    void commit([write('a', 1)], { isLazy: true })
    void commit([write('b', 1)])
    await settle()
    assert.deepEqual(disk.texts(), ['a=1,b=1'])
    disk.writes[0]?.end.resolve()
    await settle()
    void commit([write('a', 2)], { isLazy: true })
    assert.equal(disk.writes.length, 1)
    await settle()
    assert.deepEqual(disk.texts(), ['a=1,b=1', 'a=2'])
  })

  it('fail together, and the next ones are tried', async () => {
    const disk = createSlowDisk()
    const { commit } = createCommitter(disk.commit)
    const both = [commit([write('a', 1)]), commit([write('b', 1)])]
    await settle()
    disk.writes[0]?.end.reject(new Error('full'))
    assert.deepEqual(
      (await Promise.allSettled(both)).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    const next = commit([write('a', 2)])
    await settle()
    disk.writes[1]?.end.resolve()
    await next
  })
})

const COUNT = 40

// A sync to disk takes its time: what comes meanwhile shares the next.
const slow = {
  wrapStore: (store: MemoryStore): MemoryStore => ({
    ...store,
    commit: async (writes) => {
      await settle()
      await store.commit(writes)
    },
  }),
}

const strikeMany = async (pair: Pair): Promise<Deal[]> => {
  const deals: Deal[] = []
  for (let at = 0; at < COUNT; at++) deals.push(await strike(pair, `deal ${at}`, 10n))
  return deals
}

const countCommits = async (agent: Agent, act: () => Promise<unknown>): Promise<number> => {
  const before = agent.store.commits()
  await act()
  return agent.store.commits() - before
}

describe('payments in flight together on one channel', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('share syncs and messages, and each is acknowledged', async () => {
    pair = await createPair({ ann: slow, bob: slow })
    const deals = await strikeMany(pair)
    const sizes: number[] = []
    pair.network.intercept(({ type, body }) => {
      if (type === 'pay') sizes.push(payFromWire(body)?.length ?? 0)
      return 'deliver'
    })
    const payAll = () => Promise.all(deals.map((deal) => payTo(pair, deal, 7n)))
    let byBob = 0
    const byAnn = await countCommits(pair.ann, async () => {
      byBob = await countCommits(pair.bob, payAll)
    })
    assert.ok(byAnn <= 4, `${byAnn} syncs of the payer`)
    assert.ok(byBob <= 4, `${byBob} syncs of the payee`)
    assert.ok(sizes.length <= 4, `${sizes.length} messages`)
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      COUNT,
    )
    for (const deal of deals) {
      assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 7n)
    }
    await rest(pair)
    const view = pair.ann.keeper.get(deals[0]?.channelId as `0x${string}`)
    assert.deepEqual([view?.sent, view?.unheard], [String(7 * COUNT), 0])
  })

  it('send nothing of what a failed write may have lost, and stand still', async () => {
    pair = await createPair()
    const deals = await strikeMany(pair)
    const channelId = deals[0]?.channelId as `0x${string}`
    let pays = 0
    pair.network.intercept(({ type }) => {
      if (type === 'pay') pays += 1
      return 'deliver'
    })
    pair.ann.store.failNextCommit({ written: true })
    const ends = await Promise.all(
      deals.map((deal) => payTo(pair, deal, 7n).then(() => '', faultOf)),
    )
    assert.ok(ends.every((end) => end === 'STORE_UNAVAILABLE' || end === 'CHANNEL_FROZEN'))
    assert.equal(pays, 0)
    assert.deepEqual(
      [pair.ann.keeper.get(channelId)?.sent, pair.ann.keeper.get(channelId)?.frozen],
      ['0', 'STORE_UNAVAILABLE'],
    )
    const frozen = pair.ann.events.filter(({ type }) => type === 'channel.frozen')
    assert.equal(frozen.length, 1)

    await pair.ann.restart()
    await Promise.all(deals.map((deal) => payTo(pair, deal, 8n)))
    assert.equal(pair.bob.keeper.get(channelId)?.sent, String(8 * COUNT))
  })

  it('refused one by one do not harm the others', async () => {
    pair = await createPair()
    const deals = await strikeMany(pair)
    const [spoilt, ...good] = deals as [Deal, ...Deal[]]
    await pair.bob.keeper.finish(spoilt.agreementHash)
    const more = { ...spoilt, agreementHash: spoilt.key }
    const outcomes = await Promise.all([
      payTo(pair, more, 5n).then(() => 'paid', faultOf),
      ...good.map((deal) => payTo(pair, deal, 5n).then(() => 'paid', faultOf)),
    ])
    assert.deepEqual([...new Set(outcomes)], ['PAYMENT_REFUSED', 'paid'])
  })
})
