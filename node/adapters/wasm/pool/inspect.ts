import { Fault } from '../../../../protocols/common/index.ts'
import type { ModuleInspection } from '../../../ports/index.ts'
import { decodeInspection } from '../frames/index.ts'
import type { Child } from './child-process.ts'
import type { SandboxFaultCode } from './faults.ts'
import { ChildGone } from './line.ts'

const INSPECT_MS = 60_000

export type InspectRequest = { module: Uint8Array; moduleHash: string; memoryPages: number }

const ask = async (child: Child, request: InspectRequest): Promise<ModuleInspection> => {
  const { moduleHash, memoryPages, module } = request
  child.send({ header: { type: 'inspect', moduleHash, memoryPages }, parts: [] })
  for (;;) {
    const frame = await child.receive(0)
    if (frame.header.type === 'inspected') return decodeInspection(frame)
    child.send({ header: { type: 'module' }, parts: [module] })
  }
}

const unjudged = (cause: ChildGone): Fault<SandboxFaultCode> =>
  new Fault('INSPECTION_FAILED', 'the module could not be judged', { cause })

/** Has a child judge a module. */
export const inspectModule = async (
  child: Child,
  request: InspectRequest,
): Promise<ModuleInspection> => {
  const timer = setTimeout(() => child.kill('WALL_TIMEOUT'), INSPECT_MS)
  try {
    return await ask(child, request)
  } catch (error) {
    child.kill('CLOSED')
    throw error instanceof ChildGone ? unjudged(error) : error
  } finally {
    clearTimeout(timer)
  }
}
