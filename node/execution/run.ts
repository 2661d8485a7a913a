import type { Cid, Fuel, Hash } from '../../protocols/common/index.ts'
import { fromHex } from '../../protocols/common/index.ts'
import {
  guestLimitsOf,
  type ResultManifest,
  resultHash,
  type VerdictKind,
} from '../../protocols/execution/index.ts'
import type {
  Content,
  Sandbox,
  SandboxHooks,
  SandboxHostFailure,
  SandboxJob,
  SandboxVerdict,
} from '../ports/index.ts'
import { digestInPieces } from './digest.ts'
import type { Prepared } from './prepare.ts'

/** How a run ended: the program's own verdict, with its outputs kept as content, or a failure of this machine. */
export type ExecutionResult =
  | {
      kind: 'verdict'
      verdict: VerdictKind
      exitCode: number
      detail: string
      fuelUsed: Fuel
      resultHash: Hash
      outputs: ResultManifest
      wallMs: number
      peakRssBytes: number
    }
  | {
      kind: 'host-failure'
      code: SandboxHostFailure['code']
      detail: string
      fuelUsed: Fuel
      wallMs: number
    }

export type RunDeps = {
  content: Pick<Content, 'put'>
  sandbox: Pick<Sandbox, 'engineHash' | 'run'>
}

/** `onOutput` and `onProgress` hear of the run while it goes on. */
export type RunOptions = SandboxHooks & { sliceFuel: Fuel }

const jobOf = ({ taskHash, manifest, module, stdin, files }: Prepared, sliceFuel: Fuel) =>
  ({
    module,
    input: {
      args: manifest.args,
      env: manifest.env,
      stdin,
      files,
      outputs: manifest.outputs,
      seed: fromHex(taskHash),
    },
    limits: guestLimitsOf(manifest.limits),
    sliceFuel,
  }) satisfies SandboxJob

const keepOutputs = async (
  content: Pick<Content, 'put'>,
  { kind, exitCode, fuelUsed, stdout, stderr, files }: SandboxVerdict,
): Promise<ResultManifest> => {
  const kept: Record<string, Cid> = {}
  for (const [path, bytes] of files) kept[path] = await content.put(bytes)
  return {
    verdict: kind,
    exitCode,
    fuelUsed,
    stdout: await content.put(stdout),
    stderr: await content.put(stderr),
    files: kept,
  }
}

/** A run and the hash of its result, nothing kept. */
export type Rerun =
  | {
      kind: 'verdict'
      verdict: SandboxVerdict
      resultHash: Hash
      wallMs: number
      peakRssBytes: number
    }
  | Extract<ExecutionResult, { kind: 'host-failure' }>

export const runPrepared = async (
  sandbox: RunDeps['sandbox'],
  prepared: Prepared,
  { sliceFuel, ...hooks }: RunOptions,
): Promise<Rerun> => {
  const { outcome, wallMs, peakRssBytes } = await sandbox.run(jobOf(prepared, sliceFuel), hooks)
  if (outcome.kind === 'host-failure') return { ...outcome, wallMs }
  const { taskHash } = prepared
  const result = { ...outcome, taskHash, engineHash: sandbox.engineHash }
  const hash = await resultHash(result, digestInPieces)
  return { kind: 'verdict', verdict: outcome, resultHash: hash, wallMs, peakRssBytes }
}

/** Runs a prepared task. A host failure is a value: it says nothing about the task, and someone else may try. */
export const runTask = async (
  { content, sandbox }: RunDeps,
  prepared: Prepared,
  options: RunOptions,
): Promise<ExecutionResult> => {
  const run = await runPrepared(sandbox, prepared, options)
  if (run.kind === 'host-failure') return run
  const { verdict, ...facts } = run
  const { kind, exitCode, detail, fuelUsed } = verdict
  const outputs = await keepOutputs(content, verdict)
  return { ...facts, verdict: kind, exitCode, detail, fuelUsed, outputs }
}
