import { CREDIT } from './costs.ts'
import { KEEPS } from './counter-keeping.ts'
import type { Additions } from './helper-functions.ts'
import type { ByteWriter } from './writer.ts'

const GET_GLOBAL = 0x23
const SET_GLOBAL = 0x24
const GET_LOCAL = 0x20
const SET_LOCAL = 0x21
const IF = 0x04
const BR_IF = 0x0d
const CALL = 0x10
const END = 0x0b
const NO_RESULT = 0x40
const I32_ADD = 0x6a
const I64_ADD = 0x7c

/** How one body keeps its meters. */
export type Frame = {
  /** Units of stack a call takes; 0 where they are not counted. */
  units: number
  /** One of KEEPS. */
  keeps: number
  /** The local with the counter, where it is not kept in memory. */
  counter: number
  /** The local with the units that are left to whoever is called. */
  height: number
}

export type MeterOutput = {
  code: ByteWriter
  added: Additions
  /** Places of branches that are hardly ever taken, for the compiler to lay out. */
  unlikely: number[]
}

/** Writes what one body does to its meters: fuel and stack. */
export class MeterWriter {
  private readonly output: MeterOutput
  private readonly frame: Frame
  /** Where the body begins in the output. */
  private readonly from: number

  constructor(output: MeterOutput, frame: Frame, from: number) {
    this.output = output
    this.frame = frame
    this.from = from
  }

  charge(fuel: number): void {
    if (fuel === 0) return
    this.readCounter()
    this.addFuel(-fuel)
    this.writeCounter()
  }

  /** Obtains fuel if there is none. */
  obtain(): void {
    this.readCounter()
    this.openObtain()
    this.closeObtain()
  }

  /** The same on entry, with one test for both: whether the fuel or the units of stack are below zero. */
  enter(): void {
    const { code } = this.output
    this.readCounter()
    if (this.frame.units > 0) {
      this.op(GET_LOCAL, this.frame.height)
      code.bytes([0xac, 0x84]) // i64.extend_i32_s, i64.or
    }
    this.openObtain()
    this.setStack(0)
    this.closeObtain()
  }

  /** Leads to the loop around where there is no fuel. */
  leaveLoopIfEmpty(): void {
    this.readCounter()
    this.testSign()
    this.branchRarely([BR_IF, 1])
  }

  /** What is left of the stack after this call's frame stays in a local; whoever is called finds it in memory. */
  enterStack(): void {
    const { code, added } = this.output
    const { height, units } = this.frame
    if (units === 0) return
    this.op(GET_GLOBAL, added.stackGlobal)
    code.u8(0x41)
    code.s32(-units)
    code.u8(I32_ADD)
    this.op(SET_LOCAL, height)
  }

  /** Leaves to whoever is called next what this frame leaves, and `more`. */
  setStack(more: number): void {
    const { code, added } = this.output
    const { height, units } = this.frame
    if (units === 0) return
    this.op(GET_LOCAL, height)
    if (more > 0) {
      code.u8(0x41)
      code.s32(more)
      code.u8(I32_ADD)
    }
    this.op(SET_GLOBAL, added.stackGlobal)
  }

  /** Makes the counter in memory right. */
  publish(): void {
    const { code, added } = this.output
    const { keeps, counter } = this.frame
    if (keeps === KEEPS.memory) return
    this.op(GET_LOCAL, counter)
    if (keeps === KEEPS.credit) {
      this.op(GET_GLOBAL, added.fuelGlobal)
      code.u8(I64_ADD)
    }
    this.op(SET_GLOBAL, added.fuelGlobal)
  }

  /** Makes the local right from the counter in memory. */
  reload(): void {
    const { code, added } = this.output
    const { keeps, counter } = this.frame
    if (keeps === KEEPS.memory) return
    this.op(GET_GLOBAL, added.fuelGlobal)
    if (keeps === KEEPS.credit) {
      this.addFuel(-CREDIT)
      this.op(SET_GLOBAL, added.fuelGlobal)
      code.u8(0x42)
      code.s32(CREDIT)
    }
    this.op(SET_LOCAL, counter)
  }

  call(index: number): void {
    this.op(CALL, index)
  }

  private openObtain(): void {
    this.testSign()
    this.branchRarely([IF, NO_RESULT])
  }

  private closeObtain(): void {
    const { code, added } = this.output
    const { refuel, refuelCopy, refuelCredit } = added.helpers
    if (this.frame.keeps === KEEPS.memory) this.call(refuel)
    else {
      this.readCounter()
      this.call(this.frame.keeps === KEEPS.copy ? refuelCopy : refuelCredit)
      this.writeCounter()
    }
    code.u8(END)
  }

  private testSign(): void {
    this.output.code.bytes([0x42, 0x00, 0x53]) // i64.const 0, i64.lt_s
  }

  private readCounter(): void {
    const { counter, keeps } = this.frame
    if (keeps === KEEPS.memory) this.op(GET_GLOBAL, this.output.added.fuelGlobal)
    else this.op(GET_LOCAL, counter)
  }

  private writeCounter(): void {
    const { counter, keeps } = this.frame
    if (keeps === KEEPS.memory) this.op(SET_GLOBAL, this.output.added.fuelGlobal)
    else this.op(SET_LOCAL, counter)
  }

  private addFuel(fuel: number): void {
    const { code } = this.output
    code.u8(0x42)
    code.s32(fuel)
    code.u8(I64_ADD)
  }

  private branchRarely(bytes: readonly number[]): void {
    const { code, unlikely } = this.output
    unlikely.push(code.length - this.from)
    code.bytes(bytes)
  }

  private op(opcode: number, index: number): void {
    const { code } = this.output
    code.u8(opcode)
    code.u32(index)
  }
}
