// What follows each opcode, how it moves the operand stack, and whether it can make a NaN. WebAssembly 2.0 with tail calls.

/** What stands behind an opcode in the code. */
export const FORM = {
  unknown: 0,
  plain: 1,
  local: 2,
  global: 3,
  table: 4,
  memory: 5,
  int32: 6,
  int64: 7,
  float32: 8,
  float64: 9,
  control: 10,
  bulk: 11,
  simd: 12,
} as const

/** Width of the float an opcode produces by arithmetic, where the bits of a NaN depend on the compiler. */
export const NAN = { none: 0, f32: 1, f64: 2, f32x4: 3, f64x2: 4 } as const

export const OPCODE = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  selectTyped: 0x1c,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  f32Const: 0x43,
  refNull: 0xd0,
  refFunc: 0xd2,
  bulkPrefix: 0xfc,
  simdPrefix: 0xfd,
} as const

type Range = readonly [from: number, to: number]

const table = (size: number, rows: readonly (readonly [...Range, number])[]): Int8Array => {
  const filled = new Int8Array(size)
  for (const [from, to, value] of rows) filled.fill(value, from, to + 1)
  return filled
}

export const FORMS = table(256, [
  [0x00, 0x05, FORM.control],
  [0x01, 0x01, FORM.plain],
  [0x0b, 0x13, FORM.control],
  [0x1a, 0x1b, FORM.plain],
  [0x1c, 0x1c, FORM.control],
  [0x20, 0x22, FORM.local],
  [0x23, 0x24, FORM.global],
  [0x25, 0x26, FORM.table],
  [0x28, 0x3e, FORM.memory],
  [0x3f, 0x40, FORM.control],
  [0x41, 0x41, FORM.int32],
  [0x42, 0x42, FORM.int64],
  [0x43, 0x43, FORM.float32],
  [0x44, 0x44, FORM.float64],
  [0x45, 0xc4, FORM.plain],
  [0xd0, 0xd0, FORM.control],
  [0xd1, 0xd1, FORM.plain],
  [0xd2, 0xd2, FORM.control],
  [0xfc, 0xfc, FORM.bulk],
  [0xfd, 0xfd, FORM.simd],
])

/** Change of the operand stack's height, for opcodes where it does not depend on what follows. */
export const DELTAS = table(256, [
  [0x1a, 0x1a, -1],
  [0x1b, 0x1c, -2],
  [0x20, 0x20, 1],
  [0x21, 0x21, -1],
  [0x23, 0x23, 1],
  [0x24, 0x24, -1],
  [0x26, 0x26, -2],
  [0x36, 0x3e, -2],
  [0x3f, 0x3f, 1],
  [0x41, 0x44, 1],
  [0x46, 0x4f, -1],
  [0x51, 0x66, -1],
  [0x6a, 0x78, -1],
  [0x7c, 0x8a, -1],
  [0x92, 0x98, -1],
  [0xa0, 0xa6, -1],
  [0xd0, 0xd0, 1],
  [0xd2, 0xd2, 1],
])

// All opcodes that do not leave a value; the others leave one.
const LEAVES_NOTHING: readonly Range[] = [
  [0x01, 0x01],
  [0x1a, 0x1a],
  [0x21, 0x21],
  [0x24, 0x24],
  [0x26, 0x26],
  [0x36, 0x3e],
]

/** How many values an opcode takes from the stack, where that does not depend on what follows. */
export const TAKES = DELTAS.map((delta, opcode) =>
  LEAVES_NOTHING.some(([from, to]) => opcode >= from && opcode <= to) ? -delta : 1 - delta,
)

// ceil floor trunc nearest sqrt add sub mul div min max, and the conversions between the widths.
export const NANS = table(256, [
  [0x8d, 0x97, NAN.f32],
  [0xb6, 0xb6, NAN.f32],
  [0x9b, 0xa5, NAN.f64],
  [0xbb, 0xbb, NAN.f64],
])

