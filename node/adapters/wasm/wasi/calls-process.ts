import { HOST_CHARGES } from './charges.ts'
import { errno, SUCCESS } from './errno.ts'
import { GuestExit } from './signals.ts'
import type { WasiCalls, World } from './world.ts'

const CLOCK_REALTIME = 0
const CLOCKS = 4
const RESOLUTION_NS = 1n

const writeSizes = (
  { memory }: World,
  list: readonly Uint8Array[],
  [count, bytes]: [number, number],
): number => {
  memory.setU32(count, list.length)
  memory.setU32(
    bytes,
    list.reduce((sum, item) => sum + item.length, 0),
  )
  return SUCCESS
}

const writeList = (
  { memory, charge }: World,
  list: readonly Uint8Array[],
  [pointers, buffer]: [number, number],
): number => {
  let at = buffer >>> 0
  for (const [index, item] of list.entries()) {
    charge(item.length)
    memory.setU32((pointers >>> 0) + index * 4, at)
    memory.set(at, item)
    at += item.length
  }
  return SUCCESS
}

/** Arguments, environment, clocks, chance and the end of the process. */
export const processCalls = (world: World): WasiCalls => ({
  args_get: (...places: [number, number]) => writeList(world, world.args, places),
  args_sizes_get: (...places: [number, number]) => writeSizes(world, world.args, places),
  environ_get: (...places: [number, number]) => writeList(world, world.env, places),
  environ_sizes_get: (...places: [number, number]) => writeSizes(world, world.env, places),
  clock_res_get: (clock: number, result: number) => {
    if (clock >>> 0 >= CLOCKS) return errno('inval')
    world.memory.setU64(result, RESOLUTION_NS)
    return SUCCESS
  },
  clock_time_get: (clock: number, _precision: bigint, result: number) => {
    if (clock >>> 0 >= CLOCKS) return errno('inval')
    const { realtime, elapsed } = world.clock
    world.memory.setU64(result, clock === CLOCK_REALTIME ? realtime() : elapsed())
    return SUCCESS
  },
  random_get: (buffer: number, length: number) => {
    const size = length >>> 0
    const at = world.memory.span(buffer, size)
    world.charge(size * HOST_CHARGES.randomByte)
    world.random(world.memory.bytes.subarray(at, at + size))
    return SUCCESS
  },
  sched_yield: () => SUCCESS,
  proc_exit: (code: number) => {
    throw new GuestExit(code >>> 0)
  },
  proc_raise: () => errno('nosys'),
})
