// The price of work, in fuel. A change here changes results: raise METERING_VERSION with it.

/** Raised whenever instrumented code, its costs or its traps change. */
const METERING_VERSION = 2

type CostRow = readonly [from: number, to: number, fuel: number]

/** Opcodes not named cost 1. Weights follow measured time: memory, division and calls are dearer than arithmetic. */
const OPCODE_COSTS: readonly CostRow[] = [
  [0x01, 0x02, 0], // nop, block
  [0x05, 0x05, 0], // else
  [0x0b, 0x0b, 0], // end
  [0x0e, 0x0e, 3], // br_table
  [0x10, 0x10, 6], // call
  [0x11, 0x11, 12], // call_indirect
  [0x12, 0x12, 6], // return_call
  [0x13, 0x13, 12], // return_call_indirect
  [0x25, 0x26, 4], // table.get, table.set
  [0x28, 0x3e, 3], // loads and stores
  [0x40, 0x40, 100], // memory.grow
  [0x6d, 0x70, 8], // i32 division
  [0x7f, 0x82, 12], // i64 division
  [0x8d, 0x98, 2], // f32 arithmetic
  [0x91, 0x91, 8], // f32.sqrt
  [0x95, 0x95, 6], // f32.div
  [0x9b, 0xa6, 2], // f64 arithmetic
  [0x9f, 0x9f, 10], // f64.sqrt
  [0xa3, 0xa3, 8], // f64.div
  [0xa8, 0xbf, 2], // conversions
  [0xfc, 0xfd, 0], // prefixes: see below
]

/** Behind the 0xfc prefix: saturating conversions, then bulk operations without their size. */
const BULK_COSTS: readonly CostRow[] = [
  [0, 7, 2],
  [8, 17, 20],
  [16, 16, 2],
]

/** Behind the 0xfd prefix. */
const SIMD_COSTS: readonly CostRow[] = [
  [0, 255, 2],
  [0, 11, 5],
  [84, 93, 5],
  [103, 106, 4],
  [227, 245, 4],
  [227, 227, 12],
  [231, 231, 8],
  [239, 239, 14],
  [243, 243, 10],
]

/** Charged while running, by the size of the operation. */
export const DYNAMIC_COSTS = {
  /** Each page memory.grow adds, and each page the module starts with: a page is zeroed and mapped on first touch. */
  page: 16_384,
  /** A bulk memory operation of n bytes costs n >> this. */
  bytesShift: 1,
  /** A bulk table operation of n entries costs n << this. */
  entriesShift: 2,
} as const

/** Units of stack a call takes beside its locals and operands. */
export const FRAME_UNITS = 8
/** A function without calls and with a smaller frame is not counted: it ends before it can nest. */
export const LEAF_FRAME_UNITS = 512
/** A function without calls whose code costs less, loops aside, does not test its fuel on entry. */
export const LEAF_FUEL = 1_000
/** Fuel that a body takes at once where it counts in a local: the most that a trap costs too much. */
export const CREDIT = 16_384

const fill = (rows: readonly CostRow[]): Uint8Array => {
  const costs = new Uint8Array(256).fill(1)
  for (const [from, to, fuel] of rows) costs.fill(fuel, from, to + 1)
  return costs
}

export const COSTS = fill(OPCODE_COSTS)
export const COSTS_BULK = fill(BULK_COSTS)
export const COSTS_SIMD = fill(SIMD_COSTS)

/** All that decides how much fuel code uses, as text to be hashed. */
export const meteringText = JSON.stringify({
  version: METERING_VERSION,
  opcodes: OPCODE_COSTS,
  bulk: BULK_COSTS,
  simd: SIMD_COSTS,
  dynamic: DYNAMIC_COSTS,
  frame: [FRAME_UNITS, LEAF_FRAME_UNITS, LEAF_FUEL, CREDIT],
})
