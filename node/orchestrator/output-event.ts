import { toString as formatBytes } from 'uint8arrays'
import type { NodeEvent } from '../../protocols/control/index.ts'

type OutputEvent = Extract<NodeEvent, { type: 'task.output' }>

/** News of what a program has just written. */
export const outputEvent = ({
  bytes,
  ...where
}: Pick<OutputEvent, 'taskId' | 'role' | 'stream' | 'offset'> & {
  bytes: Uint8Array
}): OutputEvent => ({ type: 'task.output', ...where, bytes: formatBytes(bytes, 'base64pad') })
