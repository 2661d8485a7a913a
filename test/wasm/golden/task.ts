import { createHash } from 'node:crypto'
import { createExecutor, type Prepared } from '../../../node/execution/index.ts'
import type { Content, Sandbox } from '../../../node/ports/index.ts'
import type { Cid, Hash } from '../../../protocols/common/index.ts'
import { encodeManifest, taskHashOf } from '../../../protocols/execution/index.ts'
import { describeContent } from '../../../protocols/network/index.ts'
import { silentLog } from '../../fakes/log.ts'
import type { Program } from '../programs/index.ts'

/** What two honest providers must agree on, as text; with the time it took here, which they need not. */
export type Measured = {
  verdict: string
  exitCode: number
  fuelUsed: string
  resultHash: Hash
  stdout: string
  detail: string
  wallMs: number
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const cidOf = (bytes: Uint8Array): Cid => describeContent(bytes, sha256).cid

// Outputs go nowhere: their names are enough.
const content: Content = {
  put: async (bytes) => cidOf(bytes),
  get: async (cid) => Promise.reject(new Error(`nobody keeps ${cid}`)),
  has: async () => false,
  pin: async () => {},
  unpin: async () => {},
}

/** A program as the task that a provider would be sold. */
export const prepare = async (program: Program, engine: Hash): Promise<Prepared> => {
  const { args, stdin, files, outputs, limits } = program
  const module = await program.module()
  const manifest = {
    module: cidOf(module),
    args,
    env: {},
    stdin: cidOf(stdin),
    files: Object.fromEntries([...files].map(([path, bytes]) => [path, cidOf(bytes)])),
    outputs,
    limits,
    tags: { taskType: '', industry: '', region: '' },
    engine,
  }
  return { taskHash: taskHashOf(encodeManifest(manifest)), manifest, module, stdin, files }
}

/** Runs a prepared task as a provider does. Throws where the machine fails: that is no result. */
export const measure = async (sandbox: Sandbox, task: Prepared): Promise<Measured> => {
  let stdout = new Uint8Array()
  const witness: Sandbox = {
    ...sandbox,
    run: async (job, hooks) => {
      const ran = await sandbox.run(job, hooks)
      if ('stdout' in ran.outcome) stdout = new Uint8Array(ran.outcome.stdout)
      return ran
    },
  }
  const executor = createExecutor({ content, sandbox: witness, log: silentLog })
  const sliceFuel = task.manifest.limits.fuel / 10n
  const result = await executor.run(task, { sliceFuel, onSlice: async () => 'continue' })
  if (result.kind === 'host-failure') throw new Error(`${result.code}: ${result.detail}`)
  const { verdict, exitCode, fuelUsed, resultHash, detail, wallMs } = result
  return {
    verdict,
    exitCode,
    fuelUsed: String(fuelUsed),
    resultHash,
    stdout: Buffer.from(stdout).toString('base64'),
    detail,
    wallMs,
  }
}
