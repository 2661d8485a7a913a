import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  decodeRun,
  encodeEnding,
  encodeInspected,
  encodeOutput,
  encodeProgress,
  type Frame,
} from '../../../node/adapters/wasm/frames/index.ts'
import type { Child } from '../../../node/adapters/wasm/pool/child-process.ts'
import { executeJob } from '../../../node/adapters/wasm/pool/execute.ts'
import { inspectModule } from '../../../node/adapters/wasm/pool/inspect.ts'
import type { SandboxHooks, SandboxJob } from '../../../node/ports/index.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'
import { type FakeChild, fakeChild } from './fake-child.ts'

const plain = (type: string, header = {}): Frame => ({ header: { type, ...header }, parts: [] })
const verdict = {
  kind: 'exit',
  exitCode: 0,
  detail: '',
  fuelUsed: 30n,
  stdout: new Uint8Array(1),
  stderr: new Uint8Array(0),
  files: new Map<string, Uint8Array>(),
  rssBytes: 5,
} as const
const ended = encodeEnding(verdict)

const aJob = (limits = {}): SandboxJob => ({
  module: Uint8Array.of(1),
  input: anInput(),
  limits: { ...smallLimits, ...limits },
  sliceFuel: 10n,
})

const execute = (child: Child, hooks: Partial<SandboxHooks> = {}, limits = {}) =>
  executeJob(
    child,
    { job: aJob(limits), moduleKey: 'h', metered: Uint8Array.of(1), maxProcessBytes: 2 ** 40 },
    { onSlice: async () => 'continue', ...hooks },
  )

// Runs through two slices and ends.
const diligent = (): FakeChild => {
  let slices = 0
  return fakeChild(({ header }) => {
    if (header.type === 'run') return [plain('need-module')]
    if (header.type === 'module')
      return [plain('started'), plain('slice', { slice: 1, fuelUsed: '11' })]
    slices += 1
    return slices < 2 ? [plain('slice', { slice: 2, fuelUsed: '21' })] : [ended]
  })
}

