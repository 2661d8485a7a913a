import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { checkJob } from '../../../node/adapters/wasm/check-job.ts'
import { engineHashOf } from '../../../node/adapters/wasm/engine.ts'
import { createSandbox } from '../../../node/adapters/wasm/index.ts'
import type { SandboxInput, SandboxJob } from '../../../node/ports/index.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'

const empty = new Uint8Array(0)
const aJob = (
  changes: Partial<SandboxJob> = {},
  input: Partial<SandboxInput> = {},
): SandboxJob => ({
  module: empty,
  input: anInput(input),
  limits: smallLimits,
  sliceFuel: 1_000_000n,
  ...changes,
})
const filesAt = (...paths: string[]) => new Map(paths.map((path) => [path, empty]))

const invalid: Readonly<Record<string, SandboxJob>> = {
  'negative fuel': aJob({ limits: { ...smallLimits, fuel: -1n } }),
  'fuel beyond 64 bits': aJob({
    limits: { ...smallLimits, fuel: 1n << 64n },
    sliceFuel: 1n << 60n,
  }),
  'slices without fuel': aJob({ sliceFuel: 0n }),
  'too many slices': aJob({ sliceFuel: 1n }),
  'more memory than exists': aJob({ limits: { ...smallLimits, memoryPages: 65_537 } }),
  'half a page': aJob({ limits: { ...smallLimits, memoryPages: 0.5 } }),
  'a stack beyond what was measured': aJob({ limits: { ...smallLimits, stackUnits: 65_537 } }),
  'endless wall time': aJob({ limits: { ...smallLimits, wallMs: Number.POSITIVE_INFINITY } }),
  'endless output': aJob({ limits: { ...smallLimits, stdoutBytes: 2 ** 40 } }),
  'a zero byte in an argument': aJob({}, { args: ['a\0'] }),
  'a name with = in the environment': aJob({}, { env: { 'a=b': '' } }),
  'too long arguments': aJob({}, { args: ['x'.repeat(2 << 20)] }),
  'a long seed': aJob({}, { seed: new Uint8Array(2_000) }),
  'too many files': aJob({}, { outputs: Array.from({ length: 5_001 }, (_, n) => `${n}`) }),
  'too many directories': aJob(
    {},
    { outputs: Array.from({ length: 200 }, (_, n) => `${n}${'/d'.repeat(60)}`) },
  ),
  'an empty path': aJob({}, { outputs: ['./'] }),
  'a path that climbs': aJob({}, { files: filesAt('a/../b') }),
  'a path with a zero byte': aJob({}, { files: filesAt('a\0b') }),
  'a name that is too long': aJob({}, { files: filesAt('x'.repeat(256)) }),
  'one file twice': aJob({}, { files: filesAt('a', './a') }),
  'a file that is also a directory': aJob({}, { files: filesAt('a', 'a/b') }),
  'an output below a file': aJob({}, { files: filesAt('a'), outputs: ['a/b/c'] }),
  'too much input': aJob({}, { stdin: { length: 2 ** 29 } as Uint8Array }),
}

describe('a job', () => {
  for (const [what, job] of Object.entries(invalid)) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => checkJob(job), { code: 'JOB_INVALID' })
    })
  }

  it('may replace an input file and name new outputs', () => {
    checkJob(aJob({}, { files: filesAt('a/b', 'c'), outputs: ['a/b', 'a/new', 'd'] }))
  })

  it('may use as much fuel as 64 bits hold', () => {
    checkJob(aJob({ limits: { ...smallLimits, fuel: (1n << 64n) - 1n }, sliceFuel: 1n << 60n }))
  })
})

describe('the hash of the engine', () => {
  it('differs between the implementations of WASI', () => {
    const [souk, wasmer] = [
      engineHashOf({ wasiHost: 'souk' }),
      engineHashOf({ wasiHost: 'wasmer' }),
    ]
    assert.notEqual(souk, wasmer)
    const options = { workers: 1, maxQueue: 1 }
    assert.equal(createSandbox({}, options).engineHash, souk)
    assert.equal(createSandbox({}, { ...options, wasiHost: 'wasmer' }).engineHash, wasmer)
  })
})
