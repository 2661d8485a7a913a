import { init, MemFS, WASI } from '@wasmer/wasi'
import {
  type CreateWasiHost,
  createDeterministicCalls,
  HOST_CHARGES,
  type HostMeter,
  OutputLimit,
  type WasiHost,
  type WasiInput,
} from '../wasi/index.ts'

await init()

type Call = (...args: never[]) => number

/** Wasmer's own code failed; it must not serve another guest. */
class WasmerBroken extends Error {}

const ERRNO_FAULT = 21
const ERRNO_NOTSUP = 58
// Calls whose effect on memory Wasmer does not bound, or that end in a panic inside it and poison every later run.
const REFUSED = [
  'fd_allocate',
  'fd_filestat_set_size',
  'fd_renumber',
  'poll_oneoff',
  'proc_raise',
  'sock_accept',
  'sock_recv',
  'sock_send',
  'sock_shutdown',
]
const WRITES = ['fd_write', 'fd_pwrite']
const STDOUT = 1
const STDERR = 2

const namesOf = (path: string): string[] =>
  path.split('/').filter((name) => name !== '' && name !== '.')

const makeDirectories = (fs: MemFS, names: readonly string[], known: Set<string>): void => {
  for (let depth = 1; depth <= names.length; depth++) {
    const path = `/${names.slice(0, depth).join('/')}`
    if (known.has(path)) continue
    fs.createDir(path)
    known.add(path)
  }
}

const createFiles = ({ files, outputs }: WasiInput): MemFS => {
  const fs = new MemFS()
  const known = new Set<string>()
  for (const path of [...files.keys(), ...outputs]) {
    makeDirectories(fs, namesOf(path).slice(0, -1), known)
  }
  for (const [path, data] of files) {
    const file = fs.open(`/${namesOf(path).join('/')}`, { read: true, write: true, create: true })
    if (data.length > 0) file.write(data)
    file.flush()
    file.free()
  }
  return fs
}

const readOutputs = (wasi: WASI, outputs: readonly string[]): Map<string, Uint8Array> => {
  const found = new Map<string, Uint8Array>()
  const { fs } = wasi
  for (const path of outputs) {
    try {
      const file = fs.open(`/${namesOf(path).join('/')}`, { read: true })
      found.set(path, file.read())
      file.free()
    } catch {
      // The guest did not write it.
    }
  }
  fs.free()
  return found
}

type Write = { descriptor: number; pieces: readonly Uint8Array[]; size: number }

/** What a call is about to write; null where it names memory that is not there. */
const readWrite = (memory: ArrayBuffer, args: readonly [number, number, number]): Write | null => {
  const [descriptor, vectors, count] = args.map((value) => value >>> 0) as [number, number, number]
  if (vectors + count * 8 > memory.byteLength) return null
  const view = new DataView(memory)
  const pieces: Uint8Array[] = []
  let size = 0
  for (let at = vectors; at < vectors + count * 8; at += 8) {
    const [from, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)]
    if (from + length > memory.byteLength) return null
    pieces.push(new Uint8Array(memory, from, length))
    size += length
  }
  return { descriptor, pieces, size }
}

// Wasmer collects without bound and tells nobody, so what a guest writes is counted and told before Wasmer sees it.
const createWriteCounter = ({ limits, onOutput }: Pick<WasiInput, 'limits' | 'onOutput'>) => {
  const left = { stdout: limits.stdoutBytes, stderr: limits.stderrBytes, files: limits.fileBytes }
  const streams: Readonly<Record<number, 'stdout' | 'stderr'>> = {
    [STDOUT]: 'stdout',
    [STDERR]: 'stderr',
  }
  return ({ descriptor, pieces, size }: Write): void => {
    const stream = streams[descriptor]
    const name = stream ?? 'files'
    left[name] -= size
    if (left[name] < 0) throw new OutputLimit(name)
    if (stream) for (const bytes of pieces) onOutput?.({ stream, bytes })
  }
}

const contained =
  (call: Call): Call =>
  (...args) => {
    try {
      return call(...args)
    } catch (cause) {
      throw new WasmerBroken('@wasmer/wasi failed', { cause })
    }
  }

const charged =
  (call: Call, meter: HostMeter): Call =>
  (...args) => {
    meter.charge(HOST_CHARGES.call)
    return call(...args)
  }

/** The `@wasmer/wasi` package behind the same seam: an independent witness. Clocks, chance and exit are Souk's; sleeping is refused. */
export const createWasmerHost: CreateWasiHost = (input, meter): WasiHost => {
  const fs = createFiles(input)
  const wasi = new WASI({
    args: [...input.args],
    env: { ...input.env },
    preopens: { '/': '/' },
    fs,
  })
  wasi.setStdinBuffer(input.stdin)
  const own = createDeterministicCalls(input.seed, meter)
  let importsTaken = false
  let memory: WebAssembly.Memory | null = null
  const countWrite = createWriteCounter(input)
  const refuse: Call = () => ERRNO_NOTSUP

  const wrapWrite =
    (call: Call): Call =>
    (...args) => {
      const place = args.slice(0, 3) as unknown as [number, number, number]
      const write = readWrite(memory?.buffer ?? new ArrayBuffer(0), place)
      if (!write) return ERRNO_FAULT
      meter.charge(write.size >> HOST_CHARGES.bytesShift)
      countWrite(write)
      return call(...args)
    }

  const adapt = (name: string, call: Call): Call => {
    if (REFUSED.includes(name)) return charged(refuse, meter)
    if (own.calls[name]) return own.calls[name]
    const safe = contained(call)
    return charged(WRITES.includes(name) ? wrapWrite(safe) : safe, meter)
  }

  return {
    functions: (module) => {
      // Asked for the imports of a module that has none, Wasmer fails.
      if (WebAssembly.Module.imports(module).length === 0) return {}
      importsTaken = true
      const imports = wasi.getImports(module) as Record<string, Record<string, Call>>
      // Some of what is refused is not even there.
      const refused = REFUSED.map((name) => [name, refuse] as const)
      const calls = [...refused, ...Object.entries(imports.wasi_snapshot_preview1 ?? {})]
      return Object.fromEntries(calls.map(([name, call]) => [name, adapt(name, call)]))
    },
    start: (instance) => {
      memory = instance.exports.memory as WebAssembly.Memory
      own.attach(memory)
      if (importsTaken) wasi.instantiate(instance)
      ;(instance.exports._start as () => void)()
      return 0
    },
    outputs: (exited) => ({
      stdout: wasi.getStdoutBuffer(),
      stderr: wasi.getStderrBuffer(),
      files: exited ? readOutputs(wasi, input.outputs) : new Map(),
    }),
    dispose: () => wasi.free(),
  }
}
