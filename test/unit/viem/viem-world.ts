import assert from 'node:assert/strict'
import { encodeErrorResult } from 'viem'
import { paymentChannelContractAbi as abi } from '../../../contracts/abi/index.ts'
import { createViemChain } from '../../../node/adapters/viem/index.ts'
import { createRpc } from '../../../node/adapters/viem/rpc.ts'
import type { ChainCall, ChainIdentity } from '../../../node/ports/index.ts'
import {
  type Address,
  type ChannelParams,
  Fault,
  type Hash,
  type Hex,
} from '../../../protocols/common/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { createTestSigner, testPrivateKey } from '../../fakes/signer.ts'
import { createFakeRpc, refuse } from './fake-rpc.ts'

export const alice = createTestSigner('alice').address
export const bob = createTestSigner('bob').address
export const contract = `0x${'c1'.repeat(20)}` as Address
export const token = `0x${'c3'.repeat(20)}` as Address
export const GWEI = 1_000_000_000n

export const anIdentity = (over: Partial<ChainIdentity> = {}): ChainIdentity => ({
  chainId: 31337,
  network: 'test',
  isLocal: true,
  contracts: { paymentChannel: contract, disputeArbiter: bob, token },
  tokenDecimals: 6,
  tokenSymbol: 'tUSD',
  minWindowSeconds: 1,
  confirmations: 1,
  ...over,
})

export const params: ChannelParams = {
  partyA: alice,
  partyB: bob,
  signerA: alice,
  signerB: bob,
  token,
  window: 60,
  mode: 1,
  salt: 9n,
}

export const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`

/** `fork` tells the blocks of two histories apart. */
export const hashOfBlock = (block: string, fork = '00'): Hash =>
  `0x${fork}${block.replace(/^0x|latest/, '').padStart(62, '0')}`

export const aChain = (over: Partial<ChainIdentity> = {}, maxFeePerGas = 100n * GWEI) => {
  const rpc = createFakeRpc({
    eth_chainId: () => '0x7a69',
    eth_blockNumber: () => '0x64',
    eth_estimateGas: () => hex(100_000),
    eth_maxPriorityFeePerGas: () => hex(GWEI),
    eth_getBlockByNumber: ([block]) => ({
      number: '0x64',
      timestamp: '0x3e8',
      baseFeePerGas: hex(10n * GWEI),
      hash: hashOfBlock(String(block)),
    }),
    eth_getTransactionCount: () => '0x5',
    eth_getBalance: () => hex(10n ** 18n),
    eth_getTransactionReceipt: () => null,
    eth_getTransactionByHash: () => null,
    eth_getLogs: () => [],
  })
  const clock = createFakeClock()
  const log = createRecordingLog()
  const chain = createViemChain(
    { rpc: createRpc(rpc.transport), clock, log },
    {
      privateKey: testPrivateKey('alice'),
      identity: anIdentity(over),
      pollMs: 1_000,
      maxFeePerGas,
    },
  )
  return { chain, rpc, clock, log }
}

export const open: ChainCall = { type: 'open-channel', params, amount: 7n }

export const isFault = (code: string, reason?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code)
  if (reason !== undefined) assert.match(String(error.details.reason), reason)
  return true
}

export const revert = (errorName: 'AlreadyUsed' | 'WindowNotOver', args: readonly unknown[]) =>
  refuse('execution reverted', {
    code: 3,
    data: encodeErrorResult({ abi, errorName, args } as never),
  })
