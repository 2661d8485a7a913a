import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { decodeFunctionData, parseTransaction } from 'viem'
import { paymentChannelContractAbi as abi, testTokenAbi } from '../../../contracts/abi/index.ts'
import type { ChainCall } from '../../../node/ports/index.ts'
import { channelIdOf, type Hex, ZERO_ADDRESS, ZERO_HASH } from '../../../protocols/common/index.ts'
import { refuse } from './fake-rpc.ts'
import {
  aChain,
  alice,
  contract,
  GWEI,
  hex,
  isFault,
  open,
  params,
  revert,
  token,
} from './viem-world.ts'

describe('preparing a call', () => {
  it('signs it with the next nonce, gas in reserve and twice the base fee', async () => {
    const { chain } = aChain()
    const { raw, hash, nonce } = await chain.prepare(open)
    const transaction = parseTransaction(raw)
    assert.equal(nonce, 5)
    assert.equal(transaction.nonce, 5)
    assert.equal(transaction.chainId, 31337)
    assert.equal(transaction.gas, 125_000n)
    assert.equal(transaction.maxFeePerGas, 21n * GWEI)
    assert.equal(transaction.maxPriorityFeePerGas, GWEI)
    assert.equal(transaction.to, contract)
    assert.match(hash, /^0x[0-9a-f]{64}$/)
    const { functionName, args } = decodeFunctionData({ abi, data: transaction.data as Hex })
    assert.equal(functionName, 'open')
    assert.equal(args?.[1], 7n)
  })

  it('skips nonces that are known to be used, whatever a server that lags counts', async () => {
    const { chain } = aChain()
    assert.equal((await chain.prepare(open, { nonceAtLeast: 9 })).nonce, 9)
    assert.equal((await chain.prepare(open, { nonceAtLeast: 3 })).nonce, 5)
  })

  it('is the same bytes for the same state', async () => {
    const { chain } = aChain()
    assert.deepEqual(await chain.prepare(open), await chain.prepare(open))
  })

  it('sends native coin along for a channel in it', async () => {
    const { chain } = aChain()
    const native = { ...params, token: ZERO_ADDRESS }
    for (const type of ['open-channel', 'fund-channel'] as const) {
      const { raw } = await chain.prepare({ type, params: native, amount: 7n })
      assert.equal(parseTransaction(raw).value, 7n)
    }
  })

  it('pays no more than the cap, and nothing at all above it', async () => {
    const capped = await aChain({}, 15n * GWEI).chain.prepare(open)
    assert.equal(parseTransaction(capped.raw).maxFeePerGas, 15n * GWEI)
    await assert.rejects(aChain({}, 10n * GWEI).chain.prepare(open), isFault('FEE_TOO_HIGH'))
  })

  it('takes a default tip where the chain suggests none', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_maxPriorityFeePerGas', () => refuse('no such method', { code: -32601 }))
    rpc.on('eth_getBlockByNumber', () => ({ number: '0x1', timestamp: '0x1' }))
    assert.equal(parseTransaction((await chain.prepare(open)).raw).maxPriorityFeePerGas, GWEI)
  })

  it('fails with the contract’s own words when it would revert', async () => {
    const { chain, rpc } = aChain()
    const id = channelIdOf(params)
    rpc.on('eth_estimateGas', () => revert('AlreadyUsed', [id]))
    await assert.rejects(
      chain.prepare(open),
      isFault('CALL_WOULD_REVERT', /^AlreadyUsed\(0x[0-9a-f]{64}\)$/),
    )
    rpc.on('eth_estimateGas', () => refuse('execution reverted', { code: 3, data: '0x' }))
    await assert.rejects(chain.prepare(open), isFault('CALL_WOULD_REVERT', /^Reverted\(\)$/))
    rpc.on('eth_estimateGas', () => refuse('execution reverted', { code: 3, data: '0xdeadbeef' }))
    await assert.rejects(
      chain.prepare(open),
      isFault('CALL_WOULD_REVERT', /^UnknownError\(0xdeadbeef\)$/),
    )
    rpc.on('eth_estimateGas', () => refuse('reverted, no data'))
    await assert.rejects(chain.prepare(open), isFault('CALL_WOULD_REVERT', /^reverted, no data$/))
  })

  it('says that the coin for gas is missing, whoever notices', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_getBalance', () => hex(1))
    await assert.rejects(chain.prepare(open), isFault('INSUFFICIENT_FUNDS'))
    rpc.on('eth_estimateGas', () => refuse('insufficient funds for transfer'))
    await assert.rejects(chain.prepare(open), isFault('INSUFFICIENT_FUNDS'))
  })

  it('is told that the chain does not answer, or not sensibly', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_estimateGas', () => refuse('header not found'))
    await assert.rejects(chain.prepare(open), isFault('CHAIN_UNREACHABLE'))
    rpc.setReachable(false)
    await assert.rejects(chain.prepare(open), isFault('CHAIN_UNREACHABLE'))
  })

  it('encodes every call', async () => {
    const { chain } = aChain()
    const message = {
      channelId: channelIdOf(params),
      epoch: 0,
      fromA: true,
      sent: 3n,
      lockedTotal: 0n,
      locksRoot: ZERO_HASH,
      memo: ZERO_HASH,
    }
    const claim = { params, promise: { message, signature: `0x${'ab'.repeat(65)}` as Hex } }
    const terms = { channelId: channelIdOf(params), epoch: 0, payA: 1n, payB: 2n, validUntil: 3 }
    const close = { terms, signatureA: '0x01' as Hex, signatureB: '0x02' as Hex }
    const { channelId } = terms
    const leave = { channelId, tower: alice, validUntil: 9 }
    const forClient = { ...claim, authority: { message: leave, signature: '0x03' as Hex } }
    const moved = { newDepA: 1n, newDepB: 2n, outA: 3n, outB: 4n }
    const rebase = {
      terms: { channelId, epoch: 0, ...moved, validUntil: 3 },
      signatureA: '0x01' as Hex,
      signatureB: '0x02' as Hex,
    }
    const calls: [ChainCall, string][] = [
      [{ type: 'rebase', params, rebase }, 'rebase'],
      [{ type: 'claim-for', claim: forClient }, 'claimFor'],
      [{ type: 'claim-batch-for', claims: [forClient] }, 'claimBatchFor'],
      [{ type: 'respond-for', claim: forClient }, 'respondFor'],
      [{ type: 'fund-channel', params, amount: 1n }, 'fund'],
      [{ type: 'claim', claim }, 'claim'],
      [{ type: 'claim-batch', claims: [claim, claim] }, 'claimBatch'],
      [{ type: 'start-close', params, promise: null }, 'startClose'],
      [{ type: 'start-close', params, promise: claim.promise }, 'startClose'],
      [{ type: 'respond', claim }, 'respond'],
      [{ type: 'settle-channel', params }, 'settle'],
      [{ type: 'coop-close', params, close }, 'coopClose'],
      [{ type: 'withdraw-credit', token }, 'withdrawCredit'],
    ]
    for (const [call, name] of calls) {
      const { to, data } = parseTransaction((await chain.prepare(call)).raw)
      assert.equal(to, contract)
      assert.equal(decodeFunctionData({ abi, data: data as Hex }).functionName, name)
    }
    const approve = await chain.prepare({ type: 'approve-token', spender: contract, amount: 5n })
    const { to, data } = parseTransaction(approve.raw)
    assert.equal(to, token)
    assert.equal(
      decodeFunctionData({ abi: testTokenAbi, data: data as Hex }).functionName,
      'approve',
    )
  })
})

