import { type ModuleFaultCode, refuse } from './faults.ts'

const proposals: readonly (readonly [ModuleFaultCode, readonly number[]])[] = [
  ['THREADS', [0xfe]],
  ['GC_TYPES', [0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6, 0xfb]],
  ['EXCEPTIONS', [0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f]],
]

/** Says which proposal an opcode outside WebAssembly 2.0 belongs to. */
export const refuseOpcode = (opcode: number, sub?: number): never => {
  const code = proposals.find(([, opcodes]) => opcodes.includes(opcode))?.[0] ?? 'UNKNOWN_OPCODE'
  return refuse(code, `0x${opcode.toString(16)}${sub === undefined ? '' : ` ${sub}`}`)
}
