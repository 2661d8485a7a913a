import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'mocha'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import type { Sandbox } from '../../node/ports/index.ts'
import { textOf, verdictHere } from '../fixtures/wasm/run.ts'
import { bytes, failureOf, run, verdict } from '../fixtures/wasm/sandbox-kit.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'

describe("a sandbox with Souk's own WASI alone", () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = createSandbox({}, { workers: 1, maxQueue: 8, tasksPerChild: 3 })
    await sandbox.start()
  })
  after(() => sandbox.stop())

  it('shows time, chance and sleep that are the same in every process', async () => {
    const seed = new Uint8Array(32).fill(7)
    const there = await verdict(sandbox, wasmFixture('witness'), { input: { seed } })
    const here = verdictHere(wasmFixture('witness'), { input: { seed } })
    assert.deepEqual(there, here)
    const other = await verdict(sandbox, wasmFixture('witness'))
    assert.notDeepEqual(other.stdout, there.stdout)
  })

  it('replaces children that have run their share', async () => {
    for (let task = 0; task < 8; task++) {
      assert.equal((await verdict(sandbox, wasmFixture('hello'))).exitCode, 0)
    }
  })

  it('runs a real program: esbuild minifies TypeScript, with the same fuel twice', async () => {
    const module = new Uint8Array(
      readFileSync(fileURLToPath(import.meta.resolve('@esbuild/wasi-preview1/esbuild.wasm'))),
    )
    assert.equal((await sandbox.inspect(module)).accepted, true)
    const input = {
      args: ['esbuild', '--minify', '--loader=ts'],
      stdin: bytes('const n: number = 1 + 2; export const f = (name: string) => name + n'),
    }
    const limits = { fuel: 100_000_000_000n, memoryPages: 4_096, wallMs: 120_000 }
    const asked = { input, limits, sliceFuel: 25_000_000n }
    const first = await verdict(sandbox, module, asked)
    assert.equal(textOf(first.stdout), 'const t=3;export const f=n=>n+3;\n')
    const second = await verdict(sandbox, module, { ...asked, sliceFuel: 1_000_000_000n })
    assert.deepEqual(second, first)
  }).timeout(120_000)

  it('refuses work before it is started and after it is stopped', async () => {
    const idle = createSandbox({}, { workers: 1, maxQueue: 1 })
    await assert.rejects(run(idle, wasmFixture('hello')), { code: 'SANDBOX_NOT_RUNNING' })
    await idle.start()
    const onSlice = async () => {
      await idle.stop()
      return 'continue' as const
    }
    const running = failureOf(idle, wasmFixture('spin'), { hooks: { onSlice } })
    assert.equal(await running, 'CANCELLED')
    await assert.rejects(run(idle, wasmFixture('hello')), { code: 'SANDBOX_NOT_RUNNING' })
  })
})
