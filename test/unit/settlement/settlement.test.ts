import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ChainCall } from '../../../node/ports/index.ts'
import { channelIdOf, Fault, MAX_AMOUNT } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { alice, aWorld, bob, callsOf, isFault, open, statuses } from './settlement-world.ts'

describe('settlement with a working chain', () => {
  it('gives the allowance first, then opens, and tells hash and block', async () => {
    const world = aWorld()
    await world.settlement.start()
    const submitted = world.settlement.submit('open', open(world))
    await world.clock.advance(3_000)
    const { hash, block } = await submitted
    assert.deepEqual(callsOf(world), ['approve-token', 'open-channel'])
    assert.deepEqual(await world.memory.for(alice).outcome(hash), {
      status: 'done',
      block,
      gasUsed: 60_000n,
    })
    assert.equal(world.memory.channelOf(channelIdOf(world.params)).deposit, 100n)
    assert.deepEqual(statuses(world, 'open'), ['intended', 'signed', 'sent', 'done'])
    await world.settlement.stop()
  })

  it('gives no second allowance while the first one lasts', async () => {
    const world = aWorld()
    await world.settlement.start()
    const first = world.settlement.submit('open', open(world))
    const second = world.settlement.submit('fund', {
      type: 'fund-channel',
      params: world.params,
      amount: 5n,
    })
    await world.clock.advance(5_000)
    await Promise.all([first, second])
    assert.deepEqual(callsOf(world), ['approve-token', 'open-channel', 'fund-channel'])
    await world.settlement.stop()
  })

  it('gives no allowance for calls that move no token of its own', async () => {
    const world = aWorld()
    await world.settlement.start()
    const spender = world.memory.identity.contracts.paymentChannel
    const submitted = world.settlement.submit('approve', {
      type: 'approve-token',
      spender,
      amount: MAX_AMOUNT,
    })
    await world.clock.advance(2_000)
    await submitted
    assert.deepEqual(callsOf(world), ['approve-token'])
    await world.settlement.stop()
  })

  it('carries a key out once, however often it is submitted', async () => {
    const world = aWorld()
    await world.settlement.start()
    const twice = [
      world.settlement.submit('open', open(world)),
      world.settlement.submit('open', open(world)),
    ]
    await world.clock.advance(3_000)
    const [first, second] = await Promise.all(twice)
    assert.deepEqual(first, second)
    assert.deepEqual(await world.settlement.submit('open', open(world)), first)
    assert.equal(callsOf(world).filter((type) => type === 'open-channel').length, 1)
    await world.settlement.stop()
  })

  it('waits for the confirmations before it says done', async () => {
    const world = aWorld({ confirmations: 3 })
    await world.settlement.start()
    let isDone = false
    const submitted = world.settlement
      .submit('withdraw', { type: 'approve-token', spender: bob, amount: 1n })
      .then(() => {
        isDone = true
      })
    await world.clock.advance(2_000)
    assert.equal(isDone, false)
    world.memory.mine()
    world.memory.mine()
    await world.clock.advance(1_000)
    await submitted
    await world.settlement.stop()
  })

  it('shows the balances of its account', async () => {
    const { settlement } = aWorld()
    assert.equal((await settlement.balances()).token, 1_000n)
  })

  it('shows what it did in the outbox', async () => {
    const world = aWorld()
    await world.settlement.start()
    const submitted = world.settlement.submit('open', open(world))
    await world.clock.advance(3_000)
    const { hash } = await submitted
    const shown = world.settlement.outbox().find(({ key }) => key === 'open')
    assert.deepEqual(shown, {
      key: 'open',
      call: 'open-channel',
      status: 'done',
      hash,
      hashes: [hash],
      reason: '',
      createdAt: 1_750_000_000,
      deadline: null,
    })
    await world.settlement.stop()
  })
})

describe('a call that the contract refuses', () => {
  it('fails with the reason when its simulation fails, and may be submitted again', async () => {
    const world = aWorld()
    await world.settlement.start()
    const settleEarly: ChainCall = { type: 'settle-channel', params: world.params }
    await assert.rejects(
      world.settlement.submit('end', settleEarly),
      isFault('TX_REVERTED', /^WrongStatus/),
    )
    const [shown] = world.settlement.outbox()
    assert.equal(shown?.status, 'reverted')
    assert.match(shown?.reason ?? '', /^WrongStatus/)
    await assert.rejects(world.settlement.submit('end', settleEarly), isFault('TX_REVERTED'))
    assert.deepEqual(statuses(world, 'end'), ['intended', 'reverted', 'intended', 'reverted'])
    await world.settlement.stop()
  })

  it('fails for good when the chain reverted it', async () => {
    const world = aWorld()
    const { memory, settlement, clock } = world
    await settlement.start()
    memory.failures.setAutomine(false)
    const spender = memory.identity.contracts.paymentChannel
    const approving = settlement.submit('approve', {
      type: 'approve-token',
      spender,
      amount: 1_000n,
    })
    await settle()
    memory.mine()
    await clock.advance(1_000)
    await approving
    const opening = settlement.submit('open', open(world, 900n))
    await settle()
    // The balance goes away between the simulation and the block.
    memory.mint(alice, -500n)
    memory.mine()
    const failing = assert.rejects(opening, isFault('TX_REVERTED', /^ERC20InsufficientBalance/))
    await clock.advance(1_000)
    await failing
    await assert.rejects(settlement.submit('open', open(world, 900n)), isFault('TX_REVERTED'))
    assert.equal(callsOf(world).length, 2)
    await settlement.stop()
  })

  it('refuses the deposit when its allowance was refused', async () => {
    const world = aWorld()
    await world.settlement.start()
    const refusal = new Fault('INSUFFICIENT_FUNDS', 'no coin for gas')
    world.memory.failures.failNextPrepare(refusal)
    await assert.rejects(
      world.settlement.submit('open', open(world)),
      isFault('TX_REVERTED', /^INSUFFICIENT_FUNDS: no coin for gas/),
    )
    await world.settlement.stop()
  })
})
