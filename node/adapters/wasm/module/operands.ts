import type { BlockType } from './block-stack.ts'
import type { Declarations } from './declarations.ts'
import { refuse } from './faults.ts'
import type { ByteReader } from './reader.ts'
import { readValueType } from './value-types.ts'

// Behind 0xfc: 8 memory.init, 9 data.drop, 10 memory.copy, 11 memory.fill,
// 12 table.init, 13 elem.drop, 14 table.copy, 15 table.grow, 16 table.size, 17 table.fill.
const NAMES_SEGMENT = new Set([8, 9, 12, 13])
const NAMES_NO_SPACE = new Set([9, 13])
const NAMES_TWO_SPACES = new Set([10, 14])
const LAST_OF_MEMORY = 11
const EMPTY_BLOCK = -64

/** Reads what stands behind opcodes and checks each index against what the guest itself declared. */
export class OperandReader {
  private readonly reader: ByteReader
  private readonly declared: Declarations

  constructor(reader: ByteReader, declared: Declarations) {
    this.reader = reader
    this.declared = declared
  }

  index(what: string, count: number): number {
    const index = this.reader.u32()
    if (index >= count) refuse('BAD_INDEX', `${what} ${index} of ${count}`)
    return index
  }

  memory(): void {
    if (this.reader.u8() !== 0) refuse('MULTI_MEMORY', 'memory index')
  }

  /** Alignment and offset; bit 6 of the alignment would name another memory. */
  memoryArgument(): void {
    if (this.reader.u32() >= 64) refuse('MULTI_MEMORY', 'memory index')
    this.reader.u32()
  }

  blockType(): BlockType {
    const { reader, declared } = this
    const before = reader.at
    const code = reader.s33()
    if (code >= 0) {
      const type = declared.types[code] ?? refuse('BAD_INDEX', `block type ${code}`)
      return { parameters: type.parameters.length, results: type.results.length }
    }
    if (code === EMPTY_BLOCK) return { parameters: 0, results: 0 }
    reader.at = before
    readValueType(reader)
    return { parameters: 0, results: 1 }
  }

  bulk(sub: number): void {
    if (NAMES_SEGMENT.has(sub)) this.reader.u32()
    if (NAMES_NO_SPACE.has(sub)) return
    for (let left = NAMES_TWO_SPACES.has(sub) ? 2 : 1; left > 0; left--) {
      if (sub <= LAST_OF_MEMORY) this.memory()
      else this.index('table', this.declared.tables.length)
    }
  }
}
