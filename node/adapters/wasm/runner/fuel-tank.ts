import type { HostMeter } from '../wasi/index.ts'

/** The run used more fuel than its limit. */
export class OutOfFuel extends Error {}
/** The slice gate answered stop. */
export class RunStopped extends Error {}

/** Asked at the end of each slice, while the guest stands still. */
export type OnSlice = (usage: { slice: number; fuelUsed: bigint }) => 'continue' | 'stop'

export type TankOptions = {
  limit: bigint
  sliceFuel: bigint
  onSlice: OnSlice
  /** Called from time to time: a run whose owner is gone can end itself, and one that is followed can tell how far it is. */
  onBeat: (fuelUsed: bigint) => void
}

const BEAT_FUEL = 250_000_000n

/**
 * Fuel of one run. The instrumented code counts a global down and calls `refuel` where it finds it below zero; the tank fills it up to
 * the next boundary: the end of the slice, the limit, or the next beat. What was used never depends on where the boundaries lie.
 */
export class FuelTank implements HostMeter {
  private readonly options: TankOptions
  private counter: { value: bigint } = { value: 0n }
  private granted = 0n
  private slice = 1

  constructor(options: TankOptions) {
    this.options = options
  }

  /** Takes over the guest's counter. */
  attach(counter: { value: bigint }): void {
    const used = this.used()
    this.counter = counter
    this.fill(used)
  }

  used(): bigint {
    return this.granted - this.counter.value
  }

  charge(fuel: number): void {
    const left = this.counter.value - BigInt(fuel)
    this.counter.value = left
    if (left < 0n) this.refuel()
  }

  /** Passes the slice gate as often as slices have ended, then fills up; throws where the run must end. */
  refuel(): void {
    const used = this.used()
    if (used > this.options.limit) throw new OutOfFuel()
    this.options.onBeat(used)
    while (used > BigInt(this.slice) * this.options.sliceFuel) {
      if (this.options.onSlice({ slice: this.slice, fuelUsed: used }) === 'stop') {
        throw new RunStopped()
      }
      this.slice++
    }
    this.fill(used)
  }

  private fill(used: bigint): void {
    const { limit, sliceFuel } = this.options
    const boundaries = [BigInt(this.slice) * sliceFuel, limit, used + BEAT_FUEL]
    const next = boundaries.reduce((least, boundary) => (boundary < least ? boundary : least))
    this.granted = next
    this.counter.value = next - used
  }
}
