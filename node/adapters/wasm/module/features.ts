type Range = readonly [from: number, to: number, feature: number]

/** What came to WebAssembly after its first version, as bits. */
export const FEATURE = {
  bulkMemory: 1,
  references: 2,
  multiValue: 4,
  signExtension: 8,
  saturating: 16,
  simd: 32,
  tailCalls: 64,
} as const

const names: Readonly<Record<keyof typeof FEATURE, string>> = {
  bulkMemory: 'bulk-memory',
  references: 'reference-types',
  multiValue: 'multi-value',
  signExtension: 'sign-extension',
  saturating: 'saturating-conversions',
  simd: 'simd',
  tailCalls: 'tail-calls',
}

const rows: readonly Range[] = [
  [0x1c, 0x1c, FEATURE.references],
  [0x25, 0x26, FEATURE.references],
  [0xc0, 0xc4, FEATURE.signExtension],
  [0xd0, 0xd2, FEATURE.references],
]

/** The feature an opcode belongs to, where the opcode alone tells. */
export const FEATURES = new Uint8Array(256)
for (const [from, to, feature] of rows) FEATURES.fill(feature, from, to + 1)

/** Names of the features in a set of bits. */
export const featureNames = (bits: number): string[] =>
  (Object.keys(FEATURE) as (keyof typeof FEATURE)[])
    .filter((key) => bits & FEATURE[key])
    .map((key) => names[key])
