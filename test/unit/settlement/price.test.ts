import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { CallTerms, ChainCall } from '../../../node/ports/index.ts'
import { settle } from '../../fakes/clock.ts'
import { alice, aWorld, bob, callsOf, FEES, isFault, open, statuses } from './settlement-world.ts'

const GWEI = 1_000_000_000n
const anApproval = (amount = 7n): ChainCall => ({ type: 'approve-token', spender: bob, amount })

const started = async () => {
  const world = aWorld()
  await world.settlement.start()
  const submit = (key: string, terms?: CallTerms, call = anApproval()) => {
    const submitted = world.settlement.submit(key, call, terms)
    submitted.catch(() => undefined)
    return submitted
  }
  const shown = (key: string) => world.settlement.outbox().find((entry) => entry.key === key)
  return { ...world, submit, shown }
}

describe('fees above the cap', () => {
  it('are waited out, and the reason shows', async () => {
    const { clock, memory, settlement, shown, submit, ...world } = await started()
    memory.failures.setFees({ base: FEES.cap })
    const submitted = submit('a')
    await clock.advance(60_000)
    assert.equal(shown('a')?.status, 'intended')
    assert.match(shown('a')?.reason ?? '', /FEE_TOO_HIGH/)
    assert.equal(memory.mined().length, 0)
    memory.failures.setFees({ base: GWEI })
    await clock.advance(30_000)
    await submitted
    assert.deepEqual(statuses({ memory, clock, settlement, ...world } as never, 'a').at(-1), 'done')
    await settlement.stop()
  })

  it('are paid up to the urgent cap for a call whose deadline is near, and it overtakes', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setFees({ base: FEES.cap })
    void submit('patient')
    await settle()
    const answer = submit('answer', { deadline: clock.now() + 100 }, anApproval(9n))
    await clock.advance(3_000)
    await answer
    assert.equal(shown('patient')?.status, 'intended')
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })

  it('hold up nobody when even the urgent cap is too low', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setFees({ base: FEES.urgentCap })
    const answer = submit('answer', { urgency: 'urgent' })
    await clock.advance(40_000)
    assert.equal(shown('answer')?.status, 'intended')
    memory.failures.setFees({ base: FEES.cap })
    await clock.advance(20_000)
    await answer
    await settlement.stop()
  })
})

describe('a thrifty call', () => {
  it('waits for fees as usual, and goes when they are', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setFees({ base: 30n * GWEI, usualBase: 10n * GWEI })
    const claim = submit('claim', { urgency: 'thrifty' })
    await clock.advance(120_000)
    assert.equal(shown('claim')?.status, 'intended')
    memory.failures.setFees({ base: 11n * GWEI })
    await clock.advance(20_000)
    await claim
    await settlement.stop()
  })

  it('waits no longer than half of its time', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setFees({ base: 30n * GWEI, usualBase: 10n * GWEI })
    const claim = submit('claim', { urgency: 'thrifty', deadline: clock.now() + 2_000 })
    await clock.advance(990_000)
    assert.equal(shown('claim')?.status, 'intended')
    await clock.advance(30_000)
    await claim
    await settlement.stop()
  })

  it('hurries when it is asked for again in more haste', async () => {
    const { clock, memory, settlement, submit } = await started()
    memory.failures.setFees({ base: 30n * GWEI, usualBase: 10n * GWEI })
    const first = submit('claim', { urgency: 'thrifty' })
    await clock.advance(20_000)
    const second = submit('claim', { urgency: 'urgent' })
    await clock.advance(20_000)
    assert.deepEqual(await first, await second)
    assert.equal(memory.mined().length, 1)
    await settlement.stop()
  })
})

describe('a transaction that its fee does not carry', () => {
  it('is replaced by dearer ones until it is mined, and is carried out once', async () => {
    const world = await started()
    const { clock, memory, settlement, submit, shown } = world
    memory.failures.setAutomine(false)
    const submitted = submit('a')
    await settle()
    memory.failures.setFees({ base: 60n * GWEI })
    memory.mine()
    await clock.advance(100_000)
    assert.equal(shown('a')?.hashes.length, 2)
    memory.mine()
    await clock.advance(2_000)
    const { hash } = await submitted
    assert.equal(memory.mined().length, 1)
    assert.deepEqual(shown('a')?.hashes.at(-1), hash)
    const [first] = shown('a')?.hashes ?? []
    assert.equal((await settlement.transaction(first as typeof hash))?.status, 'replaced')
    assert.equal((await settlement.transaction(hash))?.status, 'done')
    assert.ok(world.log.messages().includes('transaction offered at a higher fee'))
    await settlement.stop()
  })

  it('ends with the first version where that one was mined after all', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setAutomine(false)
    const submitted = submit('a')
    await settle()
    const [first] = shown('a')?.hashes ?? []
    memory.failures.loseNextBroadcast()
    await clock.advance(91_000)
    assert.equal(shown('a')?.hashes.length, 2)
    memory.mine()
    await clock.advance(2_000)
    assert.equal((await submitted).hash, first)
    await settlement.stop()
  })

  it('is raised sooner when something urgent waits behind it', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setAutomine(false)
    void submit('slow')
    await settle()
    void submit('answer', { urgency: 'urgent' }, anApproval(9n))
    await clock.advance(35_000)
    assert.equal(shown('slow')?.hashes.length, 2)
    memory.mine()
    await clock.advance(2_000)
    memory.mine()
    await clock.advance(2_000)
    assert.equal(shown('answer')?.status, 'done')
    await settlement.stop()
  })

  it('keeps its fee while a higher one would exceed the cap', async () => {
    const { clock, memory, settlement, submit, shown } = await started()
    memory.failures.setAutomine(false)
    void submit('a')
    await settle()
    memory.failures.setFees({ base: FEES.cap })
    await clock.advance(100_000)
    assert.equal(shown('a')?.hashes.length, 1)
    assert.match(shown('a')?.reason ?? '', /FEE_TOO_HIGH/)
    await settlement.stop()
  })
})

describe('the native reserve', () => {
  it('refuses to lock money up below it, warns once, and lets everything else pass', async () => {
    const world = aWorld()
    const { log, events, clock } = world
    const chain = world.memory.for(alice)
    let native = 10n ** 15n
    const balances = async () => ({ native, token: 1_000n })
    const settlement = world.boot(world.store, { ...chain, balances })
    await settlement.start()
    const opening = settlement.submit('open', open(world))
    await assert.rejects(opening, isFault('TX_REVERTED', /^RESERVE_LOW/))
    const approving = settlement.submit('approve', anApproval())
    await clock.advance(2_000)
    await approving
    assert.equal(settlement.status().reserve.isLow, true)
    native = 10n ** 18n
    await clock.advance(20_000)
    assert.equal(settlement.status().reserve.isLow, false)
    const again = settlement.submit('open', open(world))
    await clock.advance(5_000)
    await again
    assert.deepEqual(callsOf(world), ['approve-token', 'approve-token', 'open-channel'])
    const said = log.messages().filter((message) => message.startsWith('native coin'))
    assert.deepEqual(said, [
      'native coin below the reserve, no money is locked up',
      'native coin above the reserve again',
    ])
    const told = events.filter(({ type }) => type === 'chain.reserve')
    assert.deepEqual(
      told.map((event) => 'isLow' in event && event.isLow),
      [true, false],
    )
    await settlement.stop()
  })
})
