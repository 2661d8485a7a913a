import type { Hex } from 'viem'
import { hexToBytes, keccak256 } from 'viem'

/** [start, length] in bytes. */
type Span = readonly [start: number, length: number]

/** keccak256 of deployed code with the given spans zeroed: equal for every deployment of the same source and settings. */
export const maskedCodeHash = (code: Hex, immutables: readonly Span[]): Hex => {
  const bytes = hexToBytes(code)
  for (const [start, length] of immutables) bytes.fill(0, start, start + length)
  return keccak256(bytes)
}
