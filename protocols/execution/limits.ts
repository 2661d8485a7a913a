/** Largest module a task may name, in bytes. */
export const MODULE_BYTES_MAX = 32 << 20
/** Most bytes of input (stdin and files together) a task may bring. */
export const INPUT_BYTES_MAX = 256 << 20

/** What a task may use unless it asks for less: fuel in units, memory in 64 KiB pages, stack in units, outputs in bytes, wall time in ms. */
export const DEFAULT_LIMITS = {
  fuel: 100_000_000_000n,
  memoryPages: 4_096,
  stackUnits: 65_536,
  stdoutBytes: 1 << 20,
  stderrBytes: 64 << 10,
  fileBytes: 64 << 20,
  wallMs: 600_000,
} as const