describe('broadcasting', () => {
  const transaction = { hash: `0x${'11'.repeat(32)}`, raw: '0x02', nonce: 5 } as const

  it('sends the bytes as they are', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_sendRawTransaction', () => transaction.hash)
    await chain.broadcast(transaction)
    assert.deepEqual(rpc.calls('eth_sendRawTransaction'), [['0x02']])
  })

  it('is content when the chain has them already', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_sendRawTransaction', () => refuse('already known'))
    await chain.broadcast(transaction)
    rpc.on('eth_sendRawTransaction', () => refuse('nonce too low'))
    rpc.on('eth_getTransactionByHash', () => ({ hash: transaction.hash }))
    await chain.broadcast(transaction)
  })

  it('tells a used nonce from every other refusal', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_sendRawTransaction', () => refuse('nonce too low'))
    await assert.rejects(chain.broadcast(transaction), isFault('NONCE_TAKEN'))
    rpc.on('eth_sendRawTransaction', () => refuse('replacement transaction underpriced'))
    await assert.rejects(chain.broadcast(transaction), isFault('TX_REFUSED', /underpriced/))
    rpc.setReachable(false)
    await assert.rejects(chain.broadcast(transaction), isFault('CHAIN_UNREACHABLE'))
  })
})

describe('the outcome of a transaction', () => {
  const hash = `0x${'11'.repeat(32)}` as Hex
  const receipt = { status: '0x1', blockNumber: '0x62', gasUsed: '0x5' }
  const failed = { ...receipt, status: '0x0' }
  const sent = { from: alice, to: contract, input: '0x', value: '0x0', gas: '0x64', nonce: '0x5' }

  it('is unknown, pending, or done once it lies deep enough', async () => {
    const { chain, rpc } = aChain({ confirmations: 3 })
    assert.deepEqual(await chain.outcome(hash), { status: 'unknown' })
    rpc.on('eth_getTransactionByHash', () => sent)
    assert.deepEqual(await chain.outcome(hash), { status: 'pending' })
    rpc.on('eth_getTransactionReceipt', () => ({ ...receipt, blockNumber: '0x63' }))
    assert.deepEqual(await chain.outcome(hash), { status: 'pending', minedAt: 99 })
    rpc.on('eth_getTransactionReceipt', () => receipt)
    assert.deepEqual(await chain.outcome(hash), { status: 'done', block: 98, gasUsed: 5n })
  })

  it('has the reason of a failure, found on the state before its block', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_getTransactionReceipt', () => failed)
    rpc.on('eth_getTransactionByHash', () => sent)
    rpc.on('eth_call', () => revert('WindowNotOver', [9, 8n]))
    const outcome = { status: 'reverted', block: 98, reason: 'WindowNotOver(9, 8)' }
    assert.deepEqual(await chain.outcome(hash), outcome)
    assert.equal(rpc.calls('eth_call')[0]?.[1], '0x61')
  })

  it('has the reason from its own block where the state before is gone', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_getTransactionReceipt', () => failed)
    rpc.on('eth_getTransactionByHash', () => sent)
    rpc.on('eth_call', ([, block]) =>
      block === '0x61' ? refuse('missing state') : revert('WindowNotOver', [9, 8n]),
    )
    assert.equal(((await chain.outcome(hash)) as { reason: string }).reason, 'WindowNotOver(9, 8)')
  })

  it('says so when the gas ran out, and when no reason can be found', async () => {
    const { chain, rpc } = aChain()
    rpc.on('eth_getTransactionReceipt', () => failed)
    assert.equal(((await chain.outcome(hash)) as { reason: string }).reason, 'Reverted()')
    rpc.on('eth_getTransactionByHash', () => ({ ...sent, gas: '0x5' }))
    assert.equal(((await chain.outcome(hash)) as { reason: string }).reason, 'OutOfGas()')
    rpc.on('eth_getTransactionByHash', () => sent)
    rpc.on('eth_call', () => '0x')
    assert.equal(((await chain.outcome(hash)) as { reason: string }).reason, 'Reverted()')
  })
})
