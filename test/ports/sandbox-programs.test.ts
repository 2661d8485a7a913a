import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { after, before, describe, it } from 'mocha'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import type { Sandbox } from '../../node/ports/index.ts'
import { textOf, verdictHere } from '../fixtures/wasm/run.ts'
import { bytes, failureOf, run, verdict } from '../fixtures/wasm/sandbox-kit.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'

// With the shim that maps its console and process to WASI. The compiler finds libraries by paths below its base only.
const compileAssemblyScript = async (source: string): Promise<Uint8Array> => {
  const root = join(import.meta.dirname, '..', '..')
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'assemblyscript-'))
  const [program, target] = [join(folder, 'program.ts'), join(folder, 'program.wasm')]
  const shim = fileURLToPath(import.meta.resolve('@assemblyscript/wasi-shim/assembly'))
  const replaced = ['abort', 'console', 'process'].flatMap((name) => [
    '--use',
    `${name}=wasi_${name}`,
  ])
  const files = [relative(root, program), '--baseDir', root, '--outFile', relative(root, target)]
  const library = ['--lib', relative(root, shim), '--use', 'ASC_WASI=1', ...replaced]
  try {
    writeFileSync(program, source)
    const { error, stderr } = await asc.main([
      ...files,
      ...library,
      '--optimize',
      '--exportStart',
      '_start',
    ])
    assert.equal(error, null, stderr.toString())
    return new Uint8Array(readFileSync(target))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

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

  it('runs what AssemblyScript makes', async () => {
    const source = `
      export function fib(n: i32): i32 { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
      console.log([fib(20), i32(Math.sqrt(2.0) * 1000.0)].map<string>((n) => n.toString()).join(' '))`
    const result = await verdict(sandbox, await compileAssemblyScript(source))
    assert.equal(textOf(result.stderr), '')
    assert.equal(textOf(result.stdout), '6765 1414\n')
  }).timeout(60_000)

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
