import { Fault } from '../../../../protocols/common/index.ts'
import {
  decodeInspected,
  encodeInspect,
  type Inspected,
  type InspectRequest,
} from '../frames/index.ts'
import { believe } from './believe.ts'
import type { Child } from './child-process.ts'
import type { SandboxFaultCode } from './faults.ts'
import { ChildGone } from './line.ts'
import { watchMemory } from './watch.ts'

const INSPECT_MS = 60_000
const INSPECT_RSS_BYTES = 2 ** 31
// What metering may make of a module, beside a fixed share.
const GROWTH_MAX = 16
const GROWTH_SPARE_BYTES = 1 << 20

const ask = async (child: Child, request: InspectRequest): Promise<Inspected> => {
  child.send(encodeInspect(request))
  const frame = await child.receive(request.module.length * GROWTH_MAX + GROWTH_SPARE_BYTES)
  if (frame.header.type === 'inspected') return believe(() => decodeInspected(frame))
  throw new ChildGone(null, `unexpected ${frame.header.type}`)
}

const unjudged = (cause: ChildGone): Fault<SandboxFaultCode> =>
  new Fault('INSPECTION_FAILED', 'the module could not be judged', { cause })

/** Has a child judge a module and meter it. Throws Fault INSPECTION_FAILED where the child fails at it; it is dead then. */
export const inspectModule = async (child: Child, request: InspectRequest): Promise<Inspected> => {
  const timer = setTimeout(() => child.kill('WALL_TIMEOUT'), INSPECT_MS)
  const memory = watchMemory(child.pid, {
    limitBytes: INSPECT_RSS_BYTES,
    onExceed: () => child.kill('MEMORY_EXHAUSTED'),
  })
  try {
    return await ask(child, request)
  } catch (error) {
    child.kill('CLOSED')
    throw error instanceof ChildGone ? unjudged(error) : error
  } finally {
    clearTimeout(timer)
    memory.stop()
  }
}
