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
  SandboxHostFailure,
  SandboxJob,
  SandboxVerdict,
  SliceGate,
} from '../ports/index.ts'
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

export type RunOptions = { sliceFuel: Fuel; onSlice: SliceGate; signal?: AbortSignal }

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

/** Runs a prepared task. A host failure is a value: it says nothing about the task, and someone else may try. */
export const runTask = async (
  { content, sandbox }: RunDeps,
  prepared: Prepared,
  { sliceFuel, onSlice, signal }: RunOptions,
): Promise<ExecutionResult> => {
  const { taskHash } = prepared
  const job = jobOf(prepared, sliceFuel)
  const { outcome, wallMs, peakRssBytes } = await sandbox.run(
    job,
    signal ? { onSlice, signal } : { onSlice },
  )
  if (outcome.kind === 'host-failure') return { ...outcome, wallMs }
  const { kind, exitCode, detail, fuelUsed } = outcome
  return {
    kind: 'verdict',
    verdict: kind,
    exitCode,
    detail,
    fuelUsed,
    resultHash: resultHash({ ...outcome, taskHash, engineHash: sandbox.engineHash }),
    outputs: await keepOutputs(content, outcome),
    wallMs,
    peakRssBytes,
  }
}
