import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ChainCall } from '../../../node/ports/index.ts'
import { channelIdOf, Fault } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { alice, aWorld, bob, callsOf, isFault, open, statuses } from './settlement-world.ts'

describe('a chain that misbehaves', () => {
  const anApproval: ChainCall = { type: 'approve-token', spender: bob, amount: 7n }

  it('is waited for while it does not answer, with one log line each way', async () => {
    const world = aWorld()
    const { memory, settlement, clock, log } = world
    await settlement.start()
    memory.failures.setReachable(false)
    const submitted = settlement.submit('approve', anApproval)
    await clock.advance(20_000)
    assert.equal(settlement.status().isReachable, false)
    assert.equal(settlement.status().pending, 1)
    memory.failures.setReachable(true)
    await clock.advance(60_000)
    await submitted
    assert.equal(settlement.status().isReachable, true)
    const lines = log.messages().filter((message) => message.startsWith('chain '))
    assert.deepEqual(lines, ['chain unreachable, transactions wait', 'chain reachable again'])
    await settlement.stop()
  })

  it('gets the same bytes again when it lost a transaction', async () => {
    const world = aWorld()
    const { memory, settlement, clock } = world
    await settlement.start()
    memory.failures.loseNextBroadcast()
    const submitted = settlement.submit('approve', anApproval)
    await clock.advance(5_000)
    await submitted
    assert.deepEqual(statuses(world, 'approve'), [
      'intended',
      'signed',
      'sent',
      'unknown',
      'sent',
      'done',
    ])
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })

  it('gets one transaction although the answer to the broadcast was lost', async () => {
    const world = aWorld()
    const { memory, settlement, clock } = world
    await settlement.start()
    memory.failures.dropNextReply()
    const submitted = settlement.submit('approve', anApproval)
    await clock.advance(5_000)
    await submitted
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })

  it('shows a transaction that does not move as stuck, and finishes it when it does', async () => {
    const world = aWorld()
    const { memory, settlement, clock } = world
    await settlement.start()
    memory.failures.setAutomine(false)
    const submitted = settlement.submit('approve', anApproval)
    await clock.advance(310_000)
    assert.deepEqual(settlement.status().stuck, ['approve'])
    memory.mine()
    await clock.advance(2_000)
    await submitted
    assert.deepEqual(settlement.status().stuck, [])
    await settlement.stop()
  })

  it('gets a fresh transaction once a foreign one has used the nonce for several blocks', async () => {
    const world = aWorld()
    const { memory, settlement, clock } = world
    await settlement.start()
    memory.failures.loseNextBroadcast()
    const submitted = settlement.submit('approve', anApproval)
    await settle()
    memory.failures.useNonce(alice)
    for (let block = 0; block < 4; block += 1) {
      await clock.advance(2_000)
      memory.mine()
    }
    await clock.advance(3_000)
    await submitted
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })

  it('is told which nonces are used, since its servers may count behind', async () => {
    const world = aWorld()
    const chain = world.memory.for(alice)
    const told: (number | undefined)[] = []
    const settlement = world.boot(world.store, {
      ...chain,
      prepare: (call, options) => {
        told.push(options?.nonceAtLeast)
        return chain.prepare(call, options)
      },
    })
    await settlement.start()
    for (const key of ['a', 'b', 'c']) {
      const submitted = settlement.submit(key, anApproval)
      await world.clock.advance(2_000)
      await submitted
    }
    assert.deepEqual(told, [0, 1, 2])
    await settlement.stop()
  })

  it('shows why it would not take a transaction', async () => {
    const world = aWorld()
    const chain = world.memory.for(alice)
    const broadcast = async () => {
      throw new Fault('TX_REFUSED', 'refused', { reason: 'underpriced' })
    }
    const settlement = world.boot(world.store, { ...chain, broadcast })
    await settlement.start()
    const submitted = settlement.submit('approve', anApproval)
    await settle()
    assert.equal(settlement.outbox()[0]?.reason, 'underpriced')
    assert.equal(settlement.outbox()[0]?.status, 'unknown')
    const stopped = assert.rejects(submitted, isFault('SETTLEMENT_STOPPED'))
    await settlement.stop()
    await stopped
  })
})

describe('settlement after a crash', () => {
  // How many commits take effect before the process dies: intent, hash, outcome of allowance and call.
  for (let commits = 1; commits <= 8; commits += 1) {
    it(`at commit ${commits} opens the channel exactly once`, async () => {
      const world = aWorld()
      const { clock, memory, params } = world
      await world.settlement.start()
      world.store.crashAfter(commits)
      world.settlement.submit('open', open(world)).catch(() => undefined)
      await clock.advance(6_000)
      const disk = world.store.reopen()
      const settlement = world.boot(disk)
      await settlement.start()
      const submitted = settlement.submit('open', open(world))
      await clock.advance(6_000)
      await submitted
      assert.equal(callsOf(world).filter((type) => type === 'open-channel').length, 1)
      assert.equal(callsOf(world).length, 2)
      assert.equal(memory.channelOf(channelIdOf(params)).deposit, 100n)
      assert.equal(memory.balanceOf(alice), 900n)
      await settlement.stop()
    })
  }

  it('finishes what nobody asks for again, and remembers it', async () => {
    const world = aWorld()
    await world.settlement.start()
    world.memory.failures.setReachable(false)
    const stopped = assert.rejects(
      world.settlement.submit('open', open(world)),
      isFault('SETTLEMENT_STOPPED'),
    )
    await settle()
    await world.settlement.stop()
    await stopped
    world.memory.failures.setReachable(true)
    const settlement = world.boot(world.store.reopen())
    await settlement.start()
    await world.clock.advance(5_000)
    assert.equal(settlement.outbox().find(({ key }) => key === 'open')?.status, 'done')
    assert.equal(settlement.status().pending, 0)
    await settlement.stop()
  })

  it('sends nothing and says so when the memory failed', async () => {
    const world = aWorld()
    await world.settlement.start()
    world.store.failNextCommit()
    await assert.rejects(world.settlement.submit('open', open(world)), isFault('STORE_UNAVAILABLE'))
    assert.equal(world.settlement.status().isHalted, true)
    assert.equal(world.memory.mined().length, 0)
    await assert.rejects(
      world.settlement.submit('other', open(world)),
      isFault('SETTLEMENT_STOPPED'),
    )
    await world.settlement.stop()
  })

  it('takes no calls before it is started', async () => {
    const world = aWorld()
    await assert.rejects(
      world.settlement.submit('open', open(world)),
      isFault('SETTLEMENT_STOPPED'),
    )
  })
})
