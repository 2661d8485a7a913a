import type { ControlWalk } from './control-walk.ts'
import {
  COPY_IS_WRITTEN,
  COUNTER_IS_UNUSED,
  COUNTER_IS_WRITTEN,
  SPLICE,
  type SpliceList,
} from './splices.ts'

/**
 * Where a body keeps its fuel counter. In memory: read and written at each charge. In a local: written at loop heads, calls and
 * exits. As credit: the body takes CREDIT out of memory, counts that down in a local, and gives back what is left at calls and exits.
 */
export const KEEPS = { memory: 0, copy: 1, credit: 2 } as const

type Accesses = { memory: number; copy: number; credit: number }

const countCharge = (accesses: Accesses, splices: SpliceList, index: number): void => {
  if (splices.values[index] === 0) return
  const weight = splices.weight(index)
  accesses.memory += 2 * weight
  if (splices.kind(index) === SPLICE.chargeLoop) accesses.copy += weight
}

const countCall = (accesses: Accesses, splices: SpliceList, index: number): void => {
  const weight = splices.weight(index)
  const flags = splices.flags(index)
  const isLast = splices.kind(index) === SPLICE.leave
  const writes = flags & COUNTER_IS_WRITTEN ? 0 : weight
  const reads = flags & COUNTER_IS_UNUSED || isLast ? 0 : weight
  accesses.copy += (flags & COPY_IS_WRITTEN ? 0 : writes) + reads
  accesses.credit += 2 * (writes + reads)
}

/** The way that is expected to need the fewest accesses to memory. */
export const cheapestKeeping = ({ splices, endsWritten }: ControlWalk): number => {
  const ends = endsWritten ? 1 : 2
  const accesses: Accesses = { memory: 0, copy: ends, credit: 2 * ends }
  for (let i = 0; i < splices.length; i++) {
    const kind = splices.kind(i)
    if (kind <= SPLICE.chargeLoop) countCharge(accesses, splices, i)
    else if (kind <= SPLICE.replaceGrow && kind !== SPLICE.canonicalise) {
      countCall(accesses, splices, i)
    }
  }
  const { memory, copy, credit } = accesses
  if (memory <= copy && memory <= credit) return KEEPS.memory
  return copy <= credit ? KEEPS.copy : KEEPS.credit
}

/** The most that one way through the body costs, its loops aside. */
export const acyclicFuel = ({ splices }: ControlWalk): number => {
  let fuel = 0
  for (let i = 0; i < splices.length; i++) {
    if (splices.kind(i) < SPLICE.chargeLoop) fuel += splices.values[i] as number
  }
  return fuel
}
