import { sha256 } from '@noble/hashes/sha2.js'
import type { CborValue, Cid, Fuel, Hash } from '../common/index.ts'
import { decodeCbor, encodeCbor, Fault, fromHex, MAX_FUEL, toHex } from '../common/index.ts'
import type { ManifestFault } from './faults.ts'
import {
  isCid,
  isCount,
  isPath,
  isSameBytes,
  isText,
  pairsFromWire,
  pairsToWire,
  textsFromWire,
} from './wire-fields.ts'

/** Fuel in units, memory in 64 KiB pages, output of each kind in bytes, wall time in milliseconds. */
export type TaskLimits = { fuel: Fuel; memoryPages: number; outputBytes: number; wallMs: number }

/** One task, complete: whoever has these bytes and what they name gets the same result. */
export type TaskManifest = {
  module: Cid
  args: readonly string[]
  env: Readonly<Record<string, string>>
  stdin: Cid | null
  files: Readonly<Record<string, Cid>>
  outputs: readonly string[]
  limits: TaskLimits
  tags: { taskType: string; industry: string; region: string }
  /** Engine that must run it: names instrumentation version and cost table. */
  engine: Hash
}

/** Most bytes of an encoded manifest: one piece of content. */
export const MAX_MANIFEST_BYTES = 65_536
export const MAX_OUTPUTS = 128
const MAX_ENTRIES = 1024
/** Files and directories that the paths of a manifest may name; a guest can have 10,000. */
const MAX_NODES = 5_000
const MAX_TEXT_BYTES = 16_384
const MAX_NAME_BYTES = 255
const MAX_TAG_BYTES = 160
const MAX_PAGES = 65_536
const MAX_OUTPUT_BYTES = 2 ** 32
const MAX_WALL_MS = 86_400_000

const areTexts = (texts: readonly string[]): boolean =>
  texts.length <= MAX_ENTRIES && texts.every((text) => isText(text, MAX_TEXT_BYTES))

const isEnvironment = (env: TaskManifest['env']): boolean =>
  Object.keys(env).length <= MAX_ENTRIES &&
  Object.entries(env).every(
    ([name, value]) =>
      isText(name, MAX_NAME_BYTES) &&
      name !== '' &&
      !name.includes('=') &&
      isText(value, MAX_TEXT_BYTES),
  )

// A path that is a file cannot lead to another one.
const arePathsApart = (paths: readonly string[]): boolean => {
  const known = new Set(paths)
  return paths.every((path) => {
    const segments = path.split('/')
    return segments.every(
      (_, index) => index === 0 || !known.has(segments.slice(0, index).join('/')),
    )
  })
}

// Directories are made for every path, and what a guest may make beside them is counted from there.
const areFew = (paths: readonly string[]): boolean => {
  const nodes = new Set<string>()
  for (const path of paths) {
    const segments = path.split('/')
    for (let depth = 1; depth <= segments.length; depth++) {
      nodes.add(segments.slice(0, depth).join('/'))
      if (nodes.size > MAX_NODES) return false
    }
  }
  return true
}

const areFiles = (files: TaskManifest['files']): boolean => {
  const paths = Object.keys(files)
  return paths.length <= MAX_ENTRIES && paths.every(isPath) && Object.values(files).every(isCid)
}

const areOutputs = (outputs: readonly string[]): boolean =>
  outputs.length <= MAX_OUTPUTS && outputs.every(isPath) && new Set(outputs).size === outputs.length

const areLimits = ({ fuel, memoryPages, outputBytes, wallMs }: TaskLimits): boolean =>
  fuel > 0n &&
  fuel <= MAX_FUEL &&
  isCount(memoryPages, MAX_PAGES) &&
  memoryPages > 0 &&
  isCount(outputBytes, MAX_OUTPUT_BYTES) &&
  isCount(wallMs, MAX_WALL_MS) &&
  wallMs > 0

const areTags = ({ taskType, industry, region }: TaskManifest['tags']): boolean =>
  [taskType, industry, region].every((tag) => isText(tag, MAX_TAG_BYTES))

