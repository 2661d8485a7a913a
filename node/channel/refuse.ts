import { type ChannelFault, channelFaults } from '../../protocols/channel/index.ts'
import { Fault } from '../../protocols/common/index.ts'

/** The fault with its own sentence. */
export const refuse = (
  code: ChannelFault,
  details: Record<string, unknown> = {},
): Fault<ChannelFault> => new Fault(code, channelFaults[code], details)

/** Whether the other side itself said no, so that asking again at once would not help. */
export const isRemote = (error: unknown): error is Fault =>
  error instanceof Fault && error.details.remote === true

const LOST: readonly string[] = ['PEER_UNREACHABLE', 'REQUEST_TIMEOUT', 'REQUEST_CANCELLED']
// Answers of a node that is starting or overloaded: it has not looked at the question.
const NOT_NOW: readonly string[] = ['REQUEST_UNKNOWN', 'TOO_MANY_REQUESTS', 'KEEPER_STOPPED']

/** Whether the other side may never have heard the question, or its answer was lost: worth asking again. */
export const isUnreached = (error: unknown): boolean => {
  if (!(error instanceof Fault)) return false
  return NOT_NOW.includes(error.code) || (!isRemote(error) && LOST.includes(error.code))
}
