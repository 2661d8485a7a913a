import { randomBytes } from 'node:crypto'
import type { Chance } from '../../ports/index.ts'

/** The operating system's cryptographic randomness. */
export const createSystemChance = (): Chance => ({
  bytes: (length) => Uint8Array.from(randomBytes(length)),
})