/** What is wrong with a manifest, in words; null when nothing is. */
const complaintAbout = (manifest: TaskManifest): string | null => {
  if (!isCid(manifest.module)) return 'the module is not a content id'
  if (!areTexts(manifest.args)) return 'an argument is too long or holds a zero byte'
  if (!isEnvironment(manifest.env)) return 'a name or value of the environment is malformed'
  if (manifest.stdin !== null && !isCid(manifest.stdin)) return 'stdin is not a content id'
  if (!areFiles(manifest.files)) return 'a file has a malformed path or no content id'
  if (!areOutputs(manifest.outputs)) return 'an output path is malformed or given twice'
  if (!arePathsApart([...Object.keys(manifest.files), ...manifest.outputs])) {
    return 'a path leads through another one'
  }
  if (!areFew([...Object.keys(manifest.files), ...manifest.outputs])) {
    return 'the paths lead through too many directories'
  }
  if (!areLimits(manifest.limits)) return 'a limit is zero or out of range'
  if (!areTags(manifest.tags)) return 'a tag is too long'
  if (!/^0x[0-9a-f]{64}$/.test(manifest.engine)) return 'the engine is not a hash'
  return null
}

const limitsToWire = ({ fuel, memoryPages, outputBytes, wallMs }: TaskLimits): CborValue => [
  fuel,
  memoryPages,
  outputBytes,
  wallMs,
]

const toWire = (manifest: TaskManifest): CborValue => [
  manifest.module,
  manifest.args,
  pairsToWire(manifest.env),
  manifest.stdin,
  pairsToWire(manifest.files),
  manifest.outputs,
  limitsToWire(manifest.limits),
  [manifest.tags.taskType, manifest.tags.industry, manifest.tags.region],
  fromHex(manifest.engine),
]

const limitsFromWire = (value: CborValue | undefined): TaskLimits | null => {
  if (!Array.isArray(value) || value.length !== 4) return null
  const [fuel, memoryPages, outputBytes, wallMs] = value as CborValue[]
  if (typeof fuel !== 'bigint' && !isCount(fuel, Number.MAX_SAFE_INTEGER)) return null
  if (typeof memoryPages !== 'number' || typeof outputBytes !== 'number') return null
  return typeof wallMs === 'number'
    ? { fuel: BigInt(fuel), memoryPages, outputBytes, wallMs }
    : null
}

const tagsFromWire = (value: CborValue | undefined): TaskManifest['tags'] | null => {
  const tags = textsFromWire(value)
  if (tags?.length !== 3) return null
  const [taskType, industry, region] = tags as [string, string, string]
  return { taskType, industry, region }
}

const fromWire = (wire: CborValue): TaskManifest | null => {
  if (!Array.isArray(wire) || wire.length !== 9) return null
  const [module, argItems, envPairs, stdin, filePairs, outputItems] = wire as CborValue[]
  const args = textsFromWire(argItems)
  const env = pairsFromWire(envPairs)
  const files = pairsFromWire(filePairs)
  const outputs = textsFromWire(outputItems)
  const [limits, tags, engine] = [limitsFromWire(wire[6]), tagsFromWire(wire[7]), wire[8]]
  if (!args || !outputs || !env || !files || !limits || !tags) return null
  if (typeof module !== 'string' || !(engine instanceof Uint8Array)) return null
  if (stdin !== null && typeof stdin !== 'string') return null
  return { module, args, env, stdin, files, outputs, limits, tags, engine: toHex(engine) }
}

/** Canonical CBOR of a manifest; throws Fault MANIFEST_INVALID saying what is wrong. */
export const encodeManifest = (manifest: TaskManifest): Uint8Array => {
  const complaint = complaintAbout(manifest)
  if (complaint) throw new Fault<ManifestFault>('MANIFEST_INVALID', complaint)
  const bytes = encodeCbor(toWire(manifest))
  if (bytes.length <= MAX_MANIFEST_BYTES) return bytes
  throw new Fault<ManifestFault>('MANIFEST_INVALID', 'the manifest is larger than 64 KiB')
}

/** The manifest of these bytes; null unless they are exactly what encodeManifest gives for a valid one. */
export const decodeManifest = (bytes: Uint8Array): TaskManifest | null => {
  if (bytes.length > MAX_MANIFEST_BYTES) return null
  try {
    const manifest = fromWire(decodeCbor(bytes))
    if (!manifest || complaintAbout(manifest)) return null
    return isSameBytes(encodeCbor(toWire(manifest)), bytes) ? manifest : null
  } catch {
    return null
  }
}

/** A task's name: the SHA-256 of its encoded manifest. */
export const taskHashOf = (manifestBytes: Uint8Array): Hash => toHex(sha256(manifestBytes))
