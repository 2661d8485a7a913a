import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import type { Sandbox, SandboxVerdict } from '../../node/ports/index.ts'
import { textOf } from '../fixtures/wasm/run.ts'
import {
  bytes,
  cancellation,
  ENDLESS_FUEL,
  failureOf,
  run,
  verdict,
} from '../fixtures/wasm/sandbox-kit.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'

const endless = { limits: { fuel: ENDLESS_FUEL }, sliceFuel: ENDLESS_FUEL }

describe('a sandbox whose guest takes what it can get', () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = createSandbox({}, { workers: 1, maxQueue: 8, maxProcessBytes: 160 << 20 })
    await sandbox.start()
  })
  after(() => sandbox.stop())
  afterEach(async () => {
    const next = await verdict(sandbox, wasmFixture('hello'))
    assert.equal(textOf(next.stdout), 'hello\n')
  })

  if (process.platform === 'linux') {
    it('kills a memory bomb at the limit of the process, and blames nobody', async () => {
      const limits = { ...endless.limits, memoryPages: 4_096 }
      const { outcome, peakRssBytes } = await run(sandbox, wasmFixture('memory-bomb'), {
        ...endless,
        limits,
      })
      assert.ok(outcome.kind === 'host-failure' && outcome.code === 'MEMORY_EXHAUSTED')
      assert.ok(peakRssBytes > 160 << 20)
    })
  }

  it('lets a memory bomb burn its fuel within what it was promised', async () => {
    const limits = { fuel: 5_000_000n, memoryPages: 64 }
    const { kind } = await verdict(sandbox, wasmFixture('memory-bomb'), { limits })
    assert.equal(kind, 'out-of-fuel')
  })

  it('kills what sleeps for ever at its wall time, for its sleep takes none', async () => {
    const limits = { ...endless.limits, wallMs: 200 }
    assert.equal(
      await failureOf(sandbox, wasmFixture('sleep-for-ever'), { ...endless, limits }),
      'WALL_TIMEOUT',
    )
  })

  it('cancels an endless loop by killing it', async () => {
    const { signal, abort } = cancellation()
    setTimeout(abort, 50)
    const { outcome } = await run(sandbox, wasmFixture('spin'), { ...endless, hooks: { signal } })
    assert.ok(outcome.kind === 'host-failure' && outcome.code === 'CANCELLED')
  })
})

describe('a sandbox that is watched while its guest runs', () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = createSandbox({}, { workers: 1, maxQueue: 8 })
    await sandbox.start()
  })
  after(() => sandbox.stop())

  it('tells all that the guest writes, in order, before it is over', async () => {
    const stdin = new Uint8Array(300_000).map((_, index) => index % 251)
    const told: Uint8Array[] = []
    const onOutput = ({ bytes: piece }: { bytes: Uint8Array }) => void told.push(piece)
    const result = await verdict(sandbox, wasmFixture('echo'), {
      input: { stdin },
      hooks: { onOutput },
    })
    assert.ok(told.length > 1)
    assert.deepEqual(new Uint8Array(Buffer.concat(told)), result.stdout)
  })

  it('tells output before the slice that follows it', async () => {
    const happened: string[] = []
    await run(sandbox, wasmFixture('hello'), {
      sliceFuel: 17_000n,
      hooks: {
        onOutput: ({ stream, bytes: piece }) => happened.push(`${stream} ${textOf(piece)}`),
        onSlice: async ({ slice }) => {
          happened.push(`slice ${slice}`)
          return 'continue'
        },
      },
    })
    assert.deepEqual(happened, ['stdout hello\n'])
  })

  it('tells how much fuel is used, and more each time', async () => {
    const { signal, abort } = cancellation()
    const told: bigint[] = []
    const onProgress = ({ fuelUsed }: { fuelUsed: bigint }) => {
      told.push(fuelUsed)
      if (told.length === 3) abort()
    }
    await run(sandbox, wasmFixture('spin'), { ...endless, hooks: { onProgress, signal } })
    assert.ok(told.length >= 3 && told.every((fuel, index) => fuel > (told[index - 1] ?? 0n)))
  })
})

describe('a sandbox with @wasmer/wasi', () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = createSandbox({}, { workers: 1, maxQueue: 8, wasiHost: 'wasmer' })
    await sandbox.start()
  })
  after(() => sandbox.stop())

  it('survives a panic inside it, with a fresh process for the next guest', async () => {
    assert.equal(await failureOf(sandbox, wasmFixture('bad-seek')), 'CHILD_CRASHED')
    for (let task = 0; task < 3; task++) {
      const next = await verdict(sandbox, wasmFixture('hello'))
      assert.equal(textOf(next.stdout), 'hello\n')
    }
  })

  it('is a witness for what it knows: same output, same end', async () => {
    const own = createSandbox({}, { workers: 1, maxQueue: 8 })
    await own.start()
    const input = {
      files: new Map([['in.txt', bytes('content')]]),
      outputs: ['out/copy.txt'],
      stdin: bytes('typed'),
    }
    for (const name of ['hello', 'exit-code', 'echo', 'copy-file', 'trap', 'recurse']) {
      const ends: unknown[] = []
      for (const host of [own, sandbox]) {
        const { kind, exitCode, stdout, stderr, files } = await verdict(host, wasmFixture(name), {
          input,
        })
        ends.push({ kind, exitCode, stdout, stderr, files })
      }
      assert.deepEqual(ends[1], ends[0], name)
    }
    await own.stop()
  })

  it('tells what its guest writes', async () => {
    const told: string[] = []
    const onOutput = ({ bytes: piece }: { bytes: Uint8Array }) => void told.push(textOf(piece))
    await run(sandbox, wasmFixture('hello'), { hooks: { onOutput } })
    assert.deepEqual(told, ['hello\n'])
  })
})

describe('the same task on a warm child and on a cold one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-modules-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  // What a guest could leave behind for the next: memory, files, time, chance, a full stack, a trap.
  const PROGRAMS = [
    'witness',
    'file-flood',
    'grab',
    'recurse',
    'trap',
    'giant-directory',
    'copy-file',
    'escape',
  ]
  const input = { files: new Map([['in.txt', bytes('content')]]), outputs: ['out/copy.txt'] }

  const each = async (sandbox: Sandbox): Promise<SandboxVerdict[]> => {
    const verdicts: SandboxVerdict[] = []
    for (const name of PROGRAMS) verdicts.push(await verdict(sandbox, wasmFixture(name), { input }))
    return verdicts
  }

  it('has one result, also from a module kept on disk', async () => {
    const moduleCache = { folder, maxBytes: 1 << 24 }
    const cold = createSandbox({}, { workers: 1, maxQueue: 1, tasksPerChild: 1, moduleCache })
    await cold.start()
    const first = await each(cold)
    await cold.stop()
    assert.equal(readdirSync(folder).length, PROGRAMS.length)
    const warm = createSandbox({}, { workers: 1, maxQueue: 1, moduleCache })
    await warm.start()
    assert.deepEqual(await each(warm), first)
    assert.deepEqual(await each(warm), first)
    await warm.stop()
  }).timeout(60_000)
})
