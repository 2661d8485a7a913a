/** Raised whenever what a guest can observe of the host changes. */
export const WASI_VERSION = 2

/** Fuel that host calls cost beside the guest's own instructions. */
export const HOST_CHARGES = {
  call: 500,
  /** Copying n bytes costs n >> this. */
  bytesShift: 1,
  pathByte: 4,
  pathComponent: 100,
  directoryEntry: 100,
  ancestor: 4,
  randomByte: 16,
  subscription: 100,
} as const

/** Virtual time: nanoseconds since 1970 at the start of each run; one fuel is one nanosecond. */
export const EPOCH_NS = 1_700_000_000_000_000_000n

/** All of the host that decides fuel and what guests observe, as text to be hashed. */
export const wasiText = JSON.stringify({
  host: 'souk',
  version: WASI_VERSION,
  charges: HOST_CHARGES,
  epoch: EPOCH_NS.toString(),
})
