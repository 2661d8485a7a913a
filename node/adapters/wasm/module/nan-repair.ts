import { VALUE } from './value-types.ts'
import type { ByteWriter } from './writer.ts'

type Repair = { type: number; constant: readonly number[]; choose: readonly number[] }

const BYTES_F32 = [0x00, 0x00, 0xc0, 0x7f]
const BYTES_F64 = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

// v == v ? v : canonical, with v kept in a local of its own. Vectors do the same lane by lane.
const scalar = (type: number, constant: readonly number[], equal: number): Repair => ({
  type,
  constant,
  choose: [equal, 0x1b],
})
const vector = (lanes: readonly number[], equal: number): Repair => ({
  type: VALUE.v128,
  constant: [0xfd, 0x0c, ...lanes],
  choose: [0xfd, equal, 0xfd, 0x52],
})

// In the order of NAN.
const repairs: readonly Repair[] = [
  scalar(VALUE.f32, [0x43, ...BYTES_F32], 0x5b),
  scalar(VALUE.f64, [0x44, ...BYTES_F64], 0x61),
  vector([...BYTES_F32, ...BYTES_F32, ...BYTES_F32, ...BYTES_F32], 0x41),
  vector([...BYTES_F64, ...BYTES_F64], 0x47),
]

/** The kinds of NAN in a set of bits, each with the type of the local its repair needs. */
export const repairsIn = (bits: number): { kind: number; type: number }[] =>
  repairs
    .map(({ type }, index) => ({ kind: index + 1, type }))
    .filter(({ kind }) => (bits >> kind) & 1)

/** Makes the float on top of the stack canonical; `local` is overwritten. */
export const writeRepair = (code: ByteWriter, kind: number, local: number): void => {
  const { constant, choose } = repairs[kind - 1] as Repair
  code.u8(0x22) // local.tee
  code.u32(local)
  code.bytes(constant)
  code.u8(0x20) // local.get, twice
  code.u32(local)
  code.u8(0x20)
  code.u32(local)
  code.bytes(choose)
}
