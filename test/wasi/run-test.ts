import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSoukHost } from '../../node/adapters/wasm/wasi/index.ts'
import { DEFAULT_LIMITS } from '../../protocols/execution/index.ts'
import { runHere, textOf } from '../fixtures/wasm/run.ts'
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

const differences = (
  wanted: Specification,
  got: { exitCode: number; stdout: Uint8Array; stderr: Uint8Array },
): string[] => {
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

/** Runs one program, metered, against Souk's own WASI, as a task would run; null when all is as specified, else what is not. */
export const runTest = (
  module: Uint8Array,
  { folder, name }: { folder: string; name: string },
  wanted: Specification,
): string | null => {
  const { root, dirs, args, env } = wanted
  const preopens = root === null ? dirs : ['/', ...dirs]
  const verdict = runHere(module, {
    input: { args: [name, ...args], env, files: filesOf(folder, wanted) },
    limits: DEFAULT_LIMITS,
    hooks: { createHost: (input, meter) => createSoukHost({ ...input, preopens }, meter) },
  })
  if (verdict.kind !== 'exit') return `${verdict.kind} ${verdict.detail}`
  return differences(wanted, verdict).join('; ') || null
}
