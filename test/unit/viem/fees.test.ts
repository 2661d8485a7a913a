import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { parseTransaction } from 'viem'
import { raisedFees } from '../../../node/adapters/viem/fees.ts'
import { refuse } from './fake-rpc.ts'
import { aChain, GWEI, hex, isFault, open } from './viem-world.ts'

const feesOf = (raw: `0x${string}`) => {
  const { maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw)
  return [maxFeePerGas, maxPriorityFeePerGas]
}

describe('what gas costs', () => {
  it('is the base fee, the usual tip, and the middle base fee of late', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_feeHistory', () => ({ baseFeePerGas: [hex(9), hex(1), hex(5)] }))
    assert.deepEqual(await chain.fees(), { base: 10n * GWEI, tip: GWEI, usualBase: 5n })
  })

  it('is usual as it is where the chain keeps no history', async () => {
    const { chain, rpc } = aChain()
    assert.equal((await chain.fees()).usualBase, 10n * GWEI)
    rpc.on('eth_feeHistory', () => null)
    assert.equal((await chain.fees()).usualBase, 10n * GWEI)
    rpc.setReachable(false)
    await assert.rejects(chain.fees(), isFault('CHAIN_UNREACHABLE'))
  })
})

describe('a call that wants more than the usual fee', () => {
  it('offers the tip it is told to, within the cap', async () => {
    const { chain } = aChain()
    const fees = { cap: 100n * GWEI, tipPercent: 300 }
    const { raw } = await chain.prepare(open, { fees })
    assert.deepEqual(feesOf(raw), [23n * GWEI, 3n * GWEI])
    const capped = await chain.prepare(open, { fees: { cap: 13n * GWEI, tipPercent: 300 } })
    assert.deepEqual(feesOf(capped.raw), [13n * GWEI, 3n * GWEI])
  })
})

describe('a transaction priced anew', () => {
  it('is the same call with the same nonce and enough more to take the place', async () => {
    const { chain } = aChain()
    const first = await chain.prepare(open)
    const second = await chain.reprice(first, { cap: 100n * GWEI, tipPercent: 100 })
    const [before, after] = [parseTransaction(first.raw), parseTransaction(second.raw)]
    assert.equal(second.nonce, first.nonce)
    for (const field of ['to', 'data', 'value', 'gas', 'nonce', 'chainId', 'type'] as const) {
      assert.deepEqual(after[field], before[field])
    }
    for (const field of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
      assert.ok((after[field] ?? 0n) * 10n >= (before[field] ?? 0n) * 11n)
    }
  })

  it('is refused where the cap leaves no room', async () => {
    const { chain } = aChain()
    const first = await chain.prepare(open)
    const order = { cap: 21n * GWEI, tipPercent: 100 }
    await assert.rejects(chain.reprice(first, order), isFault('FEE_TOO_HIGH'))
  })

  it('offers what gas costs now where that is more', () => {
    const before = { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n }
    const wanted = { maxFeePerGas: 90n, maxPriorityFeePerGas: 9n }
    assert.deepEqual(raisedFees(before, wanted, { cap: 100n, tipPercent: 100 }), wanted)
    const raised = raisedFees(wanted, before, { cap: 200n, tipPercent: 100 })
    assert.deepEqual(raised, { maxFeePerGas: 102n, maxPriorityFeePerGas: 11n })
  })
})

describe('fees of a chain that refuses to tell', () => {
  it('are unreachable', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_getBlockByNumber', () => refuse('header not found'))
    await assert.rejects(chain.fees(), isFault('CHAIN_UNREACHABLE'))
  })
})
