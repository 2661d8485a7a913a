import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ChainCall } from '../../../node/ports/index.ts'
import { channelIdOf } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { alice, aWorld, bob, callsOf, open, statuses, type World } from './settlement-world.ts'

const anApproval = (amount: bigint): ChainCall => ({
  type: 'approve-token',
  spender: bob,
  amount,
})

/** Time passes and blocks come, one a second. */
const pass = async ({ clock, memory }: Pick<World, 'clock' | 'memory'>, seconds: number) => {
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1_000)
    memory.mine()
  }
  await clock.advance(1_000)
}

describe('a transaction with confirmations to wait for', () => {
  it('is mined, then done, and holds up no other call meanwhile', async () => {
    const world = aWorld({ confirmations: 5 })
    const { settlement } = world
    await settlement.start()
    const first = settlement.submit('a', anApproval(1n))
    const second = settlement.submit('b', anApproval(2n))
    await world.clock.advance(3_000)
    assert.deepEqual(callsOf(world), ['approve-token', 'approve-token'])
    assert.deepEqual(
      settlement.outbox().map(({ status }) => status),
      ['mined', 'mined'],
    )
    await pass(world, 6)
    await Promise.all([first, second])
    assert.deepEqual(statuses(world, 'a'), ['intended', 'signed', 'sent', 'mined', 'done'])
    await settlement.stop()
  })

  it('is sent again with the same bytes when a reorganisation takes its block away', async () => {
    const world = aWorld({ confirmations: 5 })
    const { settlement, memory } = world
    await settlement.start()
    const submitted = settlement.submit('a', anApproval(1n))
    await pass(world, 1)
    memory.failures.reorganise(3)
    await pass(world, 8)
    const { hash } = await submitted
    assert.deepEqual(settlement.outbox()[0]?.hashes, [hash])
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })
})

describe('a done transaction that a reorganisation of three blocks takes back', () => {
  it('is sent again in the order of nonces, and carried out once', async () => {
    const world = aWorld()
    const { settlement, memory, log } = world
    await settlement.start()
    await Promise.all([
      settlement.submit('a', anApproval(1n)),
      settlement.submit('b', anApproval(2n)),
      world.clock.advance(5_000),
    ])
    memory.failures.reorganise(3)
    assert.equal(memory.mined().length, 0)
    await pass(world, 40)
    assert.equal(memory.mined().length, 2)
    assert.equal(await memory.for(alice).allowance(bob), 2n)
    assert.deepEqual(
      settlement.outbox().map(({ status }) => status),
      ['done', 'done'],
    )
    assert.ok(log.messages().includes('transaction undone by a reorganisation'))
    await settlement.stop()
  })

  it('is found and sent again after a restart too', async () => {
    const world = aWorld()
    await world.settlement.start()
    await Promise.all([world.settlement.submit('a', anApproval(5n)), pass(world, 0)])
    await world.settlement.stop()
    world.memory.failures.reorganise(3)
    const settlement = world.boot(world.store.reopen())
    await settlement.start()
    await pass(world, 3)
    assert.equal(world.memory.mined().length, 1)
    await settlement.stop()
  })

  it('is left alone once enough blocks lie on top', async () => {
    const world = aWorld()
    await world.settlement.start()
    await Promise.all([world.settlement.submit('a', anApproval(5n)), pass(world, 0)])
    await pass(world, 60)
    await world.settlement.stop()
    const settlement = world.boot(world.store.reopen())
    const reads: string[] = []
    const chain = world.memory.for(alice)
    const watched = world.boot(world.store.reopen(), {
      ...chain,
      outcome: (hash) => {
        reads.push(hash)
        return chain.outcome(hash)
      },
    })
    await watched.start()
    await pass(world, 20)
    assert.deepEqual(reads, [])
    await watched.stop()
    await settlement.stop()
  })
})

