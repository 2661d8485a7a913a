/** WASI preview 1 error numbers this host answers. */
const numbers = {
  badf: 8,
  busy: 10,
  exist: 20,
  fault: 21,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  spipe: 70,
  notcapable: 76,
} as const

export type ErrnoName = keyof typeof numbers

/** Ends one host call; the guest sees the number. */
export class WasiError extends Error {
  readonly errno: number

  constructor(name: ErrnoName) {
    super(name)
    this.errno = numbers[name]
  }
}

// Made once: guests can fail in a loop, and building a stack trace each time would cost far more than the call.
const errors = Object.fromEntries(
  Object.keys(numbers).map((name) => [name, new WasiError(name as ErrnoName)]),
) as Record<ErrnoName, WasiError>

export const fail = (name: ErrnoName): never => {
  throw errors[name]
}

/** The number a call answers when it succeeds. */
export const SUCCESS = 0
export const errno = (name: ErrnoName): number => numbers[name]