describe('a job handed to a child', () => {
  it('is sent with its module if that is asked for, and passes the gate slice by slice', async () => {
    const child = diligent()
    const asked: unknown[] = []
    const onSlice = async (usage: unknown) => {
      asked.push(usage)
      return 'continue' as const
    }
    const { outcome } = await execute(child, { onSlice })
    assert.equal(outcome.kind, 'exit')
    assert.deepEqual(asked, [
      { slice: 1, fuelUsed: 11n },
      { slice: 2, fuelUsed: 21n },
    ])
    assert.equal(decodeRun(child.sent[0] as Frame).moduleKey, 'h')
    assert.deepEqual(child.sent[1]?.parts, [Uint8Array.of(1)])
    assert.equal(child.killedFor, null)
  })

  it('is stopped by the gate and leaves the child alive', async () => {
    const stopped = encodeEnding({
      ...{ kind: 'failure', code: 'STOPPED', detail: '', fuelUsed: 11n, rssBytes: 1 },
    } as const)
    const child = fakeChild(({ header }) => {
      if (header.type === 'run')
        return [plain('started'), plain('slice', { slice: 1, fuelUsed: '11' })]
      return header.type === 'stop' ? [stopped] : []
    })
    const { outcome } = await execute(child, { onSlice: async () => 'stop' })
    assert.deepEqual(outcome, { kind: 'host-failure', code: 'STOPPED', detail: '', fuelUsed: 11n })
    assert.equal(child.alive(), true)
  })

  it('fails with the child, remembering the fuel it was told of', async () => {
    const child = fakeChild(({ header }) =>
      header.type === 'run'
        ? [plain('started'), plain('slice', { slice: 1, fuelUsed: '11' })]
        : 'die',
    )
    const { outcome } = await execute(child)
    assert.deepEqual(outcome, {
      ...{ kind: 'host-failure', code: 'CHILD_CRASHED', detail: 'died', fuelUsed: 11n },
    })
  })

  it('does not wait for a gate when the child dies meanwhile', async () => {
    const child = fakeChild(() => [plain('started'), plain('slice', { slice: 1, fuelUsed: '11' })])
    const onSlice = () => {
      setImmediate(() => child.kill('MEMORY_EXHAUSTED'))
      return new Promise<'continue'>(() => undefined)
    }
    const { outcome } = await execute(child, { onSlice })
    assert.ok(outcome.kind === 'host-failure' && outcome.code === 'MEMORY_EXHAUSTED')
  })

  it('ends with its gate when that fails, and the child with it', async () => {
    const child = diligent()
    const onSlice = () => Promise.reject(new Error('no money'))
    await assert.rejects(execute(child, { onSlice }), /no money/)
    assert.equal(child.killedFor, 'CLOSED')
  })

  it('is cancelled by its signal, even before it begins', async () => {
    const child = fakeChild()
    const { outcome } = await execute(child, { signal: AbortSignal.abort() })
    assert.ok(outcome.kind === 'host-failure' && outcome.code === 'CANCELLED')
    assert.equal(child.killedFor, 'CANCELLED')
  })

  it('is killed at its wall time', async () => {
    const child = fakeChild(() => [plain('started')])
    const { outcome } = await execute(child, {}, { wallMs: 1 })
    assert.ok(outcome.kind === 'host-failure' && outcome.code === 'WALL_TIMEOUT')
  })

  it('does not leave a child in use whose own code failed, or that talks nonsense', async () => {
    const failed = encodeEnding({
      ...{ kind: 'failure', code: 'CHILD_CRASHED', detail: 'x', fuelUsed: 0n, rssBytes: 1 },
    } as const)
    const broken = fakeChild(() => [failed])
    await execute(broken)
    assert.equal(broken.alive(), false)
    const mad = fakeChild(() => [plain('what')])
    const { outcome } = await execute(mad)
    assert.ok(outcome.kind === 'host-failure' && outcome.code === 'CHILD_CRASHED')
    assert.equal(mad.alive(), false)
  })

  it('tells what the guest writes and how far it is, to those who listen', async () => {
    const child = fakeChild(({ header }) => {
      if (header.type !== 'run') return []
      const output = encodeOutput({ stream: 'stdout', bytes: Uint8Array.of(7) })
      return [plain('started'), output, encodeProgress(12n), ended]
    })
    const told: unknown[] = []
    const hooks = {
      onOutput: (output: unknown) => told.push(output),
      onProgress: (progress: unknown) => told.push(progress),
    }
    await execute(child, hooks)
    assert.deepEqual(told, [{ stream: 'stdout', bytes: Uint8Array.of(7) }, { fuelUsed: 12n }])
    assert.equal(decodeRun(child.sent[0] as Frame).isLive, true)
  })

  it('believes no ending that its job cannot have', async () => {
    const impossible: object[] = [
      { kind: 'victory' },
      { exitCode: 2 ** 40 },
      { fuelUsed: smallLimits.fuel + 1n },
      { fuelUsed: -1n },
      { stdout: new Uint8Array(smallLimits.stdoutBytes + 1) },
      { stderr: new Uint8Array(smallLimits.stderrBytes + 1) },
      { files: new Map([['other', new Uint8Array(1)]]) },
    ]
    for (const lie of impossible) {
      const child = fakeChild(() => [encodeEnding({ ...verdict, ...lie })])
      const { outcome } = await execute(child)
      assert.ok(outcome.kind === 'host-failure' && outcome.code === 'CHILD_CRASHED')
      assert.match(outcome.detail, /nonsense/)
      assert.equal(child.alive(), false)
    }
  })
})

describe('a module handed to a child to be judged', () => {
  const inspection = {
    ...{ accepted: true, faults: [], imports: [], exports: [], codeBytes: 0, functions: 0 },
    memoryPages: { min: 0, max: null },
  }
  const request = { module: Uint8Array.of(1), memoryPages: 1 }

  it('comes back metered', async () => {
    const inspected = { inspection, metered: Uint8Array.of(2) }
    const judge = fakeChild(() => [encodeInspected(inspected)])
    assert.deepEqual(await inspectModule(judge, request), inspected)
    assert.equal(judge.alive(), true)
  })

  it('is unjudged when the child dies of it or talks nonsense', async () => {
    for (const judge of [fakeChild(() => 'die'), fakeChild(() => [plain('what')])]) {
      await assert.rejects(inspectModule(judge, request), { code: 'INSPECTION_FAILED' })
      assert.equal(judge.alive(), false)
    }
  })
})
