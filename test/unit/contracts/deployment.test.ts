import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  type Address,
  createPublicClient,
  createWalletClient,
  custom,
  encodeAbiParameters,
  getContractAddress,
  type Hex,
  toHex,
} from 'viem'
import { foundry } from 'viem/chains'
import {
  disputeArbiterContractBytecode,
  escrowContractBytecode,
  paymentChannelContractBytecode,
  reputationContractBytecode,
  testTokenBytecode,
} from '../../../contracts/abi/index.ts'
import { maskedCodeHash } from '../../../contracts/code-hash.ts'
import { deployContracts } from '../../../contracts/deployment.ts'

const OWNER: Address = '0x00000000000000000000000000000000000000aa'
const ELSEWHERE: Address = '0x00000000000000000000000000000000000000bb'

type Sent = { data: Hex; from: Hex }
type Chain = {
  code: Hex
  receiptStatus: Hex
  sent: Sent[]
  receiptsAskedBefore: number[]
  /** Transactions of the same account that nobody here sent, after the second that was. */
  othersBetween: number
}

const hash = (index: number): Hex => toHex(index, { size: 32 })
const address = (index: number): Address =>
  getContractAddress({ from: OWNER, nonce: BigInt(index) })

const answer = (chain: Chain, method: string, params: readonly unknown[]): unknown => {
  if (method === 'eth_chainId') return toHex(foundry.id)
  if (method === 'eth_blockNumber') return toHex(chain.sent.length)
  if (method === 'eth_getCode') return chain.code
  if (method === 'eth_getTransactionCount') {
    return toHex(chain.sent.length + (chain.sent.length > 1 ? chain.othersBetween : 0))
  }
  if (method === 'eth_sendTransaction') return hash(chain.sent.push(params[0] as Sent) - 1)
  if (method === 'eth_getTransactionByHash') return { hash: params[0], blockNumber: '0x1' }
  assert.equal(method, 'eth_getTransactionReceipt')
  const index = Number(params[0])
  chain.receiptsAskedBefore.push(chain.sent.length)
  return {
    transactionHash: params[0],
    blockNumber: toHex(index + 10),
    contractAddress: address(index),
    status: chain.receiptStatus,
    logs: [],
  }
}

const aChain = (change: Partial<Chain> = {}) => {
  const chain: Chain = {
    code: '0x',
    receiptStatus: '0x1',
    sent: [],
    receiptsAskedBefore: [],
    othersBetween: 0,
    ...change,
  }
  const transport = custom({
    request: async ({ method, params }: { method: string; params?: readonly unknown[] }) =>
      answer(chain, method, params ?? []),
  })
  const options = { chain: foundry, transport, pollingInterval: 1 }
  const clients = {
    publicClient: createPublicClient(options),
    walletClient: createWalletClient({ ...options, account: OWNER }),
  }
  return { chain, clients }
}