describe('the transactions of a channel', () => {
  const opened = async () => {
    const world = aWorld()
    await world.settlement.start()
    const { hash } = (
      await Promise.all([world.settlement.submit('open', open(world)), pass(world, 2)])
    )[0]
    const id = channelIdOf(world.params)
    return { ...world, hash, id }
  }
  const query = (subject: string | null, limit = 10, cursor: string | null = null) => ({
    subject,
    limit,
    cursor,
  })

  it('are found by their hash and by the channel, with network, outcome and events', async () => {
    const { settlement, hash, id } = await opened()
    const record = await settlement.transaction(hash)
    assert.equal(record?.network, 'memory')
    assert.equal(record?.chainId, 31337)
    assert.deepEqual(record?.subjects, [{ kind: 'channel', id }])
    assert.deepEqual(record?.events, ['channel-opened'])
    assert.deepEqual([record?.status, record?.call, record?.key], ['done', 'open-channel', 'open'])
    const { items } = await settlement.transactions(query(id))
    assert.deepEqual(items, [record])
    assert.equal((await settlement.transactions(query(null))).items.length, 2)
    assert.deepEqual((await settlement.transactions(query(`0x${'00'.repeat(32)}`))).items, [])
    assert.equal(await settlement.transaction(`0x${'00'.repeat(32)}`), undefined)
    await settlement.stop()
  })

  it('are given page by page, newest first', async () => {
    const { settlement } = await opened()
    const first = await settlement.transactions(query(null, 1))
    const second = await settlement.transactions(query(null, 1, first.nextCursor))
    assert.notEqual(first.nextCursor, null)
    assert.equal(second.nextCursor, null)
    const keys = [...first.items, ...second.items].map(({ call }) => call)
    assert.deepEqual(keys.toSorted(), ['approve-token', 'open-channel'])
    await settlement.stop()
  })

  it('include those of the other side, and are undone with a reorganisation', async () => {
    const world = await opened()
    const { settlement, memory, params, id, hash } = world
    const chain = memory.for(bob)
    const close = await chain.prepare({ type: 'start-close', params, promise: null })
    await chain.broadcast(close)
    await settle()
    const theirs = await settlement.transaction(close.hash)
    assert.deepEqual(
      [theirs?.call, theirs?.status, theirs?.events],
      [null, 'done', ['channel-closing']],
    )
    memory.failures.reorganise(1)
    await settle()
    const undone = await settlement.transaction(close.hash)
    assert.deepEqual([undone?.status, undone?.block, undone?.events], ['undone', null, []])
    assert.equal((await settlement.transaction(hash))?.status, 'done')
    assert.equal((await settlement.transactions(query(id))).items.length, 2)
    await settlement.stop()
  })

  it('are followed from where the last run stopped, and strangers’ channels are not kept', async () => {
    const world = await opened()
    const { memory, params } = world
    await world.settlement.stop()
    const chain = memory.for(bob)
    const close = await chain.prepare({ type: 'start-close', params, promise: null })
    await chain.broadcast(close)
    memory.mint(bob, 10n)
    const carol = `0x${'cc'.repeat(20)}` as const
    const strange = { ...params, partyA: bob, signerA: bob, partyB: carol, signerB: carol }
    const spender = memory.identity.contracts.paymentChannel
    await chain.broadcast(await chain.prepare({ type: 'approve-token', spender, amount: 10n }))
    const theirs = await chain.prepare({ type: 'open-channel', params: strange, amount: 5n })
    await chain.broadcast(theirs)
    const settlement = world.boot(world.store.reopen())
    await settlement.start()
    await pass(world, 1)
    assert.equal((await settlement.transaction(close.hash))?.status, 'done')
    assert.equal(await settlement.transaction(theirs.hash), undefined)
    await settlement.stop()
  })

  it('stop being kept when the memory fails, and say so', async () => {
    const world = await opened()
    const { memory, params, settlement, store, log } = world
    store.failNextCommit()
    const chain = memory.for(bob)
    await chain.broadcast(await chain.prepare({ type: 'start-close', params, promise: null }))
    await settle()
    assert.ok(log.messages().includes('chain events not kept'))
    await settlement.stop()
  })
})
