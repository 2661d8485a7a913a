import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import type { Hash, Receipt } from '../../../protocols/common/index.ts'
import { RECEIPT_OUTCOME } from '../../../protocols/market/index.ts'
import { aReceipt, hash } from '../../builders/messages.ts'
import {
  createExecutionWorld,
  type ExecutionWorld,
  options,
  requester,
  runTask,
  verdictOf,
  withCode,
} from './execution-world.ts'

let world: ExecutionWorld
let taskHash: Hash
let honest: Receipt
beforeEach(async () => {
  world = createExecutionWorld()
  world.sandbox.next({ fuelUsed: 900n, exitCode: 3 })
  const ran = await runTask(world)
  const { resultHash, verdict, exitCode, fuelUsed } = verdictOf(ran.result)
  taskHash = ran.taskHash
  const outcome = RECEIPT_OUTCOME[verdict]
  honest = aReceipt({ resultHash, outcome, exitCode, fuelUsed })
})

const verify = (receipt: Receipt) =>
  world.executor.verify({ taskHash, from: requester, receipt }, options)

describe('a receipt checked by running its task again', () => {
  it('is found the same, without a slice and without keeping anything', async () => {
    world.sandbox.next({ fuelUsed: 900n, exitCode: 3 })
    const found = await verify(honest)
    assert.equal(found.verdict, 'same')
    assert.deepEqual(found.found, found.claimed)
    const job = world.sandbox.jobs.at(-1)
    assert.ok(job && job.sliceFuel > job.limits.fuel)
  })

  it('is found different in each field that does not agree', async () => {
    world.sandbox.next({ fuelUsed: 901n, exitCode: 3 })
    const found = await verify({ ...honest, outcome: 1, exitCode: 4 })
    assert.ok(found.verdict === 'different')
    assert.deepEqual(found.differences, ['outcome', 'exitCode', 'fuelUsed', 'resultHash'])
    assert.equal(found.found.fuelUsed, 901n)
    world.sandbox.next({ fuelUsed: 900n, exitCode: 3 })
    const other = await verify({ ...honest, resultHash: hash(9) })
    assert.ok(other.verdict === 'different')
    assert.deepEqual(other.differences, ['resultHash'])
  })

  it('stays undecided where this machine fails', async () => {
    world.sandbox.next({ hostFailure: { code: 'WALL_TIMEOUT', afterFuel: 5n } })
    const found = await verify(honest)
    assert.ok(found.verdict === 'undecided' && found.code === 'WALL_TIMEOUT')
  })

  it('cannot be checked by another engine', async () => {
    Object.assign(world.sandbox, { engineHash: hash(5) })
    await assert.rejects(verify(honest), withCode('ENGINE_MISMATCH'))
  })
})
