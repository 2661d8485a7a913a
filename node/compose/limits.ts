/** What a task may use where its order says nothing. */
export const ORDER_LIMITS = {
  fuel: 2_000_000_000n,
  memoryPages: 4_096,
  outputBytes: 64 << 20,
  wallMs: 60_000,
}
export const MAX_MODULE_BYTES = 32 << 20
export const MAX_CONTENT_BYTES = 256 << 20
/** All outputs of a task together. */
export const MAX_RESULT_BYTES = 80 << 20
