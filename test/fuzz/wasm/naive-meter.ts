import {
  COSTS,
  COSTS_BULK,
  COSTS_SIMD,
  DYNAMIC_COSTS,
} from '../../../node/adapters/wasm/module/index.ts'
import { Bytes, leb, signedLeb } from './bytes.ts'

// The oracle: counts fuel one instruction at a time, knowing nothing of blocks, runs or reachability. It shares the table of costs with
// the product and nothing else.

export type FunctionShape = { parameters: number[]; results: number[] }

/** A global that a module imports: its type as a byte. */
export type ImportedGlobal = { module: string; name: string; type: number; mutable: boolean }

export type NaiveModule = {
  bytes: Uint8Array
  globals: readonly ImportedGlobal[]
  /** Shape of each exported function. */
  functions: ReadonlyMap<string, FunctionShape>
}

/** Name of the exported fuel counter: what was used, below zero. */
export const NAIVE_FUEL = 'naive:fuel'

type Read = {
  types: FunctionShape[]
  functions: number[]
  globals: number
  imported: number
  importedGlobals: ImportedGlobal[]
  exports: { name: string; kind: number; index: number }[]
  maxPages: number
}

const MAX_PAGES = 65_536

const readLimits = (bytes: Bytes): number => {
  const flags = bytes.u8()
  bytes.u32()
  return flags & 1 ? bytes.u32() : MAX_PAGES
}

const readImport = (bytes: Bytes, read: Read): void => {
  const [module, name] = [bytes.name(), bytes.name()]
  const kind = bytes.u8()
  if (kind === 0) {
    read.functions.push(bytes.u32())
    read.imported++
  } else if (kind === 1) {
    bytes.u8()
    readLimits(bytes)
  } else if (kind === 2) read.maxPages = readLimits(bytes)
  else {
    read.importedGlobals.push({ module, name, type: bytes.u8(), mutable: bytes.u8() === 1 })
    read.globals++
  }
}

const readers: Readonly<Record<number, (bytes: Bytes, read: Read) => void>> = {
  1: (bytes, { types }) => {
    bytes.u8()
    const list = () => Array.from({ length: bytes.u32() }, () => bytes.u8())
    types.push({ parameters: list(), results: list() })
  },
  2: readImport,
  3: (bytes, { functions }) => void functions.push(bytes.u32()),
  5: (bytes, read) => {
    read.maxPages = Math.min(readLimits(bytes), MAX_PAGES)
  },
  7: (bytes, { exports }) => {
    exports.push({ name: bytes.name(), kind: bytes.u8(), index: bytes.u32() })
  },
}

const charge = (fuel: number, global: number): number[] =>
  fuel === 0 ? [] : [0x23, ...leb(global), 0x42, ...signedLeb(fuel), 0x7d, 0x24, ...leb(global)]

const skipMemory = (bytes: Bytes): void => {
  bytes.u32()
  bytes.u32()
}

const skipSimd = (bytes: Bytes, sub: number): void => {
  if (sub <= 11 || sub === 92 || sub === 93) skipMemory(bytes)
  else if (sub === 12 || sub === 13) bytes.skip(16)
  else if (sub >= 21 && sub <= 34) bytes.skip(1)
  else if (sub >= 84 && sub <= 91) {
    skipMemory(bytes)
    bytes.skip(1)
  }
}

const skipBulk = (bytes: Bytes, sub: number): void => {
  if (sub < 8) return
  bytes.u32()
  if (sub === 8 || sub === 10 || sub === 12 || sub === 14) bytes.u32()
}

const skipList = (bytes: Bytes, more: number): void => {
  for (let left = bytes.u32() + more; left > 0; left--) bytes.u32()
}

// One index each: branches, calls, locals, globals, tables, function references.
const ONE_INDEX = new Set([
  0x0c, 0x0d, 0x10, 0x12, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0xd0, 0xd2,
])

// How to pass over what stands behind an opcode.
const SKIPS: readonly (readonly [from: number, to: number, skip: (bytes: Bytes) => void])[] = [
  [0x02, 0x04, (bytes) => bytes.signed()],
  [0x0e, 0x0e, (bytes) => skipList(bytes, 1)],
  [0x11, 0x11, skipMemory],
  [0x13, 0x13, skipMemory],
  [0x1c, 0x1c, (bytes) => skipList(bytes, 0)],
  [0x28, 0x3e, skipMemory],
  [0x41, 0x42, (bytes) => bytes.signed()],
  [0x43, 0x43, (bytes) => bytes.skip(4)],
  [0x44, 0x44, (bytes) => bytes.skip(8)],
]

const skipOperands = (bytes: Bytes, opcode: number): void => {
  if (ONE_INDEX.has(opcode)) bytes.u32()
  else SKIPS.find(([from, to]) => opcode >= from && opcode <= to)?.[2](bytes)
}

type Scope = { global: number; scratch: number; maxPages: number }

// Fuel -= what `amount` leaves on the stack as an i64, made of the i32 in the scratch local.
const chargeBy = (amount: readonly number[], { global, scratch }: Scope): number[] => [
  ...[0x23, ...leb(global), 0x20, ...leb(scratch), 0xad, ...amount, 0x7d, 0x24, ...leb(global)],
]

