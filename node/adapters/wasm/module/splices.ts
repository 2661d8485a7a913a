/** What is put into a body at one place. */
export const SPLICE = {
  /** Charge the fuel of a straight run of code. */
  charge: 1,
  /** The same at the start of a function, where fuel is also tested. */
  chargeEntry: 2,
  /** The same at the head of a loop, behind a test that leads out to where fuel is obtained. */
  chargeLoop: 3,
  /** Leave the function; the value is 1 for a tail call. */
  leave: 4,
  /** Make the NaN on top of the stack the canonical one, if the value, one of NAN, is not 0. */
  canonicalise: 5,
  /** A call of the guest's; the value is the place behind it. */
  call: 6,
  /** Call a helper that charges by the count on top of the stack; the value is its function index. */
  callHelper: 7,
  /** The same in place of memory.grow. */
  replaceGrow: 8,
  /** Open a loop around an innermost loop, to obtain fuel in; the value is the place behind the guest's block type. */
  openLoop: 9,
  closeLoop: 10,
  /** A branch out of the innermost loop; the value is its depth. */
  branchOut: 11,
} as const

/** The counter in memory holds the right value already: a cached one need not be written. */
export const COUNTER_IS_WRITTEN = 16
/** A cached counter is not used again before the next call: it need not be read. */
export const COUNTER_IS_UNUSED = 32
/** A loop has a call or another loop in it. */
export const HAS_MORE = 16
/** The head of a loop, where a copied counter is written, is right before. */
export const COPY_IS_WRITTEN = 64
/** A call of the host, which does not call back: it needs no units of stack. */
export const CALLS_HOST = 128
const KIND_MASK = 15
const FLAGS_MASK = 240
const DEPTH_SHIFT = 8
const DEPTH_MAX = 6

/** Insertions of one body, in order of place. Reused from body to body. */
export class SpliceList {
  length = 0
  places = new Int32Array(1024)
  values = new Int32Array(1024)
  /** Kind, flags, and the number of loops around. */
  private kinds = new Int32Array(1024)

  clear(): void {
    this.length = 0
  }

  /** Adds one insertion and answers its number. */
  add(place: number, kind: number, value: number): number {
    if (this.length === this.places.length) this.grow()
    const index = this.length++
    this.places[index] = place
    this.kinds[index] = kind
    this.values[index] = value
    return index
  }

  /** Says how many loops stand around an insertion. */
  setDepth(index: number, depth: number): void {
    this.kinds[index] = (this.kinds[index] as number) | (Math.min(depth, DEPTH_MAX) << DEPTH_SHIFT)
  }

  mark(index: number, flag: number): void {
    this.kinds[index] = (this.kinds[index] as number) | flag
  }

  kind(index: number): number {
    return (this.kinds[index] as number) & KIND_MASK
  }

  flags(index: number): number {
    return (this.kinds[index] as number) & FLAGS_MASK
  }

  /** How often an insertion is expected to run for one run of its function. */
  weight(index: number): number {
    return 1 << (3 * ((this.kinds[index] as number) >> DEPTH_SHIFT))
  }

  private grow(): void {
    const grown = (old: Int32Array<ArrayBuffer>) => {
      const larger = new Int32Array(old.length * 2)
      larger.set(old)
      return larger
    }
    this.places = grown(this.places)
    this.values = grown(this.values)
    this.kinds = grown(this.kinds)
  }
}
