/** What one run may hold at most, beside its agreed limits. */
export const WASI_BOUNDS = {
  nodes: 10_000,
  descriptors: 1_024,
  pathBytes: 4_096,
  nameLength: 255,
  links: 40,
  vectors: 1_024,
  subscriptions: 1_024,
} as const
