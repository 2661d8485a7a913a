import { createSoukHost } from '../../../node/adapters/wasm/wasi/index.ts'
import type { SandboxInput, SandboxLimits } from '../../../node/ports/index.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'

type Value = number | bigint

const encoder = new TextEncoder()

/** Where tests put texts, results and buffers in the guest's memory. */
export const AT = { text: 1_000, other: 3_000, result: 8, vectors: 64, buffer: 20_000 } as const

/** A host with a memory and nobody in it: tests call its functions as a guest would. */
export const openHost = (
  input: Partial<SandboxInput> = {},
  limits: Partial<SandboxLimits> = {},
) => {
  const meter = { charged: 0n }
  const host = createSoukHost(
    { ...anInput(input), limits: { ...smallLimits, ...limits } },
    {
      charge: (fuel) => {
        meter.charged += BigInt(fuel)
      },
      used: () => meter.charged,
    },
  )
  const memory = new WebAssembly.Memory({ initial: 2 })
  const functions = host.functions(
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  )
  const exports = { memory, _start: () => undefined }
  host.start({ exports } as unknown as WebAssembly.Instance)
  const view = new DataView(memory.buffer)
  const bytes = new Uint8Array(memory.buffer)

  const call = (name: string, ...args: Value[]): number =>
    (functions[name] as unknown as (...args: Value[]) => number)(...args)

  /** Places a text and answers its place and length. */
  const put = (text: string, at: number = AT.text): [number, number] => {
    const encoded = encoder.encode(text)
    bytes.set(encoded, at)
    return [at, encoded.length]
  }

  const vector = (at: number, length: number): [number, number] => {
    view.setUint32(AT.vectors, at, true)
    view.setUint32(AT.vectors + 4, length, true)
    return [AT.vectors, 1]
  }

  return {
    call,
    put,
    vector,
    view,
    bytes,
    meter,
    outputs: (exited = true) => host.outputs(exited),
    result: () => view.getUint32(AT.result, true),
    /** Opens a path below the root (3) with every right; answers the error number, the descriptor is in `result`. */
    open: (path: string, { flags = 0, rights = (1n << 28n) - 1n, follow = 1, fdFlags = 0 } = {}) =>
      call(
        'path_open',
        3,
        follow,
        ...put(path),
        flags,
        rights,
        (1n << 28n) - 1n,
        fdFlags,
        AT.result,
      ),
    write: (fd: number, text: string) =>
      call('fd_write', fd, ...vector(...put(text, AT.buffer)), AT.result),
    read: (fd: number, length: number): string => {
      call('fd_read', fd, ...vector(AT.buffer, length), AT.result)
      const size = view.getUint32(AT.result, true)
      return new TextDecoder().decode(bytes.slice(AT.buffer, AT.buffer + size))
    },
  }
}

/** Error numbers as the guest sees them. */
export const ERRNO = {
  success: 0,
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

export const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const
