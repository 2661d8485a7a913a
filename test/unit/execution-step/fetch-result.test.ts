import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { createExecutor, type Executor } from '../../../node/execution/index.ts'
import type { Hash, Receipt } from '../../../protocols/common/index.ts'
import { RECEIPT_OUTCOME } from '../../../protocols/market/index.ts'
import { aReceipt, hash } from '../../builders/messages.ts'
import { silentLog } from '../../fakes/log.ts'
import {
  createExecutionWorld,
  type ExecutionWorld,
  provider,
  runTask,
  verdictOf,
  withCode,
} from './execution-world.ts'

const utf8 = new TextEncoder()
const files = new Map([['log', utf8.encode('written')]])
let world: ExecutionWorld
beforeEach(() => {
  world = createExecutionWorld()
})

describe('a result', () => {
  const fetch = { maxBytes: 1_000 }
  let verifier: Executor
  const produced = async () => {
    world.sandbox.next({ files, stdout: utf8.encode('out') })
    const { result, taskHash } = await runTask(world)
    const verdict = verdictOf(result)
    const { resultHash, exitCode, fuelUsed } = verdict
    const receipt = aReceipt({
      resultHash,
      exitCode,
      fuelUsed,
      outcome: RECEIPT_OUTCOME[verdict.verdict],
    })
    verifier = createExecutor({
      content: world.buyer.content,
      sandbox: world.sandbox,
      log: silentLog,
    })
    return { result: verdict.outputs, taskHash, receipt }
  }

  it('is fetched by its requester and found to be what the receipt says', async () => {
    const fetched = await verifierOf(await produced())
    assert.deepEqual(fetched, { stdout: utf8.encode('out'), stderr: new Uint8Array(), files })
  })

  const verifierOf = (received: {
    result: Awaited<ReturnType<typeof produced>>['result']
    taskHash: Hash
    receipt: Receipt
    engineHash?: Hash
  }) => verifier.fetchResult(received, provider, fetch)

  const lies: [string, Partial<Receipt>][] = [
    ['another hash', { resultHash: hash(1) }],
    ['another outcome', { outcome: 1 }],
    ['another exit code', { exitCode: 1 }],
    ['other fuel', { fuelUsed: 999n }],
  ]
  for (const [what, lie] of lies) {
    it(`is refused when the receipt says otherwise: ${what}`, async () => {
      const received = await produced()
      const receipt = { ...received.receipt, ...lie }
      await assert.rejects(verifierOf({ ...received, receipt }), withCode('RESULT_MISMATCH'))
    })
  }

  it('is refused when it is of another task or another engine', async () => {
    const received = await produced()
    for (const lie of [{ taskHash: hash(1) }, { engineHash: hash(1) }]) {
      await assert.rejects(verifierOf({ ...received, ...lie }), withCode('RESULT_MISMATCH'))
    }
  })

  it('is refused when an output is replaced, missing or added', async () => {
    const received = await produced()
    const { result } = received
    const other = await world.seller.content.put(utf8.encode('other'))
    for (const lie of [
      { stdout: other },
      { stderr: other },
      { files: {} },
      { files: { log: other } },
      { files: { ...result.files, more: other } },
    ]) {
      await assert.rejects(
        verifierOf({ ...received, result: { ...result, ...lie } }),
        withCode('RESULT_MISMATCH'),
      )
    }
  })

  it('is refused when its parts are too large together, and can be had with one byte more', async () => {
    const received = await produced()
    const maxBytes = 'out'.length + 'written'.length
    await assert.rejects(
      verifier.fetchResult(received, provider, { maxBytes: maxBytes - 1 }),
      withCode('CONTENT_TOO_LARGE'),
    )
    const { files } = await verifier.fetchResult(received, provider, { maxBytes })
    assert.equal(files.size, 1)
  })

  it('cannot be had while its provider is away', async () => {
    const received = await produced()
    world.seller.disconnect()
    await assert.rejects(verifierOf(received), withCode('CONTENT_UNAVAILABLE'))
    world.seller.reconnect()
    assert.equal((await verifierOf(received)).files.size, 1)
  })
})
