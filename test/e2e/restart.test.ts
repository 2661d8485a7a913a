import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import type { TaskView } from '../../protocols/control/index.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'
import { buy, channelWith, ended, stdoutOf, taskWhen } from './kit/buying.ts'
import { LOCAL, meet } from './kit/market.ts'
import { type NodeProcess, startNode } from './kit/node-process.ts'

const hello = { module: wasmFixture('hello'), limits: { fuel: '1000000' } }

/** Where the chain that a node started for itself answers. */
const rpcUrlOf = ({ log }: NodeProcess): string => {
  const found = /local chain started rpcUrl=(\S+)/.exec(log())?.[1]
  assert.ok(found, log())
  return found
}

/** What must outlive the process. */
const factsOf = async ({ client, agent, peerId }: NodeProcess) => {
  const [{ items: tasks }, { items: channels }, chain, { did }] = await Promise.all([
    client.tasks({}),
    client.channels(),
    client.chainStatus(),
    client.self(),
  ])
  const { balances, contracts, token } = chain
  return { agent, peerId, did, tasks, channels, contracts, token, tokens: balances.token }
}

describe('a node with a chain of its own', function () {
  this.timeout(90_000)
  let folder: string
  let owner: NodeProcess
  let guest: NodeProcess
  let task: TaskView

  const startOwner = async () => {
    owner = await startNode('owner', join(folder, 'owner'), {
      ...LOCAL,
      'log.level': 'info',
      'market.role': 'requester',
    })
  }
  const startGuest = async () => {
    guest = await startNode('guest', join(folder, 'guest'), {
      ...LOCAL,
      'market.role': 'provider',
      'chain.rpcUrls': rpcUrlOf(owner),
      'chain.deployment': join(folder, 'owner', 'chain', 'deployment.json'),
      'network.bootstrap': owner.addresses.join(','),
    })
    await meet(owner, [guest])
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-e2e-'))
    await startOwner()
    await startGuest()
    task = await buy(owner, hello)
    await ended(guest, task.agreementHash ?? '')
  })
  afterEach(function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(`${owner.log()}${guest.log()}\n`)
  })
  after(async () => {
    const codes = [await guest?.stop(), await owner?.stop()]
    await rm(folder, { recursive: true, force: true })
    assert.deepEqual(codes, [0, 0])
  })

  it('sells and buys on it', async () => {
    assert.equal(task.phase, 'settled')
    const { tokens } = await factsOf(owner)
    const { deposit } = await channelWith(owner, guest)
    assert.equal(BigInt(tokens), 1_000_000_000n - BigInt(deposit))
  })

  it('is the same after a stop: keys, contracts, money, tasks and channels', async () => {
    const before = { owner: await factsOf(owner), guest: await factsOf(guest) }
    assert.deepEqual([await guest.stop(), await owner.stop()], [0, 0])
    await startOwner()
    assert.deepEqual(await factsOf(owner), before.owner)
    await startGuest()
    assert.deepEqual(await factsOf(guest), before.guest)
    assert.equal(await stdoutOf(owner, task.id), 'hello\n')
  })

  it('goes on trading over the same channel', async () => {
    const before = await channelWith(owner, guest)
    const next = await buy(owner, hello)
    assert.deepEqual([next.phase, next.channelId], ['settled', before.channelId])
    const after = await channelWith(owner, guest)
    assert.equal(BigInt(after.sent), BigInt(before.sent) + BigInt(next.cost ?? 0))
    assert.equal(after.deposit, before.deposit)
    await taskWhen(guest, next.agreementHash ?? '', ({ phase }) => phase === 'settled')
  })

  it('is the same after it was killed', async () => {
    assert.equal(await guest.stop(), 0)
    const before = await factsOf(owner)
    await owner.kill()
    await startOwner()
    assert.deepEqual(await factsOf(owner), before)
  })
})
