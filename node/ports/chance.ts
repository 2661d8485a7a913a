/** Randomness as an argument: cryptographic in the node, seeded in tests. */
export type Chance = { bytes(length: number): Uint8Array }
