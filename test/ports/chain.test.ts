import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { startLocalChain } from '../../node/adapters/anvil/index.ts'
import { createSystemClock } from '../../node/adapters/system/index.ts'
import {
  type ConnectedChain,
  type ConnectOptions,
  connectChain,
  fundLocalAgent,
} from '../../node/adapters/viem/index.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { silentLog } from '../fakes/log.ts'
import { createMemoryChain } from '../fakes/memory-chain.ts'
import { createTestSigner, testPrivateKey } from '../fakes/signer.ts'
import type { ChainStage } from './chain-acts.ts'
import { describeChain } from './chain-suite.ts'
import { describeTowers } from './chain-towers.ts'

const alice = createTestSigner('alice')
const bob = createTestSigner('bob')

const memoryStage = async (): Promise<ChainStage> => {
  const clock = createFakeClock()
  const accounts = { [alice.address]: 10_000n, [bob.address]: 10_000n }
  const chain = createMemoryChain({ clock, accounts })
  return {
    payer: { chain: chain.for(alice.address), signer: alice },
    payee: { chain: chain.for(bob.address), signer: bob },
    pass: async (seconds) => {
      await clock.advance(seconds * 1000)
      chain.mine()
    },
    refusePayouts: async (isRefusing) => chain.failures.refusePayouts(bob.address, isRefusing),
    reorganise: async (depth) => {
      chain.failures.reorganise(depth)
      chain.mine()
    },
    stop: async () => undefined,
  }
}

const rpcTo =
  (url: string) =>
  async (method: string, params: unknown[] = []) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(5_000)
    const answer = await (await fetch(url, { method: 'POST', headers, body, signal })).json()
    return (answer as { result: unknown }).result
  }

const deps = { startLocalChain, clock: createSystemClock(), log: silentLog }
// Ten blocks a second: nothing waits long, and no block is asked for by hand.
const BLOCK_SECONDS = 0.1
const fund = { native: 10n ** 18n, token: 10_000n }

const optionsFor = (dataFolder: string, name: string): ConnectOptions => ({
  dataFolder,
  privateKey: testPrivateKey(name),
  rpcUrls: [],
  network: null,
  deployment: null,
  local: { fund, blockTimeSeconds: BLOCK_SECONDS },
  pollMs: 50,
})

const anvilStage = async (): Promise<ChainStage> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-chain-'))
  const open: ConnectedChain[] = []
  const stop = async () => {
    for (const connected of open.reverse()) await connected.stop()
    await rm(folder, { recursive: true })
  }
  const connect = async (name: string, over: Partial<ConnectOptions>) => {
    try {
      open.push(await connectChain(deps, { ...optionsFor(join(folder, name), name), ...over }))
    } catch (error) {
      await stop()
      throw error
    }
    return open.at(-1) as ConnectedChain
  }
  const { chain, deployment, rpcUrls } = await connect('alice', {})
  const second = await connect('bob', { deployment, rpcUrls })
  const rpc = rpcTo(rpcUrls[0] as string)
  return {
    payer: { chain, signer: alice },
    payee: { chain: second.chain, signer: bob },
    pass: async (seconds) => {
      await rpc('evm_increaseTime', [seconds])
      const before = await chain.head()
      for (let { block } = before; block === before.block; ) ({ block } = await chain.head())
    },
    // Code that always reverts.
    refusePayouts: async (isRefusing) => {
      await rpc('anvil_setCode', [bob.address, isRefusing ? '0x5f5ffd' : '0x'])
    },
    reorganise: async (depth) => {
      await rpc('anvil_reorg', [depth, []])
    },
    stop,
  }
}

describeChain('in memory', memoryStage)
describeChain('anvil', anvilStage)
describeTowers('in memory', memoryStage)
describeTowers('anvil', anvilStage)

describe('a chain of one’s own', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-own-chain-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('is the same one after a restart, contracts and balances too', async () => {
    const options = optionsFor(join(folder, 'restart'), 'alice')
    const before = await connectChain(deps, options)
    await before.stop()
    const again = await connectChain(deps, {
      ...options,
      local: { blockTimeSeconds: BLOCK_SECONDS },
    })
    assert.deepEqual(again.deployment, before.deployment)
    assert.equal((await again.chain.balances(alice.address)).token, fund.token)
    await again.stop()
  })

  it('is not mistaken for another one that took its place', async () => {
    const options = optionsFor(join(folder, 'moved'), 'alice')
    const before = await connectChain(deps, options)
    await before.stop()
    await rm(join(options.dataFolder, 'chain'), { recursive: true })
    await assert.rejects(connectChain(deps, options), { code: 'CHAIN_MISMATCH' })
  })

  it('is ended and taken over when an earlier run left it behind', async () => {
    const place = { folder: join(folder, 'stale'), log: silentLog }
    const left = await startLocalChain(place)
    const next = await startLocalChain(place)
    assert.notEqual(next.pid, left.pid)
    assert.equal(next.deployerKey, left.deployerKey)
    await assert.rejects(fetch(left.rpcUrl))
    await next.stop()
    await left.stop()
  })

  it('does not start on a port that is taken', async () => {
    const first = await startLocalChain({ folder: join(folder, 'first'), log: silentLog })
    const port = Number(new URL(first.rpcUrl).port)
    const second = startLocalChain({ folder: join(folder, 'second'), log: silentLog, port })
    await assert.rejects(second, { code: 'CHAIN_PORT_TAKEN' })
    await first.stop()
  })

  it('answers no web page', async () => {
    const chain = await startLocalChain({ folder: join(folder, 'cors'), log: silentLog })
    const response = await fetch(chain.rpcUrl, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
    })
    assert.equal(response.headers.get('access-control-allow-origin'), null)
    await chain.stop()
  })
})

describe('play money', () => {
  it('is refused on a chain that only says it is anvil', async () => {
    const answers: Record<string, string> = {
      eth_chainId: '0x1',
      web3_clientVersion: 'anvil/v1.7.1',
    }
    const asked: string[] = []
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { id, method } = JSON.parse(Buffer.concat(chunks).toString()) as {
        id: number
        method: string
      }
      asked.push(method)
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] }))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as { port: number }
    const rpcUrl = `http://127.0.0.1:${port}`
    const order = { rpcUrl, agent: alice.address, token: bob.address, fund }
    await assert.rejects(fundLocalAgent(order), { code: 'CHAIN_NOT_LOCAL' })
    assert.deepEqual(asked, ['eth_chainId', 'web3_clientVersion'])
    server.closeAllConnections()
    server.close()
  })
})
