import { CREDIT, DYNAMIC_COSTS } from './costs.ts'
import type { Declarations } from './declarations.ts'
import { type FunctionType, VALUE } from './value-types.ts'
import { ByteWriter } from './writer.ts'

/** Why instrumented code calls the host. */
export const HOOK = { refuel: 0, memoryFailed: 1 } as const

/** Names under which the host finds what was added; no guest may export them. */
export const ADDED_EXPORTS = {
  fuel: 'souk:fuel',
  stack: 'souk:stack',
  hooks: 'souk:hooks',
} as const

/** Function indices of the added helpers. */
export type HelperIndices = {
  refuel: number
  chargeBytes: number
  chargeEntries: number
  grow: number
  refuelCopy: number
  refuelCredit: number
}

/** Indices of all that is added: each behind the guest's own, so that no index in guest code changes. */
export type Additions = {
  fuelGlobal: number
  stackGlobal: number
  hookTable: number
  helpers: HelperIndices
}

/** Where the additions to a module will stand. */
export const planAdditions = (declared: Declarations): Additions => {
  const first = declared.functions.length
  return {
    fuelGlobal: declared.globals,
    stackGlobal: declared.globals + 1,
    hookTable: declared.tables.length,
    helpers: {
      refuel: first,
      chargeBytes: first + 1,
      chargeEntries: first + 2,
      grow: first + 3,
      refuelCopy: first + 4,
      refuelCredit: first + 5,
    },
  }
}

const type = (parameters: number[], results: number[]): FunctionType => ({
  parameters: Uint8Array.from(parameters),
  results: Uint8Array.from(results),
})

const NOTHING = type([], [])
const COUNT = type([VALUE.i32], [VALUE.i32])
const COUNTER = type([VALUE.i64], [VALUE.i64])
/** What the host puts into the hook table: takes the reason. */
const HOOK_TYPE = type([VALUE.i32], [])

/** Types of the helpers, in the order of their indices. */
export const HELPER_TYPES: readonly FunctionType[] = [
  NOTHING,
  COUNT,
  COUNT,
  COUNT,
  COUNTER,
  COUNTER,
]

/** Calls the host when fuel is below zero: `if fuel < 0 then refuel()`. */
const writeFuelCheck = (code: ByteWriter, { fuelGlobal, helpers }: Additions): void => {
  code.u8(0x23) // global.get fuel
  code.u32(fuelGlobal)
  code.bytes([0x42, 0x00, 0x53, 0x04, 0x40, 0x10]) // i64.const 0, i64.lt_s, if, call
  code.u32(helpers.refuel)
  code.u8(0x0b)
}

const writeHookCall = (code: ByteWriter, reason: number, { table, typeOf }: HookCall): void => {
  code.bytes([0x41, reason, 0x41, 0x00, 0x11]) // reason, slot 0, call_indirect
  code.u32(typeOf(HOOK_TYPE))
  code.u32(table)
}

type HookCall = { table: number; typeOf: (type: FunctionType) => number }

// (n) -> n, taking fuel for n: written by `scale` from n as an i64.
const chargeBody = (added: Additions, scale: readonly number[]): Uint8Array => {
  const code = new ByteWriter()
  code.bytes([0x00, 0x23]) // no locals, global.get fuel
  code.u32(added.fuelGlobal)
  code.bytes([0x20, 0x00, 0xad]) // local.get n, i64.extend_i32_u
  code.bytes(scale)
  code.bytes([0x7d, 0x24]) // i64.sub, global.set fuel
  code.u32(added.fuelGlobal)
  writeFuelCheck(code, added)
  code.bytes([0x20, 0x00, 0x0b])
  return code.written()
}

const shiftRight = (bits: number) => [0x42, bits, 0x88]
const shiftLeft = (bits: number) => [0x42, bits, 0x86]

