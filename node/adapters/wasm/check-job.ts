import { Fault } from '../../../protocols/common/index.ts'
import { INPUT_BYTES_MAX } from '../../../protocols/execution/index.ts'
import type { SandboxJob } from '../../ports/index.ts'
import type { SandboxFaultCode } from './pool/index.ts'

const OUTPUT_BYTES_MAX = 256 << 20
const FILES_MAX = 5_000
// The guest's own bound on files and directories is 10,000.
const NODES_MAX = 9_000
const TEXTS_MAX = 20_000
// Arguments, environment and paths travel in one header.
const TEXTS_LENGTH_MAX = 512 << 10
const PATH_BYTES_MAX = 4_096
const NAME_LENGTH_MAX = 255
const SEED_BYTES_MAX = 1_024
const MEMORY_PAGES_MAX = 65_536
const STACK_UNITS_MAX = 65_536
const WALL_MS_MAX = 24 * 3_600_000
const SLICES_MAX = 1_000_000n
const FUEL_MAX = (1n << 64n) - 1n

const invalid = (what: string): never => {
  throw new Fault<SandboxFaultCode>('JOB_INVALID', what)
}

const isCount = (value: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= max

const checkLimits = ({ limits, sliceFuel }: SandboxJob): void => {
  const { fuel, memoryPages, stackUnits, wallMs } = limits
  if (fuel < 0n || fuel > FUEL_MAX) invalid('fuel')
  if (sliceFuel <= 0n || fuel / sliceFuel > SLICES_MAX) invalid(`more than ${SLICES_MAX} slices`)
  if (!isCount(memoryPages, MEMORY_PAGES_MAX)) invalid('memoryPages')
  if (!isCount(stackUnits, STACK_UNITS_MAX)) invalid('stackUnits')
  if (!isCount(wallMs, WALL_MS_MAX)) invalid('wallMs')
  for (const name of ['stdoutBytes', 'stderrBytes', 'fileBytes'] as const) {
    if (!isCount(limits[name], OUTPUT_BYTES_MAX)) invalid(name)
  }
}

const namesOf = (path: string): string[] =>
  path.split('/').filter((name) => name !== '' && name !== '.')

const checkPath = (path: string): string => {
  const names = namesOf(path)
  if (path.length > PATH_BYTES_MAX || path.includes('\0')) invalid(`path ${path.slice(0, 80)}`)
  if (names.length === 0) invalid('an empty path')
  for (const name of names) {
    if (name === '..' || name.length > NAME_LENGTH_MAX) invalid(`path ${path.slice(0, 80)}`)
  }
  return names.join('/')
}

// No file may stand where another needs a directory, nor twice in one place.
const checkPaths = (paths: readonly string[]): void => {
  const files = new Set(paths.map(checkPath))
  if (files.size !== paths.length) invalid('the same path twice')
  for (const file of files) {
    for (let cut = file.lastIndexOf('/'); cut > 0; cut = file.lastIndexOf('/', cut - 1)) {
      if (files.has(file.slice(0, cut))) invalid(`${file.slice(0, cut)} is a file and a directory`)
    }
  }
}

const checkNodes = (paths: readonly string[]): void => {
  const nodes = new Set<string>()
  for (const path of paths) {
    for (let cut = path.length; cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const node = path.slice(0, cut)
      if (nodes.has(node)) break
      nodes.add(node)
    }
    if (nodes.size > NODES_MAX) invalid(`more than ${NODES_MAX} files and directories`)
  }
}

const checkTexts = ({ input }: SandboxJob): void => {
  const names = Object.keys(input.env)
  if (names.some((name) => name === '' || name.includes('='))) invalid('a name in env')
  const texts = [...input.args, ...names, ...Object.values(input.env)]
  if (texts.some((text) => text.includes('\0'))) invalid('a zero byte in args or env')
  const all = [...texts, ...input.files.keys(), ...input.outputs]
  if (all.length > TEXTS_MAX) invalid(`more than ${TEXTS_MAX} texts`)
  const length = all.reduce((sum, text) => sum + text.length, 0)
  if (length > TEXTS_LENGTH_MAX) invalid('args, env and paths are too long')
}

/** Throws JOB_INVALID unless the job is one that a child can be handed. */
export const checkJob = (job: SandboxJob): void => {
  const { input } = job
  checkLimits(job)
  checkTexts(job)
  if (input.seed.length > SEED_BYTES_MAX) invalid('seed')
  if (input.files.size + input.outputs.length > FILES_MAX) invalid('too many files')
  checkPaths([...input.files.keys()])
  checkPaths([...input.outputs])
  // An output may replace an input file, but not stand below one.
  const inputs = new Set([...input.files.keys()].map(checkPath))
  checkPaths([...inputs, ...input.outputs.map(checkPath).filter((path) => !inputs.has(path))])
  checkNodes([...inputs, ...input.outputs.map(checkPath)])
  const bytes = [input.stdin, ...input.files.values()].reduce((sum, { length }) => sum + length, 0)
  if (bytes > INPUT_BYTES_MAX) invalid(`${bytes} bytes of input, at most ${INPUT_BYTES_MAX}`)
}
