import { WASI_BOUNDS } from './bounds.ts'
import { HOST_CHARGES } from './charges.ts'
import { type Descriptor, STREAM } from './descriptors.ts'
import { type ErrnoName, errno, fail, SUCCESS } from './errno.ts'
import { RIGHT } from './rights.ts'
import type { WasiCalls, World } from './world.ts'

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const KIND = { clock: 0, read: 1, write: 2 } as const
const CLOCK_REALTIME = 0
const CLOCK_MONOTONIC = 1
const ABSOLUTE = 1
/** How much a writable descriptor claims to take. */
const WRITABLE_BYTES = 65_536n

/** Flag of an event: nothing will ever come from here again. */
const HANGUP = 1

type Event = { userdata: bigint; kind: number; errno: number; bytes: bigint; flags: number }
type Timer = { userdata: bigint; after: bigint }

const readable = (world: World, { stream, node, position }: Descriptor): bigint => {
  if (stream === STREAM.stdin) return BigInt(world.stdin.bytes.length - world.stdin.position)
  return BigInt(Math.max(0, (node?.size ?? 0) - position))
}

const failed = (kind: number, name: ErrnoName) => ({
  kind,
  errno: errno(name),
  bytes: 0n,
  flags: 0,
})

const pollDescriptor = (world: World, at: number, kind: number): Omit<Event, 'userdata'> => {
  const descriptor = world.descriptors.find(world.memory.u32(at + 16))
  if (!descriptor) return failed(kind, 'badf')
  if (!(descriptor.rights & RIGHT.poll)) return failed(kind, 'notcapable')
  const needed = kind === KIND.read ? RIGHT.read : RIGHT.write
  if (!(descriptor.rights & needed)) return failed(kind, 'badf')
  const bytes = kind === KIND.read ? readable(world, descriptor) : WRITABLE_BYTES
  const isOver = descriptor.stream === STREAM.stdin && bytes === 0n
  return { kind, errno: SUCCESS, bytes, flags: isOver ? HANGUP : 0 }
}

const timerDelay = ({ memory, clock }: World, at: number): bigint | null => {
  const id = memory.u32(at + 16)
  if (id > CLOCK_MONOTONIC) return null
  const timeout = memory.u64(at + 24)
  if (!(memory.u16(at + 40) & ABSOLUTE)) return timeout
  const now = id === CLOCK_REALTIME ? clock.realtime() : clock.elapsed()
  return timeout > now ? timeout - now : 0n
}

const timerEvent = ({ userdata }: Timer): Event => ({
  userdata,
  kind: KIND.clock,
  errno: SUCCESS,
  bytes: 0n,
  flags: 0,
})

const readSubscriptions = (world: World, from: number, count: number) => {
  const events: Event[] = []
  const timers: Timer[] = []
  for (let index = 0; index < count; index++) {
    const at = from + index * SUBSCRIPTION_BYTES
    const userdata = world.memory.u64(at)
    const kind = world.memory.u8(at + 8)
    if (kind > KIND.write) fail('inval')
    const after = kind === KIND.clock ? timerDelay(world, at) : null
    if (kind !== KIND.clock) events.push({ userdata, ...pollDescriptor(world, at, kind) })
    else if (after !== null) timers.push({ userdata, after })
    else events.push({ userdata, ...failed(kind, 'inval') })
  }
  return { events, timers }
}

// With nothing else ready the clock jumps to the nearest timer: sleeping takes no time here.
const dueTimers = (world: World, timers: readonly Timer[], anyReady: boolean): Event[] => {
  const nearest = timers.reduce<bigint | null>(
    (least, { after }) => (least === null || after < least ? after : least),
    null,
  )
  if (nearest === null) return []
  if (!anyReady) world.clock.sleep(nearest)
  const due = anyReady ? 0n : nearest
  return timers.filter(({ after }) => after <= due).map(timerEvent)
}

const writeEvents = ({ memory }: World, to: number, events: readonly Event[]): void => {
  for (const [index, event] of events.entries()) {
    const at = to + index * EVENT_BYTES
    memory.clear(at, EVENT_BYTES)
    memory.setU64(at, event.userdata)
    memory.setU16(at + 8, event.errno)
    memory.setU8(at + 10, event.kind)
    memory.setU64(at + 16, event.bytes)
    memory.setU16(at + 24, event.flags)
  }
}

/** Waiting, which only moves the virtual clock, and sockets, of which there are none. */
export const pollCalls = (world: World): WasiCalls => {
  const noSocket = (fd: number) => {
    world.descriptors.get(fd)
    return errno('notsock')
  }
  return {
    poll_oneoff: (...[from, to, count, result]: [number, number, number, number]) => {
      const size = count >>> 0
      if (size === 0 || size > WASI_BOUNDS.subscriptions) return errno('inval')
      world.charge(size * HOST_CHARGES.subscription)
      const at = world.memory.span(from, size * SUBSCRIPTION_BYTES)
      const target = world.memory.span(to, size * EVENT_BYTES)
      world.memory.span(result, 4)
      const { events, timers } = readSubscriptions(world, at, size)
      const ready = [...events, ...dueTimers(world, timers, events.length > 0)]
      writeEvents(world, target, ready)
      world.memory.setU32(result, ready.length)
      return SUCCESS
    },
    sock_accept: noSocket,
    sock_recv: noSocket,
    sock_send: noSocket,
    sock_shutdown: noSocket,
  }
}
