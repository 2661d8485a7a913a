import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createEndpoints, isTrouble, nameOf } from '../../../node/adapters/viem/endpoints.ts'
import { type Rpc, RpcRefusal, unreachable } from '../../../node/adapters/viem/rpc.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { isFault } from './viem-world.ts'

type Answer = () => unknown

const refusal = (message: string, code = -32000) => new RpcRefusal(message, { code, data: null })

const anEndpoint = (name: string, answer: Answer, check: (() => Promise<void>) | null = null) => {
  const state = { name, answer, asked: 0, check }
  const rpc: Rpc = async () => {
    state.asked += 1
    return state.answer()
  }
  return Object.assign(state, { rpc })
}

const fails = (error: unknown) => () => {
  throw error
}

const among = (...endpoints: ReturnType<typeof anEndpoint>[]) => {
  const clock = createFakeClock()
  const log = createRecordingLog()
  return { clock, log, rpc: createEndpoints({ clock, log }, endpoints) }
}

describe('several endpoints', () => {
  it('are asked in order of preference: the second only when the first does not answer', async () => {
    const a = anEndpoint('a', () => 'a')
    const b = anEndpoint('b', () => 'b')
    const { rpc } = among(a, b)
    assert.equal(await rpc('eth_chainId'), 'a')
    assert.equal(b.asked, 0)
    a.answer = fails(unreachable('gone'))
    assert.equal(await rpc('eth_chainId'), 'b')
  })

  it('leave one that failed alone, ever longer, and take it back when it answers', async () => {
    const a = anEndpoint('a', fails(unreachable('gone')))
    const b = anEndpoint('b', () => 'b')
    const { rpc, clock, log } = among(a, b)
    await rpc('eth_chainId')
    await rpc('eth_chainId')
    assert.equal(a.asked, 1)
    await clock.advance(1_001)
    await rpc('eth_chainId')
    assert.equal(a.asked, 2)
    await clock.advance(1_001)
    await rpc('eth_chainId')
    assert.equal(a.asked, 2)
    await clock.advance(1_001)
    a.answer = () => 'a'
    assert.equal(await rpc('eth_chainId'), 'a')
    assert.deepEqual(log.messages(), [
      'chain endpoint fails, another one is asked',
      'chain endpoint answers again',
    ])
  })

  it('are all tried, the rested ones first, before nobody answers', async () => {
    const a = anEndpoint('a', fails(unreachable('gone')))
    const b = anEndpoint('b', fails(unreachable('gone too')))
    const { rpc } = among(a, b)
    await assert.rejects(rpc('eth_chainId'), isFault('CHAIN_UNREACHABLE', /gone too/))
    await assert.rejects(rpc('eth_chainId'), isFault('CHAIN_UNREACHABLE'))
    assert.deepEqual([a.asked, b.asked], [2, 2])
  })

  it('pass on what is an answer, and ask the next one where it is only trouble', async () => {
    const a = anEndpoint('a', fails(refusal('nonce too low')))
    const b = anEndpoint('b', () => 'b')
    const { rpc } = among(a, b)
    await assert.rejects(rpc('eth_sendRawTransaction'), /nonce too low/)
    assert.equal(b.asked, 0)
    a.answer = fails(refusal('daily request quota', -32005))
    assert.equal(await rpc('eth_chainId'), 'b')
  })

  it('do without one that is far behind the others', async () => {
    const a = anEndpoint('a', () => '0x64')
    const b = anEndpoint('b', () => '0x200')
    const { rpc, clock } = among(a, b)
    assert.equal(await rpc('eth_blockNumber'), '0x64')
    a.answer = fails(unreachable('gone'))
    assert.equal(await rpc('eth_blockNumber'), '0x200')
    await clock.advance(2_000)
    a.answer = () => '0x65'
    assert.equal(await rpc('eth_blockNumber'), '0x200')
    await clock.advance(5_000)
    a.answer = () => ({ number: '0x1fe' })
    assert.deepEqual(await rpc('eth_getBlockByNumber', ['latest', false]), { number: '0x1fe' })
    a.answer = () => ({ number: '0x1' })
    assert.deepEqual(await rpc('eth_getBlockByNumber', ['0x1', false]), { number: '0x1' })
  })

  it('never use one that turns out to be another chain', async () => {
    const mismatch = new Fault('CHAIN_MISMATCH', 'the chain is 1')
    const wrong = anEndpoint(
      'wrong',
      () => 'wrong',
      async () => fails(mismatch)(),
    )
    const { rpc, clock, log } = among(
      wrong,
      anEndpoint('b', () => 'b'),
    )
    await clock.advance(2_000)
    assert.equal(await rpc('eth_chainId'), 'b')
    await clock.advance(120_000)
    assert.equal(await rpc('eth_chainId'), 'b')
    assert.equal(wrong.asked, 0)
    assert.deepEqual(log.messages(), ['chain endpoint is not the right chain and is never used'])
    await assert.rejects(among().rpc('eth_chainId'), isFault('CHAIN_UNREACHABLE'))
  })

  it('check one that was silent before they use it', async () => {
    let isSilent = true
    const late = anEndpoint(
      'late',
      () => 'late',
      async () => {
        if (isSilent) throw unreachable('still')
      },
    )
    const { rpc, clock } = among(
      late,
      anEndpoint('b', () => 'b'),
    )
    await clock.advance(1_001)
    assert.equal(await rpc('eth_chainId'), 'b')
    isSilent = false
    await clock.advance(5_000)
    assert.equal(await rpc('eth_chainId'), 'late')
  })
})

describe('an only endpoint', () => {
  it('is asked again at once, without a word: whoever asks says so', async () => {
    const a = anEndpoint('a', fails(unreachable('gone')))
    const { rpc, log } = among(a)
    await assert.rejects(rpc('eth_chainId'))
    a.answer = () => '0x1'
    assert.equal(await rpc('eth_blockNumber'), '0x1')
    assert.deepEqual(log.messages(), [])
  })
})

describe('a refusal', () => {
  it('is the endpoint’s trouble where it speaks of limits or lost state, never with revert data', () => {
    assert.ok(isTrouble(refusal('Rate limit reached')))
    assert.ok(isTrouble(refusal('header not found')))
    assert.ok(isTrouble(refusal('oops', -32603)))
    assert.ok(!isTrouble(refusal('execution reverted')))
    assert.ok(!isTrouble(new RpcRefusal('oops', { code: -32603, data: '0x' })))
  })
})

describe('the name of an endpoint', () => {
  it('leaves out what may be a key', () => {
    assert.equal(nameOf('https://user:pass@rpc.example:8545/v3/secret?key=1'), 'rpc.example:8545')
    assert.equal(nameOf('nonsense'), 'endpoint')
  })
})