describe('a chain without contracts', () => {
  it('gets all five, one transaction at a time, and events count from the channel contract', async () => {
    const { chain, clients } = aChain()
    const options = { minWindow: 1, owner: OWNER, withTestToken: true }
    const deployment = await deployContracts(clients, options)
    assert.deepEqual(deployment, {
      paymentChannel: address(1),
      reputation: address(2),
      escrow: address(3),
      disputeArbiter: address(4),
      token: address(0),
      block: 2n,
    })
    assert.deepEqual([...new Set(chain.receiptsAskedBefore)], [1, 2, 3, 4, 5])
    const codes = [
      testTokenBytecode,
      paymentChannelContractBytecode,
      reputationContractBytecode,
      escrowContractBytecode,
      disputeArbiterContractBytecode,
    ]
    assert.ok(codes.every((code, index) => chain.sent[index]?.data.startsWith(code)))
  })

  it('hands window, owner and the tokens that may come in to the channel contract', async () => {
    const { chain, clients } = aChain()
    const options = { minWindow: 3600, owner: OWNER, withTestToken: true, tokens: [ELSEWHERE] }
    await deployContracts(clients, options)
    const args = chain.sent[1]?.data.slice(paymentChannelContractBytecode.length)
    const tokens = [toHex(0, { size: 20 }), ELSEWHERE, address(0)] as const
    assert.equal(
      `0x${args}`,
      encodeAbiParameters(
        [{ type: 'uint32' }, { type: 'address' }, { type: 'address[]' }],
        [3600, OWNER, tokens],
      ),
    )
  })

  it('gets no test token unless it is wanted', async () => {
    const { chain, clients } = aChain()
    const options = { minWindow: 1, owner: OWNER, withTestToken: false }
    const { token } = await deployContracts(clients, options)
    assert.equal(token, null)
    assert.equal(chain.sent.length, 4)
  })

  it('tells escrow and reputation where each other and the arbiter will be', async () => {
    const { chain, clients } = aChain()
    const options = { minWindow: 3600, owner: OWNER, withTestToken: true, tokens: [ELSEWHERE] }
    await deployContracts(clients, options)
    const tokens = [ELSEWHERE, address(0)]
    const argsOf = (index: number, code: Hex) => `0x${chain.sent[index]?.data.slice(code.length)}`
    const day = 86_400
    assert.equal(
      argsOf(2, reputationContractBytecode),
      encodeAbiParameters(
        ['address', 'address', 'uint32', 'address', 'address[]'].map((type) => ({ type })),
        [address(3), address(4), 51 * day + 3600, OWNER, tokens],
      ),
    )
    assert.equal(
      argsOf(3, escrowContractBytecode),
      encodeAbiParameters(
        ['address', 'address', 'uint32[3]', 'address', 'address[]'].map((type) => ({ type })),
        [address(4), address(2), [3600, 37 * day, 14 * day], OWNER, tokens],
      ),
    )
  })

  it('tells where each contract will stand before it sends it', async () => {
    const { chain, clients } = aChain()
    const placed: object[] = []
    const onPlacing = async (news: object) => {
      assert.equal(placed.push(news), chain.sent.length + 1)
    }
    const options = { minWindow: 1, owner: OWNER, withTestToken: true, onPlacing }
    const deployment = await deployContracts(clients, options)
    assert.deepEqual(
      placed.map((news) => Object.keys(news)[0]),
      ['token', 'paymentChannel', 'reputation', 'escrow', 'disputeArbiter'],
    )
    assert.deepEqual(Object.assign({}, ...placed), deployment)
  })
})

describe('addresses from another chain or version', () => {
  for (const code of ['0x', '0x60006000fd'] as const) {
    it(`are not reused where the code is ${code}`, async () => {
      const { chain, clients } = aChain({ code })
      const earlier = {
        paymentChannel: ELSEWHERE,
        disputeArbiter: ELSEWHERE,
        escrow: ELSEWHERE,
        reputation: ELSEWHERE,
        token: ELSEWHERE,
        block: 3n,
      }
      const options = { minWindow: 1, owner: OWNER, withTestToken: true, earlier }
      const deployment = await deployContracts(clients, options)
      assert.equal(chain.sent.length, 5)
      assert.equal(deployment.block, 2n)
      assert.equal(deployment.token, address(0))
    })
  }
})

describe('a deployment that reverts', () => {
  it('is named, and nothing follows it', async () => {
    const { chain, clients } = aChain({ receiptStatus: '0x0' })
    const options = { minWindow: 1, owner: OWNER, withTestToken: true }
    await assert.rejects(deployContracts(clients, options), /TestToken failed/)
    assert.equal(chain.sent.length, 1)
  })
})

describe('a deployer whose account sends something else meanwhile', () => {
  it('is stopped before contracts name one another wrongly', async () => {
    const { chain, clients } = aChain({ othersBetween: 1 })
    const options = { minWindow: 1, owner: OWNER, withTestToken: false }
    await assert.rejects(
      deployContracts(clients, options),
      /came between: run the deployment again/,
    )
    assert.equal(chain.sent.length, 2)
  })
})

describe('the hash of deployed code', () => {
  it('does not depend on immutables', () => {
    const spans = [[1, 2]] as const
    assert.equal(maskedCodeHash('0x01aabb02', spans), maskedCodeHash('0x01ccdd02', spans))
    assert.notEqual(maskedCodeHash('0x01aabb02', spans), maskedCodeHash('0x01aabb03', spans))
  })

  it('takes code shorter than the places of the immutables', () => {
    assert.match(maskedCodeHash('0x01', [[100, 32]]), /^0x[0-9a-f]{64}$/)
  })
})
