import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { encodeFunctionResult, toFunctionSelector } from 'viem'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import {
  type ConnectOptions,
  connectChain,
  type Deployment,
  type NetworkSettings,
} from '../../../node/adapters/viem/index.ts'
import { type Address, fromHex } from '../../../protocols/common/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { testPrivateKey } from '../../fakes/signer.ts'
import { createFakeRpc, type FakeRpc, refuse } from './fake-rpc.ts'

const deployment: Deployment = {
  paymentChannel: `0x${'C1'.repeat(20)}`,
  disputeArbiter: `0x${'c2'.repeat(20)}`,
  token: `0x${'c3'.repeat(20)}`,
  block: 5,
}

const network: NetworkSettings = {
  chainId: 137,
  name: 'Polygon',
  confirmations: 32,
  minWindowSeconds: 3600,
  contracts: { ...deployment, block: null },
}

const answerCall = (data: string): string => {
  const uint8 = { abi: testTokenAbi, functionName: 'decimals', result: 6 } as const
  const text = { abi: testTokenAbi, functionName: 'symbol', result: 'USDC' } as const
  const window = {
    abi: paymentChannelContractAbi,
    functionName: 'minWindow',
    result: 3600,
  } as const
  if (data === toFunctionSelector('decimals()')) return encodeFunctionResult(uint8)
  if (data === toFunctionSelector('symbol()')) return encodeFunctionResult(text)
  return encodeFunctionResult(window)
}

const aRemote = () =>
  createFakeRpc({
    eth_chainId: () => '0x89',
    web3_clientVersion: () => 'bor/v2',
    eth_getBlockByNumber: () => ({ hash: `0x${'bb'.repeat(32)}` }),
    eth_getCode: () => '0x6001',
    eth_call: ([request]) => answerCall((request as { data: string }).data),
  })

const aSilent = () => {
  const silent = aRemote()
  silent.setReachable(false)
  return silent
}

