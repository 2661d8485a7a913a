import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { type Cid, fromHex } from '../../../protocols/common/index.ts'
import { decodeResultManifest, encodeResultManifest } from '../../../protocols/execution/index.ts'
import {
  aTask,
  createExecutionWorld,
  type ExecutionWorld,
  options,
  requester,
  runTask,
  verdictOf,
} from './execution-world.ts'

const utf8 = new TextEncoder()
const files = new Map([['log', utf8.encode('written')]])
let world: ExecutionWorld
beforeEach(() => {
  world = createExecutionWorld()
})

describe('a task that runs', () => {
  it('sees what its manifest says and nothing else', async () => {
    const { taskHash } = await runTask(world)
    const [job] = world.sandbox.jobs
    assert.deepEqual(job?.input, {
      args: ['program', '--tile', '3'],
      env: { LANG: 'C', HOME: '/' },
      stdin: utf8.encode('stdin'),
      files: job?.input.files,
      outputs: ['log'],
      seed: fromHex(taskHash),
    })
    assert.deepEqual([...(job?.input.files.keys() ?? [])], ['in/a.txt', 'in/b.txt'])
    assert.equal(job?.limits.fuel, 1_000_000_000n)
    assert.equal(job?.limits.wallMs, 60_000)
    assert.equal(job?.sliceFuel, 10_000n)
  })

  it('keeps its outputs as content, named by a manifest that can be sent', async () => {
    world.sandbox.next({
      exitCode: 3,
      stdout: utf8.encode('out'),
      stderr: utf8.encode('err'),
      files,
    })
    const { outputs, ...rest } = verdictOf((await runTask(world)).result)
    assert.deepEqual(
      [rest.verdict, rest.exitCode, rest.fuelUsed, rest.wallMs, rest.peakRssBytes],
      ['exit', 3, 1000n, 5, 1 << 20],
    )
    assert.deepEqual(decodeResultManifest(encodeResultManifest(outputs)), outputs)
    const read = async (cid: Cid | undefined) =>
      new TextDecoder().decode(await world.seller.content.get(cid ?? '', { maxBytes: 100 }))
    assert.deepEqual(
      [await read(outputs.stdout), await read(outputs.stderr), await read(outputs.files.log)],
      ['out', 'err', 'written'],
    )
  })

  for (const kind of ['trap', 'stack-overflow', 'output-limit'] as const) {
    it(`has a result when it ends with ${kind}`, async () => {
      world.sandbox.next({ kind, detail: 'unreachable' })
      const { verdict, exitCode, detail } = verdictOf((await runTask(world)).result)
      assert.deepEqual([verdict, exitCode, detail], [kind, -1, 'unreachable'])
    })
  }

  it('has a result when it is out of fuel, with all its fuel used', async () => {
    world.sandbox.next({ fuelUsed: 2_000_000_000n })
    const { result } = await runTask(world, 10n ** 10n)
    assert.equal(verdictOf(result).verdict, 'out-of-fuel')
    assert.equal(result.fuelUsed, 1_000_000_000n)
  })

  it('asks at each slice, and stops where it is told to', async () => {
    const { result, slices } = await runTask(world, 200n)
    assert.deepEqual(slices, [
      [1, 200n],
      [2, 400n],
      [3, 600n],
    ])
    assert.deepEqual(result, {
      kind: 'host-failure',
      code: 'STOPPED',
      detail: 'the fake ends with STOPPED',
      fuelUsed: 600n,
      wallMs: 5,
    })
  })

  for (const code of ['WALL_TIMEOUT', 'MEMORY_EXHAUSTED', 'CHILD_CRASHED'] as const) {
    it(`has no result when the host fails with ${code}`, async () => {
      world.sandbox.next({ hostFailure: { code, afterFuel: 300n } })
      const { result } = await runTask(world)
      assert.ok(result.kind === 'host-failure')
      assert.deepEqual([result.code, result.fuelUsed], [code, 300n])
    })
  }

  it('ends as cancelled when the signal aborts', async () => {
    const { taskHash } = await aTask(world)
    const prepared = await world.executor.prepare(taskHash, requester, options)
    const signal = AbortSignal.abort()
    const onSlice = async () => 'continue' as const
    const result = await world.executor.run(prepared, { sliceFuel: 100n, onSlice, signal })
    assert.equal(result.kind === 'host-failure' && result.code, 'CANCELLED')
  })
})
