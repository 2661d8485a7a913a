/** What is put into a body at one place. */
export const SPLICE = {
  /** Charge fuel and test what is left. */
  chargeAndCheck: 1,
  charge: 2,
  /** Give the frame's stack units back before leaving the function. */
  restoreStack: 3,
  /** Make the NaN on top of the stack the canonical one; the value is one of NAN. */
  canonicalise: 4,
  /** Call a helper that charges by the count on top of the stack; the value is its function index. */
  callHelper: 5,
  /** The same in place of memory.grow. */
  replaceGrow: 6,
} as const

/** Insertions of one body, in order of place. Reused from body to body. */
export class SpliceList {
  readonly places: number[] = []
  readonly kinds: number[] = []
  readonly values: number[] = []
  /** Charges that are not zero: straight runs of code. */
  segments = 0

  clear(): void {
    this.places.length = 0
    this.kinds.length = 0
    this.values.length = 0
    this.segments = 0
  }

  /** Adds one insertion and answers its number. */
  add(place: number, kind: number, value: number): number {
    this.places.push(place)
    this.kinds.push(kind)
    return this.values.push(value) - 1
  }

  /** Fills in the fuel of a charge that was added as 0. */
  setCharge(index: number, fuel: number): void {
    this.values[index] = fuel
    if (fuel > 0) this.segments++
  }
}
