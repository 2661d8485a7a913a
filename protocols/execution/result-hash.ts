import { fromHex, type Hash, keccak256, toHex } from '../common/index.ts'
import type { VerdictKind } from './result-manifest.ts'
import { VERDICT_CODES } from './verdict.ts'

/** All of a run that two honest providers must agree on. */
export type RunResult = {
  taskHash: Hash
  kind: VerdictKind
  /** Signed 32-bit; -1 unless the kind is exit. */
  exitCode: number
  stdout: Uint8Array
  stderr: Uint8Array
  /** Declared outputs that exist, by path. */
  files: ReadonlyMap<string, Uint8Array>
  /** Unsigned 64-bit. */
  fuelUsed: bigint
  engineHash: Hash
}

const LENGTH = 173
const encoder = new TextEncoder()

const compare = (a: Uint8Array, b: Uint8Array): number => {
  for (const [index, byte] of a.entries()) {
    const difference = byte - (b[index] as number)
    if (difference !== 0) return difference
  }
  return 0
}

const concatenate = (parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** keccak256, by whoever can compute it for much without standing in the way of other work. */
export type Digest = (bytes: Uint8Array) => Promise<Uint8Array>

// keccak256 of all pairs keccak256(path as UTF-8) ++ keccak256(content), 64 bytes each, sorted by bytes. Without files: of nothing.
const filesRoot = async (files: RunResult['files'], digest: Digest): Promise<Uint8Array> => {
  const pairs: Uint8Array[] = []
  for (const [path, content] of files) {
    pairs.push(concatenate([keccak256(encoder.encode(path)), await digest(content)]))
  }
  return keccak256(concatenate(pairs.sort(compare)))
}

/**
 * keccak256 of 173 bytes:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 32 | taskHash |
 * | 32 | 1 | kind, see VERDICT_CODES |
 * | 33 | 4 | exitCode, two's complement, big-endian |
 * | 37 | 32 | keccak256(stdout) |
 * | 69 | 32 | keccak256(stderr) |
 * | 101 | 32 | keccak256 of the sorted pairs keccak256(path) ++ keccak256(content) of all files |
 * | 133 | 8 | fuelUsed, big-endian |
 * | 141 | 32 | engineHash |
 */
export const resultHash = async (result: RunResult, digest: Digest): Promise<Hash> => {
  const bytes = new Uint8Array(LENGTH)
  const view = new DataView(bytes.buffer)
  bytes.set(fromHex(result.taskHash), 0)
  view.setUint8(32, VERDICT_CODES[result.kind])
  view.setInt32(33, result.exitCode)
  bytes.set(await digest(result.stdout), 37)
  bytes.set(await digest(result.stderr), 69)
  bytes.set(await filesRoot(result.files, digest), 101)
  view.setBigUint64(133, result.fuelUsed)
  bytes.set(fromHex(result.engineHash), 141)
  return toHex(keccak256(bytes))
}
