import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { measureSpeeds } from '../../../node/adapters/wasm/index.ts'
import { createFakeSandbox } from '../../fakes/sandbox.ts'

describe('the speed of a machine', () => {
  it('is the fuel of each kind of work over its median time, with all workers busy', async () => {
    const sandbox = createFakeSandbox({ fallback: { fuelUsed: 5_000n } })
    const told: string[] = []
    const onSpeed = ({ name }: { name: string }) => void told.push(name)
    const speeds = await measureSpeeds(sandbox, { workers: 2, onSpeed })
    assert.deepEqual(told, ['mixing', 'matrix', 'sorting', 'calling', 'chasing'])
    // The fake takes 5 ms.
    assert.ok(speeds.every(({ fuelPerSecond }) => fuelPerSecond === 1_000_000))
    assert.equal(sandbox.jobs.length, 5 * 3 * 2)
  })

  it('is unknown where the machine fails its own work', async () => {
    const sandbox = createFakeSandbox({ fallback: { kind: 'trap' } })
    const measured = measureSpeeds(sandbox, { workers: 1, onSpeed: () => undefined })
    await assert.rejects(measured, { code: 'CALIBRATION_FAILED' })
  })
})
