import type { Address, Hash } from '../../protocols/common/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import {
  decodeManifest,
  guestLimitsOf,
  MAX_MANIFEST_BYTES,
  MODULE_BYTES_MAX,
  type TaskLimits,
  type TaskManifest,
} from '../../protocols/execution/index.ts'
import { cidOfHash } from '../../protocols/network/index.ts'
import type { Content, Sandbox } from '../ports/index.ts'
import type { ExecutionFault } from './faults.ts'
import { createFetchBudget, fetchFiles } from './fetch-budget.ts'

/** A task with everything it needs, checked and ready to run. */
export type Prepared = {
  taskHash: Hash
  manifest: TaskManifest
  module: Uint8Array
  stdin: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

export type PrepareDeps = {
  content: Pick<Content, 'get'>
  sandbox: Pick<Sandbox, 'engineHash' | 'inspect'>
  /** The most that this machine lets a task have. */
  limits: TaskLimits
}

/** `maxInputBytes` bounds module and inputs together. */
export type PrepareOptions = { maxInputBytes: number; signal?: AbortSignal }

const fault = (code: ExecutionFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<ExecutionFault>(code, message, details)

const LIMIT_NAMES = ['fuel', 'memoryPages', 'outputBytes', 'wallMs'] as const

const requireLimits = (asked: TaskLimits, allowed: TaskLimits): void => {
  const name = LIMIT_NAMES.find((limit) => asked[limit] > allowed[limit])
  if (!name) return
  throw fault('LIMITS_TOO_HIGH', `the task asks for more ${name} than this machine gives`, {
    asked: String(asked[name]),
    allowed: String(allowed[name]),
  })
}

const requireModule = async (
  sandbox: Pick<Sandbox, 'inspect'>,
  module: Uint8Array,
  limits: TaskLimits,
): Promise<void> => {
  const { accepted, faults } = await sandbox.inspect(module, guestLimitsOf(limits))
  if (accepted) return
  const [first] = faults
  const reason = first ? `${first.code} at ${first.where}: ${first.detail}` : 'it may not run here'
  throw fault('MODULE_INVALID', `the module is refused: ${reason}`, { faults })
}

const fetchManifest = async (
  { content }: PrepareDeps,
  { taskHash, from, signal }: { taskHash: Hash; from: Address; signal: AbortSignal | undefined },
): Promise<TaskManifest> => {
  const fetch = createFetchBudget(content, { from, maxBytes: MAX_MANIFEST_BYTES, signal })
  const manifest = decodeManifest(await fetch(cidOfHash(taskHash)))
  if (manifest) return manifest
  throw fault('MANIFEST_INVALID', 'the task is not described by a valid manifest', { taskHash })
}

/** Fetches and checks a task, cheapest first: nothing is fetched for a task that would be refused anyway. */
export const prepareTask = async (
  deps: PrepareDeps,
  { taskHash, from }: { taskHash: Hash; from: Address },
  { maxInputBytes, signal }: PrepareOptions,
): Promise<Prepared> => {
  const { content, sandbox, limits } = deps
  const manifest = await fetchManifest(deps, { taskHash, from, signal })
  if (manifest.engine !== sandbox.engineHash) {
    throw fault('ENGINE_MISMATCH', 'the task is for another engine', { engine: manifest.engine })
  }
  requireLimits(manifest.limits, limits)
  const fetch = createFetchBudget(content, { from, maxBytes: maxInputBytes, signal })
  const module = await fetch(manifest.module, MODULE_BYTES_MAX)
  await requireModule(sandbox, module, manifest.limits)
  const stdin = manifest.stdin === null ? new Uint8Array() : await fetch(manifest.stdin)
  return { taskHash, manifest, module, stdin, files: await fetchFiles(fetch, manifest.files) }
}
