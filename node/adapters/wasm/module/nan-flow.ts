import { MODULE_BOUNDS } from './bounds.ts'
import { FLOAT, FLOATS, NAN, UNSEEN } from './opcodes.ts'
import { SPLICE, type SpliceList } from './splices.ts'

/** Where a tracked value came from, beside the numbers of insertions, which stand for results of arithmetic. */
const NEVER_NAN = -1

/**
 * Follows floats whose NaN bits depend on the compiler, so that they are made canonical only where somebody may look at the bits.
 * Arithmetic and comparisons do not look; all else does. A local that only ever holds results of arithmetic hands them on, and is
 * looked at where it is read.
 */
export class NanFlow {
  /** Height of the operand stack at the topmost tracked value; 0 without one. */
  top = 0
  /** Bit n is set when a NaN of kind n is made canonical somewhere. */
  kinds = 0
  private count = 0
  private readonly heights: number[] = []
  private readonly origins: number[] = []
  private readonly kindOf: number[] = []
  /** The local a tracked value was read from, or -1. */
  private readonly readFrom: number[] = []
  private readonly splices: SpliceList
  /** Kind of each local that may hand on results of arithmetic; 0 for the others. */
  readonly localKinds = new Uint8Array(MODULE_BOUNDS.locals + 1)
  private readonly written: { local: number; splice: number; kind: number }[] = []
  private readonly read: { local: number; splice: number }[] = []

  constructor(splices: SpliceList) {
    this.splices = splices
  }

  /** Begins a body whose locals' kinds are set. */
  begin(): void {
    this.count = 0
    this.top = 0
    this.kinds = 0
    this.written.length = 0
    this.read.length = 0
  }

  /** A result of arithmetic stands on the stack at `height`; the code behind it begins at `place`. */
  produce(place: number, height: number, kind: number): void {
    const splice = this.splices.add(place, SPLICE.canonicalise, 0)
    this.push(height, splice, kind)
  }

  /** An opcode with no immediates takes the tracked values above `before`; the code behind it begins at `place`. */
  takeBy(opcode: number, { before, place }: { before: number; place: number }): void {
    const does = FLOATS[opcode]
    if (does === FLOAT.drop) this.drop(before)
    else if (does === FLOAT.sign) this.changeSign(place, before + 1)
    else this.takeUnseen(before, UNSEEN[opcode] as number)
  }

  /** Notes the result of an opcode that makes floats of integers. */
  convert(opcode: number, height: number): void {
    if (FLOATS[opcode] === FLOAT.number32) this.produceNumber(height, NAN.f32)
    else if (FLOATS[opcode] === FLOAT.number64) this.produceNumber(height, NAN.f64)
  }

  /** A constant whose two highest bytes are `top`: with an exponent of ones it may be NaN. */
  constant(height: number, { isSingle, top }: { isSingle: boolean; top: number }): void {
    const exponent = isSingle ? 0x7f80 : 0x7ff0
    if ((top & exponent) !== exponent) this.produceNumber(height, isSingle ? NAN.f32 : NAN.f64)
  }

  // A value that is never NaN.
  private produceNumber(height: number, kind: number): void {
    this.push(height, NEVER_NAN, kind)
  }

  /** Arithmetic or a comparison on `kind` takes all tracked values above `height`. */
  takeUnseen(height: number, kind: number): void {
    while (this.count > 0 && this.top > height) {
      if (this.kindOf[this.count - 1] !== kind) this.see()
      this.pop()
    }
  }

  /** Something that may look at bits takes all tracked values above `height`. */
  takeSeen(height: number): void {
    while (this.count > 0 && this.top > height) {
      this.see()
      this.pop()
    }
  }

  /** Forgets the tracked values above `height`: nobody takes them. */
  drop(height: number): void {
    while (this.count > 0 && this.top > height) this.pop()
  }

  // Sign changes keep what they are given: arithmetic stays arithmetic.
  private changeSign(place: number, height: number): void {
    if (this.top !== height) return
    const kind = this.kindOf[this.count - 1] as number
    const isArithmetic = this.readFrom[this.count - 1] === -1
    const isNumber = this.origins[this.count - 1] === NEVER_NAN
    if (isNumber) return
    if (!isArithmetic) this.see()
    this.pop()
    if (isArithmetic) this.produce(place, height, kind)
  }

  /** A local is read onto the stack. */
  readLocal(local: number, place: number, height: number): void {
    const kind = this.localKinds[local] as number
    if (kind === NAN.none) return
    const splice = this.splices.add(place, SPLICE.canonicalise, 0)
    this.push(height, splice, kind)
    this.readFrom[this.count - 1] = local
  }

  /** The value on the stack at `height` is written to a local, which leaves it there if `stays`. */
  writeLocal(local: number, height: number, stays: boolean): void {
    const kind = this.localKinds[local] as number
    const isTracked = this.top === height
    const origin = isTracked ? (this.origins[this.count - 1] as number) : 0
    const isCopy = isTracked && this.readFrom[this.count - 1] !== -1
    if (kind !== NAN.none && (!isTracked || isCopy)) this.localKinds[local] = NAN.none
    if (!isTracked) return
    const isKept = kind !== NAN.none && !isCopy
    if (isKept && origin !== NEVER_NAN) this.written.push({ local, splice: origin, kind })
    if (!isKept) this.see()
    if (!stays || !isKept) this.pop()
  }

  /** Decides at the end of a body, when it is known what each local was given. */
  end(): void {
    for (const { local, splice, kind } of this.written) {
      if (this.localKinds[local] === NAN.none) this.repair(splice, kind)
    }
    for (const { local, splice } of this.read) {
      if (this.localKinds[local] !== NAN.none) this.repair(splice, this.localKinds[local] as number)
    }
  }

  private push(height: number, origin: number, kind: number): void {
    this.heights[this.count] = height
    this.origins[this.count] = origin
    this.kindOf[this.count] = kind
    this.readFrom[this.count] = -1
    this.count++
    this.top = height
  }

  private pop(): void {
    this.count--
    this.top = this.count > 0 ? (this.heights[this.count - 1] as number) : 0
  }

  private see(): void {
    const splice = this.origins[this.count - 1] as number
    if (splice === NEVER_NAN) return
    const local = this.readFrom[this.count - 1] as number
    if (local === -1) this.repair(splice, this.kindOf[this.count - 1] as number)
    else this.read.push({ local, splice })
  }

  private repair(splice: number, kind: number): void {
    this.splices.values[splice] = kind
    this.kinds |= 1 << kind
  }
}
