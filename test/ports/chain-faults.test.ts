import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { after, afterEach, before, describe, it } from 'mocha'
import { createSystemClock } from '../../node/adapters/system/index.ts'
import type { ConnectedChain } from '../../node/adapters/viem/index.ts'
import type { ChainCall } from '../../node/ports/index.ts'
import type { Settlement } from '../../node/settlement/index.ts'
import type { Address } from '../../protocols/common/index.ts'
import type { NodeEvent } from '../../protocols/control/index.ts'
import { createRecordingLog, silentLog } from '../fakes/log.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { type FaultyEndpoint, startFaultyEndpoint } from './faulty-endpoint.ts'
import {
  type AgentPlace,
  type AgentWorld,
  connectAgent,
  startAgent,
  startOwnChain,
} from './settling-agent.ts'

const spender = createTestSigner('spender').address
const anApproval = (amount: bigint): ChainCall => ({ type: 'approve-token', spender, amount })
const hex = (value: bigint) => `0x${value.toString(16)}`
const GWEI = 1_000_000_000n

/** Waits for what comes by itself. */
const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await wait(20)
}

describe('settlement on a chain (anvil) that fails', () => {
  let folder: string
  let own: ConnectedChain
  let count = 0
  const closers: (() => Promise<void>)[] = []

  const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(own.rpcUrls[0] as string, { method: 'POST', headers, body })
    const { result, error } = (await answer.json()) as { result?: unknown; error?: unknown }
    assert.equal(error, undefined, JSON.stringify(error))
    return result
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-faults-'))
    own = await startOwnChain(join(folder, 'chain'))
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  after(async () => {
    await own?.stop()
    await rm(folder, { recursive: true })
  })

  const anEndpoint = async (): Promise<FaultyEndpoint> => {
    const endpoint = await startFaultyEndpoint(own.rpcUrls[0] as string)
    closers.push(endpoint.stop)
    return endpoint
  }

  const aPlace = (...endpoints: FaultyEndpoint[]): AgentPlace => {
    const name = `agent-${count++}`
    const rpcUrls = endpoints.map(({ url }) => url)
    return { name, dataFolder: join(folder, name), rpcUrls, deployment: own.deployment }
  }

  const start = async (place: AgentPlace, over: Partial<AgentWorld> = {}) => {
    const log = createRecordingLog()
    const events: NodeEvent[] = []
    const emit = (event: NodeEvent) => void events.push(event)
    const agent = await startAgent(place, { log, emit, ...over })
    closers.push(agent.stop)
    return { ...agent, log, events, place }
  }

  const began = async () => {
    const endpoint = await anEndpoint()
    return { endpoint, ...(await start(aPlace(endpoint))) }
  }

  const shown = (settlement: Settlement, key: string) =>
    settlement.outbox().find((entry) => entry.key === key)
  const allowanceOf = (agent: { chain: { allowance(spender: Address): Promise<bigint> } }) =>
    agent.chain.allowance(spender)
  const nonceOf = async (address: Address) =>
    Number(await rpc('eth_getTransactionCount', address, 'latest'))

  it('watches while its node is down, asks ever less often, and goes on when it is back', async () => {
    const { endpoint, settlement, log, events, chain } = await began()
    endpoint.set({ type: 'down' })
    const submitted = settlement.submit('a', anApproval(1n))
    await until(() => !settlement.status().isReachable)
    await until(() => shown(settlement, 'a')?.status === 'intended')
    const before = endpoint.asked()
    await wait(2_000)
    // Without pauses it would be some hundreds.
    assert.ok(endpoint.asked() - before < 20, String(endpoint.asked() - before))
    endpoint.set({ type: 'good' })
    await submitted
    assert.equal(settlement.status().isReachable, true)
    assert.equal(await chain.allowance(spender), 1n)
    const said = log.messages().filter((message) => /^chain (un)?reachable/.test(message))
    assert.deepEqual(said, ['chain unreachable, transactions wait', 'chain reachable again'])
    const told = events.flatMap((event) =>
      event.type === 'chain.reach' ? [event.isReachable] : [],
    )
    assert.deepEqual(told, [false, true])
  })

  it('uses the second node while the first is down, slow, or answers with errors', async () => {
    const [first, second] = [await anEndpoint(), await anEndpoint()]
    const { settlement, log, chain } = await start(aPlace(first, second))
    const moods = [
      { type: 'down' },
      { type: 'slow' },
      { type: 'http-error', status: 503 },
      { type: 'http-error', status: 429 },
      { type: 'rpc-error', code: -32005, message: 'limit exceeded' },
      { type: 'rpc-error', code: -32000, message: 'header not found' },
    ] as const
    for (const [index, mood] of moods.entries()) {
      first.set(mood)
      await settlement.submit(`call-${index}`, anApproval(BigInt(index + 1)))
      assert.equal(settlement.status().isReachable, true)
    }
    assert.equal(await chain.allowance(spender), BigInt(moods.length))
    const { length } = log
      .messages()
      .filter((message) => message.startsWith('chain endpoint fails'))
    assert.ok(length >= 1 && length <= moods.length, String(length))
  })

  it('survives an only node that answers with errors for a while', async () => {
    const { endpoint, settlement } = await began()
    endpoint.set({ type: 'rpc-error', code: -32603, message: 'internal error' })
    const submitted = settlement.submit('a', anApproval(1n))
    await until(() => !settlement.status().isReachable)
    endpoint.set({ type: 'good' })
    await submitted
  })

  it('starts while every node is silent, and works once one is back', async () => {
    const endpoint = await anEndpoint()
    const place = aPlace(endpoint)
    const before = await start(place)
    await before.settlement.submit('a', anApproval(1n))
    await before.stop()
    closers.pop()
    endpoint.set({ type: 'down' })
    const { settlement, log } = await start(place)
    assert.ok(log.messages().includes('no endpoint of the chain answers, started without it'))
    const submitted = settlement.submit('b', anApproval(2n))
    await until(() => !settlement.status().isReachable)
    endpoint.set({ type: 'good' })
    await submitted
  })

  it('sends again what a node took and lost, and once only what it took without saying so', async () => {
    const { endpoint, settlement, address } = await began()
    endpoint.swallow('eth_sendRawTransaction', `0x${'00'.repeat(32)}`)
    await settlement.submit('a', anApproval(1n))
    assert.ok(endpoint.asked('eth_sendRawTransaction') >= 2)
    endpoint.cutNextAnswer('eth_sendRawTransaction')
    await settlement.submit('b', anApproval(2n))
    assert.equal(await nonceOf(address), 2)
  })

  it('carries out again what a reorganisation of three blocks took back', async () => {
    const { settlement, chain, log, address } = await began()
    const first = await settlement.submit('a', anApproval(1n))
    const second = await settlement.submit('b', anApproval(2n))
    // Blocks may come between the look and the reorganisation, and then it was too short.
    await until(async () => {
      if (log.messages().includes('transaction undone by a reorganisation')) return true
      const { block } = await chain.head()
      await rpc('anvil_reorg', Math.max(3, block - first.block + 1), [])
      await wait(500)
      return false
    })
    await until(async () => (await chain.allowance(spender)) === 2n)
    await until(() => settlement.outbox().every(({ status }) => status === 'done'))
    assert.equal(await nonceOf(address), 2)
    assert.deepEqual(shown(settlement, 'b')?.hashes, [second.hash])
    assert.equal((await settlement.transaction(first.hash))?.status, 'done')
  })

  it('carries out again what vanished with the newest blocks', async () => {
    const { settlement, chain, address } = await began()
    const snapshot = await rpc('evm_snapshot')
    await settlement.submit('a', anApproval(1n))
    await rpc('evm_revert', snapshot)
    await until(async () => (await allowanceOf({ chain })) === 1n)
    await until(() => shown(settlement, 'a')?.status === 'done')
    assert.equal(await nonceOf(address), 1)
  })

  it('prepares afresh what another transaction of its account forestalled', async () => {
    const { endpoint, settlement, place, address, chain } = await began()
    endpoint.swallow('eth_sendRawTransaction', `0x${'00'.repeat(32)}`)
    const other = await connectAgent({ ...place, dataFolder: join(folder, 'other') }, silentLog)
    const foreign = await other.chain.prepare(anApproval(77n))
    const submitted = settlement.submit('a', anApproval(1n))
    await until(() => endpoint.asked('eth_sendRawTransaction') > 0)
    const direct = await connectAgent(
      { ...place, dataFolder: join(folder, 'direct'), rpcUrls: own.rpcUrls },
      silentLog,
    )
    await direct.chain.broadcast(foreign)
    await submitted
    await other.stop()
    await direct.stop()
    assert.equal(await nonceOf(address), 2)
    assert.equal(await chain.allowance(spender), 1n)
  })

  it('waits out fees above its cap, unless a deadline is near', async () => {
    const { settlement, chain } = await began()
    let isDear = true
    const dear = (async () => {
      for (; isDear; await wait(10)) {
        await rpc('anvil_setNextBlockBaseFeePerGas', hex(5_000n * GWEI))
      }
    })()
    await until(async () => (await chain.fees()).base > 1_000n * GWEI)
    const patient = settlement.submit('patient', anApproval(1n))
    await until(() => /FEE_TOO_HIGH/.test(shown(settlement, 'patient')?.reason ?? ''))
    const deadline = Math.floor(Date.now() / 1000) + 60
    await settlement.submit('answer', anApproval(2n), { deadline })
    assert.equal(shown(settlement, 'patient')?.status, 'intended')
    isDear = false
    await dear
    // An empty chain gets cheaper by an eighth with every block.
    await patient
    assert.ok((await chain.fees()).base < 200n * GWEI)
  })

  it('replaces what its fee does not carry, and is charged once', async () => {
    const system = createSystemClock()
    let ahead = 0
    const clock = { ...system, now: () => system.now() + ahead }
    const { settlement, address, chain } = await start(aPlace(await anEndpoint()), { clock })
    await rpc('anvil_setNextBlockBaseFeePerGas', hex(GWEI))
    await until(async () => (await chain.fees()).base <= GWEI)
    await rpc('evm_setIntervalMining', 0)
    const submitted = settlement.submit('a', anApproval(1n))
    await until(() => shown(settlement, 'a')?.status === 'sent')
    ahead += 100
    await until(() => shown(settlement, 'a')?.hashes.length === 2)
    ahead += 100
    await until(() => shown(settlement, 'a')?.hashes.length === 3)
    await until(() => shown(settlement, 'a')?.status === 'sent')
    await rpc('evm_setIntervalMining', 1)
    const { hash } = await submitted
    const hashes = shown(settlement, 'a')?.hashes ?? []
    assert.equal(hash, hashes[2])
    assert.equal((await settlement.transaction(hashes[0] as typeof hash))?.status, 'replaced')
    assert.equal(await nonceOf(address), 1)
  })
})