// memory.grow that answers -1 above the maximum without asking, pays for pages below it, and reports a host that cannot give them.
const growBody = (added: Additions, hook: HookCall, maxPages: number): Uint8Array => {
  const code = new ByteWriter()
  code.bytes([0x01, 0x01, 0x7f]) // one local: the former size
  code.bytes([0x20, 0x00, 0x41]) // n
  code.s32(maxPages)
  code.bytes([0x3f, 0x00, 0x6b, 0x4b, 0x04, 0x40, 0x41, 0x7f, 0x0f, 0x0b]) // n > max - memory.size: return -1
  code.u8(0x23)
  code.u32(added.fuelGlobal)
  code.bytes([0x20, 0x00, 0xad, 0x42])
  code.s32(DYNAMIC_COSTS.page)
  code.bytes([0x7e, 0x7d, 0x24]) // i64.mul, i64.sub, global.set fuel
  code.u32(added.fuelGlobal)
  writeFuelCheck(code, added)
  code.bytes([0x20, 0x00, 0x40, 0x00, 0x22, 0x01, 0x41, 0x7f, 0x46, 0x04, 0x40]) // (former = memory.grow n) == -1
  writeHookCall(code, HOOK.memoryFailed, hook)
  code.bytes([0x0b, 0x20, 0x01, 0x0b])
  return code.written()
}

// Called where fuel or units of stack are below zero.
const refuelBody = (added: Additions, hook: HookCall): Uint8Array => {
  const code = new ByteWriter()
  code.bytes([0x00, 0x23])
  code.u32(added.stackGlobal)
  code.bytes([0x41, 0x00, 0x48, 0x04, 0x40, 0x00, 0x0b]) // if stack < 0: unreachable
  code.u8(0x23)
  code.u32(added.fuelGlobal)
  code.bytes([0x42, 0x00, 0x59, 0x04, 0x40, 0x0f, 0x0b]) // if fuel >= 0: return
  writeHookCall(code, HOOK.refuel, hook)
  code.u8(0x0b)
  return code.written()
}

// (counter) -> counter: hands a copied counter to the host and back.
const refuelCopyBody = (added: Additions): Uint8Array => {
  const code = new ByteWriter()
  code.bytes([0x00, 0x20, 0x00, 0x24])
  code.u32(added.fuelGlobal)
  code.u8(0x10)
  code.u32(added.helpers.refuel)
  code.u8(0x23)
  code.u32(added.fuelGlobal)
  code.u8(0x0b)
  return code.written()
}

// (credit) -> credit: gives back what is left and takes as much as at first.
const refuelCreditBody = (added: Additions): Uint8Array => {
  const code = new ByteWriter()
  code.bytes([0x00, 0x20, 0x00, 0x23])
  code.u32(added.fuelGlobal)
  code.bytes([0x7c, 0x24]) // i64.add
  code.u32(added.fuelGlobal)
  code.u8(0x10)
  code.u32(added.helpers.refuel)
  code.u8(0x23)
  code.u32(added.fuelGlobal)
  code.u8(0x42)
  code.s32(-CREDIT)
  code.bytes([0x7c, 0x24])
  code.u32(added.fuelGlobal)
  code.u8(0x42)
  code.s32(CREDIT)
  code.u8(0x0b)
  return code.written()
}

type HelperContext = {
  maxPages: number
  hasMemory: boolean
  typeOf: (type: FunctionType) => number
}

// Without a memory nobody calls what grows it.
const NO_BODY = Uint8Array.of(0x00, 0x00, 0x0b)

/** Bodies of the helpers, in the order of their indices. */
export const helperBodies = (
  added: Additions,
  { maxPages, hasMemory, typeOf }: HelperContext,
): Uint8Array[] => {
  const hook = { table: added.hookTable, typeOf }
  return [
    refuelBody(added, hook),
    chargeBody(added, shiftRight(DYNAMIC_COSTS.bytesShift)),
    chargeBody(added, shiftLeft(DYNAMIC_COSTS.entriesShift)),
    hasMemory ? growBody(added, hook, maxPages) : NO_BODY,
    refuelCopyBody(added),
    refuelCreditBody(added),
  ]
}
