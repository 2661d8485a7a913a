import type { CborValue, Cid, Fuel } from '../common/index.ts'
import { decodeCbor, encodeCbor, Fault, MAX_FUEL } from '../common/index.ts'
import type { ManifestFault } from './faults.ts'
import { MAX_OUTPUTS } from './manifest.ts'
import { isCid, isCount, isPath, isSameBytes, pairsFromWire, pairsToWire } from './wire-fields.ts'

/** The ways a program can end by itself. */
const VERDICT_KINDS = ['exit', 'trap', 'out-of-fuel', 'stack-overflow', 'output-limit'] as const
export type VerdictKind = (typeof VERDICT_KINDS)[number]

/** Where the parts of a result are; they prove themselves against the receipt's resultHash. */
export type ResultManifest = {
  verdict: VerdictKind
  exitCode: number
  fuelUsed: Fuel
  stdout: Cid
  stderr: Cid
  files: Readonly<Record<string, Cid>>
}

/** Most bytes of an encoded result manifest: fits into one frame beside a receipt. */
export const MAX_RESULT_MANIFEST_BYTES = 49_152

const isVerdictKind = (value: unknown): value is VerdictKind =>
  VERDICT_KINDS.some((kind) => kind === value)

const areFiles = (files: ResultManifest['files']): boolean =>
  Object.keys(files).length <= MAX_OUTPUTS &&
  Object.keys(files).every(isPath) &&
  Object.values(files).every(isCid)

const isValid = ({ verdict, exitCode, fuelUsed, stdout, stderr, files }: ResultManifest) =>
  isVerdictKind(verdict) &&
  (exitCode | 0) === exitCode &&
  fuelUsed >= 0n &&
  fuelUsed <= MAX_FUEL &&
  isCid(stdout) &&
  isCid(stderr) &&
  areFiles(files)

const toWire = (result: ResultManifest): CborValue => [
  result.verdict,
  result.exitCode,
  result.fuelUsed,
  result.stdout,
  result.stderr,
  pairsToWire(result.files),
]

const fromWire = (wire: CborValue): ResultManifest | null => {
  if (!Array.isArray(wire) || wire.length !== 6) return null
  const [verdict, exitCode, fuelUsed, stdout, stderr, pairs] = wire as CborValue[]
  const files = pairsFromWire(pairs)
  if (!files || !isVerdictKind(verdict) || typeof exitCode !== 'number') return null
  if (typeof fuelUsed !== 'bigint' && !isCount(fuelUsed, Number.MAX_SAFE_INTEGER)) return null
  if (typeof stdout !== 'string' || typeof stderr !== 'string') return null
  return { verdict, exitCode, fuelUsed: BigInt(fuelUsed), stdout, stderr, files }
}

/** Canonical CBOR of a result manifest; throws Fault RESULT_INVALID. */
export const encodeResultManifest = (result: ResultManifest): Uint8Array => {
  if (isValid(result)) {
    const bytes = encodeCbor(toWire(result))
    if (bytes.length <= MAX_RESULT_MANIFEST_BYTES) return bytes
  }
  throw new Fault<ManifestFault>('RESULT_INVALID', 'the result manifest breaks its own rules')
}

/** The result manifest of these bytes; null unless they are exactly what encodeResultManifest gives for a valid one. */
export const decodeResultManifest = (bytes: Uint8Array): ResultManifest | null => {
  if (bytes.length > MAX_RESULT_MANIFEST_BYTES) return null
  try {
    const result = fromWire(decodeCbor(bytes))
    if (!result || !isValid(result)) return null
    return isSameBytes(encodeCbor(toWire(result)), bytes) ? result : null
  } catch {
    return null
  }
}
