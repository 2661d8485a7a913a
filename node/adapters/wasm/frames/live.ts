import type { SandboxOutput } from '../../../ports/index.ts'
import type { Frame } from './codec.ts'

/** Part of what the guest writes, while it runs. */
export const encodeOutput = ({ stream, bytes }: SandboxOutput): Frame => ({
  header: { type: 'output', stream },
  parts: [bytes],
})

export const decodeOutput = ({ header, parts }: Frame): SandboxOutput => ({
  stream: header.stream === 'stderr' ? 'stderr' : 'stdout',
  bytes: parts[0] ?? new Uint8Array(0),
})

/** A slice of fuel is used up; the guest waits for the answer. */
export const encodeSlice = ({ slice, fuelUsed }: { slice: number; fuelUsed: bigint }): Frame => ({
  header: { type: 'slice', slice, fuelUsed: fuelUsed.toString() },
  parts: [],
})

export const decodeSlice = ({ header }: Frame): { slice: number; fuelUsed: bigint } => {
  if (!Number.isSafeInteger(header.slice)) throw new Error('slice')
  return { slice: header.slice as number, fuelUsed: BigInt(header.fuelUsed as string) }
}

/** How far the guest is. */
export const encodeProgress = (fuelUsed: bigint): Frame => ({
  header: { type: 'progress', fuelUsed: fuelUsed.toString() },
  parts: [],
})

export const decodeProgress = ({ header }: Frame): { fuelUsed: bigint } => ({
  fuelUsed: BigInt(header.fuelUsed as string),
})