describe('connecting to a chain', () => {
  let root: string
  let count = 0
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'souk-connect-'))
  })
  after(() => rm(root, { recursive: true }))

  const connecting = (remotes: Record<string, FakeRpc>, over: Partial<ConnectOptions> = {}) => {
    const log = createRecordingLog()
    const clock = createFakeClock()
    const deps = {
      clock,
      log,
      startLocalChain: () => Promise.reject(new Error('no chain of its own is wanted')),
      transport: (url: string) => (remotes[url] as FakeRpc).transport,
    }
    const options: ConnectOptions = {
      dataFolder: join(root, `${count++}`),
      privateKey: testPrivateKey('alice'),
      rpcUrls: Object.keys(remotes),
      network,
      deployment: null,
      ...over,
    }
    return { options, log, clock, connect: () => connectChain(deps, options) }
  }

  it('completes what the settings say with what the contracts say', async () => {
    const { connect, options } = connecting({ a: aRemote() })
    const { identity, chain, rpcUrls, stop, ...connected } = await connect()
    const { block, ...contracts } = {
      ...deployment,
      paymentChannel: deployment.paymentChannel.toLowerCase() as Address,
    }
    assert.deepEqual(identity, {
      chainId: 137,
      network: 'Polygon',
      isLocal: false,
      contracts,
      tokenDecimals: 6,
      tokenSymbol: 'USDC',
      minWindowSeconds: 3600,
      confirmations: 32,
    })
    assert.deepEqual(connected.deployment, { ...contracts, block: 0 })
    assert.deepEqual(rpcUrls, ['a'])
    await chain.start()
    await stop()
    const pins = JSON.parse(await readFile(join(options.dataFolder, 'chain-pins.json'), 'utf8'))
    assert.equal(pins.chainId, 137)
    assert.deepEqual(Object.keys(pins.codeHashes), Object.values(contracts))
  })

  it('waits for six confirmations where no settings say how many', async () => {
    const { identity, deployment: used } = await connecting(
      { a: aRemote() },
      { network: null, deployment },
    ).connect()
    assert.equal(identity.confirmations, 6)
    assert.equal(identity.network, 'chain 137')
    assert.equal(used.block, 5)
  })

  it('never makes play money on a chain that is not local', async () => {
    const local = { fund: { native: 1n, token: 1n } }
    await connecting({ a: aRemote() }, { local }).connect()
  })

  it('does without an endpoint that is silent, and uses it once it has been checked', async () => {
    const silent = aRemote()
    silent.setReachable(false)
    const b = aRemote()
    const { connect, log, clock } = connecting({ silent, b })
    const { chain, rpcUrls } = await connect()
    assert.deepEqual(rpcUrls, ['silent', 'b'])
    assert.deepEqual(log.messages(), ['chain endpoint does not answer'])
    silent.setReachable(true)
    await clock.advance(2_000)
    silent.on('eth_blockNumber', () => '0x9')
    b.on('eth_blockNumber', () => '0x9')
    await chain.outcome(`0x${'11'.repeat(32)}`).catch(() => undefined)
    assert.ok(silent.calls('eth_getCode').length > 0)
    await assert.rejects(connecting({ silent: aSilent() }).connect(), { code: 'CHAIN_UNREACHABLE' })
  })

  it('never uses a late endpoint that turns out to be another chain', async () => {
    const late = aRemote()
    late.setReachable(false)
    const b = aRemote()
    b.on('eth_blockNumber', () => '0x9')
    b.on('eth_getTransactionReceipt', () => null)
    b.on('eth_getTransactionByHash', () => null)
    const { connect, log, clock } = connecting({ late, b })
    const { chain } = await connect()
    late.setReachable(true)
    await clock.advance(2_000)
    late.on('eth_chainId', () => '0x1')
    assert.equal((await chain.outcome(`0x${'11'.repeat(32)}`)).status, 'unknown')
    assert.ok(log.messages().includes('chain endpoint is not the right chain and is never used'))
    assert.deepEqual(late.calls('eth_getTransactionReceipt'), [])
  })

  it('starts on what it was told earlier when nobody answers', async () => {
    const { connect, options } = connecting({ a: aRemote() })
    const { identity } = await connect()
    const { dataFolder } = options
    const silent = aSilent()
    const blind = connecting({ a: silent }, { dataFolder })
    assert.deepEqual((await blind.connect()).identity, identity)
    assert.ok(blind.log.messages().includes('no endpoint of the chain answers, started without it'))
    const elsewhere = { ...deployment, token: `0x${'c9'.repeat(20)}` as const }
    const moved = connecting({ a: silent }, { dataFolder, deployment: elsewhere })
    await assert.rejects(moved.connect(), { code: 'CHAIN_UNREACHABLE' })
  })

  it('refuses all when one endpoint is another chain', async () => {
    const wrong = aRemote()
    wrong.on('eth_chainId', () => '0x1')
    await assert.rejects(connecting({ a: aRemote(), wrong }).connect(), { code: 'CHAIN_MISMATCH' })
  })

  it('refuses a chain that is not the one it used before', async () => {
    const { connect, options } = connecting({ a: aRemote() })
    await connect()
    const moved = aRemote()
    moved.on('eth_getBlockByNumber', () => ({ hash: `0x${'cc'.repeat(32)}` }))
    const { dataFolder } = options
    await assert.rejects(connecting({ a: moved }, { dataFolder }).connect(), {
      code: 'CHAIN_MISMATCH',
    })
  })

  it('refuses a chain without the contracts, or without word of them', async () => {
    const empty = aRemote()
    empty.on('eth_getCode', () => '0x')
    await assert.rejects(connecting({ empty }).connect(), { code: 'DEPLOYMENT_MISSING' })
    const contracts = { ...network.contracts, token: null }
    const unnamed = { network: { ...network, contracts } }
    await assert.rejects(connecting({ a: aRemote() }, unnamed).connect(), {
      code: 'DEPLOYMENT_MISSING',
    })
    await assert.rejects(connecting({ a: aRemote() }, { network: null }).connect(), {
      code: 'DEPLOYMENT_MISSING',
    })
  })

  it('refuses a key that everybody knows, and a chain that hides its program is not local', async () => {
    const shy = aRemote()
    shy.on('web3_clientVersion', () => refuse('no such method', { code: -32601 }))
    const privateKey = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
    await assert.rejects(connecting({ shy }, { privateKey }).connect(), { code: 'WELL_KNOWN_KEY' })
    assert.equal((await connecting({ shy }).connect()).identity.isLocal, false)
  })

  it('stops the chain of its own when that one is not usable', async () => {
    const remote = aRemote()
    let isStopped = false
    const startLocalChain = async () => ({
      rpcUrl: 'own',
      deployerKey: `0x${'11'.repeat(32)}` as const,
      stop: async () => {
        isStopped = true
      },
    })
    const { options } = connecting({}, { network: null })
    const deps = { clock: createFakeClock(), log: createRecordingLog(), startLocalChain }
    const connected = connectChain({ ...deps, transport: () => remote.transport }, options)
    await assert.rejects(connected, { code: 'CHAIN_NOT_LOCAL' })
    assert.equal(isStopped, true)
  })
})