/** The kind of float whose NaN bits an opcode never looks at: arithmetic, comparisons, conversions to integers. */
export const UNSEEN = table(256, [
  [0x5b, 0x60, NAN.f32],
  [0x61, 0x66, NAN.f64],
  [0x8d, 0x97, NAN.f32],
  [0x9b, 0xa5, NAN.f64],
  [0xa8, 0xa9, NAN.f32],
  [0xaa, 0xab, NAN.f64],
  [0xae, 0xaf, NAN.f32],
  [0xb0, 0xb1, NAN.f64],
  [0xb6, 0xb6, NAN.f64],
  [0xbb, 0xbb, NAN.f32],
])

/** What an opcode does to floats beside arithmetic. */
export const FLOAT = { other: 0, sign: 1, number32: 2, number64: 3, drop: 4 } as const

// abs and neg; integers made floats, which are never NaN.
export const FLOATS = table(256, [
  [0x1a, 0x1a, FLOAT.drop],
  [0x8b, 0x8c, FLOAT.sign],
  [0x99, 0x9a, FLOAT.sign],
  [0xb2, 0xb5, FLOAT.number32],
  [0xb7, 0xba, FLOAT.number64],
])

/** As UNSEEN, behind 0xfc: the saturating conversions. */
export const SATURATING_UNSEEN = [
  NAN.f32,
  NAN.f32,
  NAN.f64,
  NAN.f64,
  NAN.f32,
  NAN.f32,
  NAN.f64,
  NAN.f64,
] as const

/** What stands behind a 0xfd opcode. */
export const SIMD_FORM = {
  unknown: 0,
  plain: 1,
  memory: 2,
  memoryLane: 3,
  lane: 4,
  bytes16: 5,
} as const

export const SIMD_FORMS = table(256, [
  [0, 11, SIMD_FORM.memory],
  [12, 13, SIMD_FORM.bytes16],
  [14, 20, SIMD_FORM.plain],
  [21, 34, SIMD_FORM.lane],
  [35, 83, SIMD_FORM.plain],
  [84, 91, SIMD_FORM.memoryLane],
  [92, 93, SIMD_FORM.memory],
  [94, 255, SIMD_FORM.plain],
])

// Most vector opcodes take two operands and leave one; these do not.
export const SIMD_DELTAS = table(256, [
  [0, 255, -1],
  [0, 10, 0],
  [11, 11, -2],
  [12, 12, 1],
  [15, 20, 0],
  [21, 22, 0],
  [24, 25, 0],
  [27, 27, 0],
  [29, 29, 0],
  [31, 31, 0],
  [33, 33, 0],
  [77, 77, 0],
  [82, 82, -2],
  [83, 83, 0],
  [88, 91, -2],
  [92, 100, 0],
  [103, 106, 0],
  [116, 117, 0],
  [122, 122, 0],
  [124, 129, 0],
  [131, 132, 0],
  [135, 138, 0],
  [148, 148, 0],
  [160, 161, 0],
  [163, 164, 0],
  [167, 170, 0],
  [192, 193, 0],
  [195, 196, 0],
  [199, 202, 0],
  [224, 225, 0],
  [227, 227, 0],
  [236, 237, 0],
  [239, 239, 0],
  [248, 255, 0],
])

// pmin and pmax (234, 235, 246, 247) hand one operand through bit by bit: nothing to do there.
export const SIMD_NANS = table(256, [
  [94, 94, NAN.f32x4],
  [103, 106, NAN.f32x4],
  [227, 233, NAN.f32x4],
  [95, 95, NAN.f64x2],
  [116, 117, NAN.f64x2],
  [122, 122, NAN.f64x2],
  [148, 148, NAN.f64x2],
  [239, 245, NAN.f64x2],
])

// Vector stores leave nothing.
export const SIMD_TAKES = SIMD_DELTAS.map((delta, sub) =>
  sub === 11 || (sub >= 88 && sub <= 91) ? -delta : 1 - delta,
)

/** As UNSEEN, behind 0xfd. */
export const SIMD_UNSEEN = table(256, [
  [65, 70, NAN.f32x4],
  [71, 76, NAN.f64x2],
  [94, 94, NAN.f64x2],
  [95, 95, NAN.f32x4],
  [103, 106, NAN.f32x4],
  [116, 117, NAN.f64x2],
  [122, 122, NAN.f64x2],
  [148, 148, NAN.f64x2],
  [227, 233, NAN.f32x4],
  [239, 245, NAN.f64x2],
  [248, 249, NAN.f32x4],
  [252, 253, NAN.f64x2],
])
