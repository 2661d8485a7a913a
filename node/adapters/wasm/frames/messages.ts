import type { SandboxInput, SandboxLimits, SandboxVerdict } from '../../../ports/index.ts'
import type { GuestFailure } from '../runner/index.ts'
import type { Frame } from './codec.ts'

/** What a child is asked to do. Metered modules go by a key; the child asks for the bytes it does not have. */
export type RunRequest = {
  moduleKey: string
  input: SandboxInput
  limits: SandboxLimits
  sliceFuel: bigint
  /** Whether output and progress are to be told while the guest runs. */
  isLive: boolean
}

export type RunEnding = (SandboxVerdict | GuestFailure) & { rssBytes: number }

type RunHeader = {
  type: 'run'
  moduleKey: string
  isLive: boolean
  args: readonly string[]
  env: Readonly<Record<string, string>>
  outputs: readonly string[]
  fileNames: readonly string[]
  limits: Omit<SandboxLimits, 'fuel'>
  fuel: string
  sliceFuel: string
}

/** Parts: stdin, seed, then one per file. */
export const encodeRun = ({ moduleKey, input, limits, sliceFuel, isLive }: RunRequest): Frame => {
  const { fuel, ...others } = limits
  const header: RunHeader = {
    type: 'run',
    moduleKey,
    isLive,
    args: input.args,
    env: input.env,
    outputs: input.outputs,
    fileNames: [...input.files.keys()],
    limits: others,
    fuel: fuel.toString(),
    sliceFuel: sliceFuel.toString(),
  }
  return { header, parts: [input.stdin, input.seed, ...input.files.values()] }
}

export const decodeRun = ({ header, parts }: Frame): RunRequest => {
  const run = header as RunHeader
  const [stdin = new Uint8Array(0), seed = new Uint8Array(0), ...contents] = parts
  const files = new Map(
    run.fileNames.map((name, index) => [name, contents[index] ?? new Uint8Array(0)]),
  )
  return {
    moduleKey: run.moduleKey,
    isLive: run.isLive,
    input: { args: run.args, env: run.env, outputs: run.outputs, stdin, seed, files },
    limits: { ...run.limits, fuel: BigInt(run.fuel) },
    sliceFuel: BigInt(run.sliceFuel),
  }
}

type EndingHeader = {
  type: 'ended'
  kind: RunEnding['kind']
  code?: GuestFailure['code']
  exitCode: number
  detail: string
  fuelUsed: string
  rssBytes: number
  fileNames: readonly string[]
}

const DETAIL_LENGTH_MAX = 1_000

/** Parts: stdout, stderr, then one per file. */
export const encodeEnding = (ending: RunEnding): Frame => {
  const { kind, detail, fuelUsed, rssBytes } = ending
  const shared = {
    type: 'ended',
    detail: detail.slice(0, DETAIL_LENGTH_MAX),
    fuelUsed: fuelUsed.toString(),
    rssBytes,
  } as const
  if (kind === 'failure') {
    const header: EndingHeader = { ...shared, kind, code: ending.code, exitCode: 0, fileNames: [] }
    return { header, parts: [] }
  }
  const fileNames = [...ending.files.keys()]
  const header: EndingHeader = { ...shared, kind, exitCode: ending.exitCode, fileNames }
  return { header, parts: [ending.stdout, ending.stderr, ...ending.files.values()] }
}

export const decodeEnding = ({ header, parts }: Frame): RunEnding => {
  const ended = header as EndingHeader
  const { kind, detail, rssBytes } = ended
  const fuelUsed = BigInt(ended.fuelUsed)
  if (kind === 'failure') {
    return { kind, code: ended.code ?? 'CHILD_CRASHED', detail, fuelUsed, rssBytes }
  }
  const [stdout = new Uint8Array(0), stderr = new Uint8Array(0), ...contents] = parts
  const files = new Map(
    ended.fileNames.map((name, index) => [name, contents[index] ?? new Uint8Array(0)]),
  )
  return { kind, exitCode: ended.exitCode, detail, fuelUsed, stdout, stderr, files, rssBytes }
}
