import type { SandboxJob } from '../../../ports/index.ts'
import type { RunEnding } from '../frames/index.ts'
import { ChildGone } from './line.ts'

const KINDS: readonly RunEnding['kind'][] = [
  'exit',
  'trap',
  'out-of-fuel',
  'stack-overflow',
  'output-limit',
  'failure',
]
const FAILURES: readonly string[] = ['STOPPED', 'MEMORY_EXHAUSTED', 'CHILD_CRASHED']

const nonsense = (cause: unknown): ChildGone => new ChildGone(null, `nonsense: ${cause}`, { cause })

/** What a child says, or ChildGone where it makes no sense: a guest may have taken the child over. */
export const believe = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    throw nonsense(error)
  }
}

const require = (isTrue: boolean, what: string): void => {
  if (!isTrue) throw new Error(what)
}

/** Throws unless the ending is one that this job can have. */
export const checkEnding = ({ limits, input }: SandboxJob, ending: RunEnding): void => {
  require(KINDS.includes(ending.kind), 'kind')
  require(typeof ending.detail === 'string', 'detail')
  require(Number.isSafeInteger(ending.rssBytes), 'rssBytes')
  require(ending.fuelUsed >= 0n, 'fuelUsed')
  if (ending.kind === 'failure') {
    require(FAILURES.includes(ending.code), 'code')
    return
  }
  require((ending.exitCode | 0) === ending.exitCode, 'exitCode')
  require(ending.fuelUsed <= limits.fuel, 'fuelUsed')
  require(ending.stdout.length <= limits.stdoutBytes, 'stdout')
  require(ending.stderr.length <= limits.stderrBytes, 'stderr')
  require([...ending.files.keys()].every((path) => input.outputs.includes(path)), 'files')
}
