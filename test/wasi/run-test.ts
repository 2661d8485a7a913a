import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSoukHost } from '../../node/adapters/wasm/wasi/index.ts'
import type { SandboxInput, SandboxVerdict } from '../../node/ports/index.ts'
import { DEFAULT_LIMITS } from '../../protocols/execution/index.ts'
import { textOf, verdictHere } from '../fixtures/wasm/run.ts'
import type { Specification } from './specification.ts'

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

const filesOf = (folder: string, { root, dirs }: Specification): Map<string, Uint8Array> => {
  const mounts: [string, string][] = dirs.map((name) => [`${name}/`, join(folder, name)])
  if (root !== null) mounts.push(['', join(folder, root)])
  const files = mounts.flatMap(([prefix, from]) =>
    filesBelow(from).map((path): [string, Uint8Array] => [
      `${prefix}${path}`,
      new Uint8Array(readFileSync(join(from, path))),
    ]),
  )
  return new Map(files)
}

type Wanted = Pick<Specification, 'exitCode' | 'stdout' | 'stderr'>

const differences = (wanted: Wanted, got: SandboxVerdict): string[] => {
  const wrong: string[] = []
  if (got.exitCode !== wanted.exitCode) {
    wrong.push(`exit code ${got.exitCode}, not ${wanted.exitCode}: ${textOf(got.stderr)}`)
  }
  for (const name of ['stdout', 'stderr'] as const) {
    const text = textOf(got[name])
    if (wanted[name] !== null && text !== wanted[name]) {
      wrong.push(`${name} ${JSON.stringify(text)}, not ${JSON.stringify(wanted[name])}`)
    }
  }
  return wrong
}

/** What is wrong with how a program ended; null when all is as wanted. */
export const describeEnd = (verdict: SandboxVerdict, wanted: Wanted): string | null => {
  if (verdict.kind !== 'exit') return `${verdict.kind} ${verdict.detail} ${textOf(verdict.stderr)}`
  return differences(wanted, verdict).join('; ') || null
}

/** Runs a program, metered, against Souk's own WASI, as a task would run, with these directories open. */
export const runProgram = (
  module: Uint8Array,
  input: Partial<SandboxInput>,
  preopens: readonly string[],
): SandboxVerdict =>
  verdictHere(module, {
    input,
    limits: DEFAULT_LIMITS,
    hooks: { createHost: (given, meter) => createSoukHost({ ...given, preopens }, meter) },
  })

/** Runs a program by its specification; null when all is as specified, else what is not. */
export const runTest = (
  module: Uint8Array,
  { folder, name }: { folder: string; name: string },
  wanted: Specification,
): string | null => {
  const { root, dirs, args, env } = wanted
  const preopens = root === null ? dirs : ['/', ...dirs]
  const input = { args: [name, ...args], env, files: filesOf(folder, wanted) }
  return describeEnd(runProgram(module, input, preopens), wanted)
}
