import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createWasmerHost } from '../../../node/adapters/wasm/wasmer/index.ts'
import type { SandboxInput, SandboxLimits } from '../../../node/ports/index.ts'
import { runHere, textOf, verdictHere } from '../../fixtures/wasm/run.ts'
import { compileCommand, wasmFixture } from '../../fixtures/wasm/wat.ts'

const hooks = { createHost: createWasmerHost }
const text = (words: string) => new TextEncoder().encode(words)

const verdict = (
  module: Uint8Array,
  input: Partial<SandboxInput> = {},
  limits: Partial<SandboxLimits> = {},
) => verdictHere(module, { input, limits, hooks })

/** Exits with what a WASI function answers. */
const answerOf = (name: string, types: string, args: string): number => {
  const imports = `
    (import "wasi_snapshot_preview1" "${name}" (func $call (param ${types}) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`
  return verdict(compileCommand(`(call $exit (call $call ${args}))`, imports)).exitCode
}

describe("a guest of Wasmer's WASI", () => {
  it('writes, exits and traps as it would elsewhere', () => {
    assert.equal(textOf(verdict(wasmFixture('hello')).stdout), 'hello\n')
    const exited = verdict(wasmFixture('exit-code'))
    assert.deepEqual([exited.kind, exited.exitCode, textOf(exited.stderr)], ['exit', 7, 'sorry'])
    const trapped = verdict(wasmFixture('trap'))
    assert.deepEqual([trapped.kind, textOf(trapped.stdout)], ['trap', 'before'])
    assert.equal(verdict(wasmFixture('spin'), {}, { fuel: 1_000_000n }).kind, 'out-of-fuel')
  })

  it('reads its input and leaves the outputs that were asked for', () => {
    const files = new Map([
      ['in.txt', text('content')],
      ['deep/er/empty', new Uint8Array(0)],
    ])
    const outputs = ['out/copy.txt', 'out/missing.txt']
    const copied = verdict(wasmFixture('copy-file'), { files, outputs })
    assert.deepEqual([...copied.files], [['out/copy.txt', text('content')]])
    const stdin = text('typed')
    assert.deepEqual(verdict(wasmFixture('echo'), { stdin }).stdout, stdin)
  })

  it('sees no time and no chance but those of its task', () => {
    const imports =
      '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))\n(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))'
    const body = `(drop (call $random (i32.const 16) (i32.const 8)))
      (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 8))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))`
    const module = compileCommand(body, imports)
    assert.deepEqual(verdict(module), verdict(module))
    assert.deepEqual(verdict(module).stdout, verdictHere(module).stdout)
  })

  it('is held to its limits before Wasmer sees what it writes', () => {
    const flooded = verdict(wasmFixture('flood'), {}, { stdoutBytes: 100_000 })
    assert.equal(flooded.kind, 'output-limit')
    assert.equal(flooded.stdout.length, 65_536)
    const input = { files: new Map([['in.txt', text('content')]]), outputs: ['out/copy.txt'] }
    assert.equal(verdict(wasmFixture('copy-file'), input, { fileBytes: 6 }).kind, 'output-limit')
  })

  it('is refused what Wasmer cannot do, and memory that is not there', () => {
    const poll = '(i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)'
    assert.equal(answerOf('poll_oneoff', 'i32 i32 i32 i32', poll), 58)
    const beyond = (vectors: number) =>
      answerOf(
        'fd_write',
        'i32 i32 i32 i32',
        `(i32.const 1) (i32.const ${vectors}) (i32.const 1) (i32.const 8)`,
      )
    assert.equal(beyond(-1), 21)
    const far = `(block (result i32) (i32.store (i32.const 64) (i32.const 65535)) (i32.store (i32.const 68) (i32.const 2)) (i32.const 1))`
    const args = `${far} (i32.const 64) (i32.const 1) (i32.const 8)`
    assert.equal(answerOf('fd_write', 'i32 i32 i32 i32', args), 21)
  })

  it('is heard while it runs', () => {
    const told: string[] = []
    const onOutput = ({ bytes }: { bytes: Uint8Array }) => void told.push(textOf(bytes))
    verdictHere(wasmFixture('hello'), { hooks: { ...hooks, onOutput } })
    assert.deepEqual(told, ['hello\n'])
  })

  it('ends without a verdict when Wasmer itself fails', () => {
    const outcome = runHere(wasmFixture('bad-seek'), { hooks })
    assert.ok(outcome.kind === 'failure' && outcome.code === 'CHILD_CRASHED')
    assert.equal(outcome.detail, '@wasmer/wasi failed')
  })

  it('may import nothing at all', () => {
    assert.equal(verdict(compileCommand('')).kind, 'exit')
  })
})