const chargeBulk = (sub: number, scope: Scope): number[] => {
  if (sub < 8 || sub === 9 || sub === 13 || sub === 16) return []
  const by =
    sub <= 11 ? [0x42, DYNAMIC_COSTS.bytesShift, 0x88] : [0x42, DYNAMIC_COSTS.entriesShift, 0x86]
  const { scratch } = scope
  return [0x21, ...leb(scratch), ...chargeBy(by, scope), 0x20, ...leb(scratch)]
}

// Growth is paid for unless it would go beyond the maximum.
const chargeGrow = (scope: Scope): number[] => {
  const scratch = leb(scope.scratch)
  const page = [0x42, ...signedLeb(DYNAMIC_COSTS.page), 0x7e]
  const fits = [0x20, ...scratch, 0x41, ...signedLeb(scope.maxPages), 0x3f, 0, 0x6b, 0x4d]
  return [0x21, ...scratch, ...fits, 0x04, 0x40, ...chargeBy(page, scope), 0x0b, 0x20, ...scratch]
}

const BULK = 0xfc
const SIMD = 0xfd
const LOOP = 0x03
const GROW = 0x40

// What is charged for the instruction that the bytes stand at; they are left behind it.
const chargesFor = (bytes: Bytes, opcode: number, scope: Scope): number[] => {
  if (opcode === BULK) {
    const sub = bytes.u32()
    skipBulk(bytes, sub)
    return [...charge(COSTS_BULK[sub] ?? 0, scope.global), ...chargeBulk(sub, scope)]
  }
  if (opcode === SIMD) {
    const sub = bytes.u32()
    skipSimd(bytes, sub)
    return charge(COSTS_SIMD[sub] ?? 0, scope.global)
  }
  skipOperands(bytes, opcode)
  const fixed = charge(COSTS[opcode] ?? 0, scope.global)
  return opcode === GROW ? [...fixed, ...chargeGrow(scope)] : fixed
}

const writeBody = (bytes: Bytes, end: number, scope: Scope): number[] => {
  const out: number[] = []
  while (bytes.at < end) {
    const from = bytes.at
    const opcode = bytes.u8()
    const charges = chargesFor(bytes, opcode, scope)
    const code = bytes.source.subarray(from, bytes.at)
    // The header of a loop is paid for each time around.
    if (opcode === LOOP) out.push(...code, ...charges)
    else out.push(...charges, ...code)
  }
  return out
}

const writeFunction = (bytes: Bytes, shape: FunctionShape, read: Read): number[] => {
  const size = bytes.u32()
  const end = bytes.at + size
  const groups = bytes.u32()
  const from = bytes.at
  let locals = shape.parameters.length
  for (let group = 0; group < groups; group++) {
    locals += bytes.u32()
    bytes.u8()
  }
  const declared = bytes.source.subarray(from, bytes.at)
  const scope = { global: read.globals, scratch: locals, maxPages: read.maxPages }
  const body = [...leb(groups + 1), ...declared, 1, 0x7f, ...writeBody(bytes, end, scope)]
  return [...leb(body.length), ...body]
}

const writeSection = (id: number, content: Bytes, read: Read): number[] => {
  const { source, end } = content
  if (id === 6) {
    const count = content.u32()
    read.globals += count
    return [...leb(count + 1), ...source.subarray(content.at, end), 0x7e, 1, 0x42, 0, 0x0b]
  }
  if (id === 7) {
    const count = content.u32()
    const name = Buffer.from(NAIVE_FUEL)
    const row = [...leb(name.length), ...name, 3, ...leb(read.globals)]
    return [...leb(count + 1), ...source.subarray(content.at, end), ...row]
  }
  if (id !== 10) return [...source.subarray(content.at, end)]
  const count = content.u32()
  const bodies = Array.from({ length: count }, (_, index) => {
    const type = read.functions[read.imported + index] as number
    return writeFunction(content, read.types[type] as FunctionShape, read)
  })
  return [...leb(count), ...bodies.flat()]
}

const readSection = (id: number, content: Bytes, read: Read): void => {
  const reader = readers[id]
  if (reader) for (let left = content.u32(); left > 0; left--) reader(content, read)
}

/** Meters a module one instruction at a time. The module must have globals and exports, as fuzzed ones do. */
export const meterNaively = (source: Uint8Array): NaiveModule => {
  const read: Read = {
    types: [],
    functions: [],
    imported: 0,
    globals: 0,
    importedGlobals: [],
    exports: [],
    maxPages: MAX_PAGES,
  }
  const bytes = new Bytes(source, 8, source.length)
  const parts: Uint8Array[] = [source.subarray(0, 8)]
  while (bytes.at < source.length) {
    const id = bytes.u8()
    const size = bytes.u32()
    const section = () => new Bytes(source, bytes.at, bytes.at + size)
    readSection(id, section(), read)
    if (id !== 0) {
      const content = Uint8Array.from(writeSection(id, section(), read))
      parts.push(Uint8Array.from([id, ...leb(content.length)]), content)
    }
    bytes.skip(size)
  }
  const shapeOf = (index: number) => read.types[read.functions[index] as number] as FunctionShape
  const functions = read.exports.filter(({ kind }) => kind === 0)
  return {
    bytes: Buffer.concat(parts),
    globals: read.importedGlobals,
    functions: new Map(functions.map(({ name, index }) => [name, shapeOf(index)])),
  }
}
