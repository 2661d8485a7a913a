import {
  type ExecuteRequestInput,
  followEvents,
  isOver,
  type StampedEvent,
  type TaskView,
} from '../../../protocols/control/index.ts'
import type { NodeProcess } from './node-process.ts'
import { until } from './until.ts'

/** A module as an order carries it. */
export const sourceOf = (module: Uint8Array) => ({
  bytesBase64: Buffer.from(module).toString('base64'),
})

export type Order = Omit<ExecuteRequestInput, 'module' | 'budget'> & {
  module: Uint8Array
  budget?: string
}

/** Orders a task; it goes on by itself. */
export const order = (
  { client }: NodeProcess,
  { module, budget = '0.50', ...rest }: Order,
): Promise<TaskView> =>
  client.executeWithPayment({ body: { module: sourceOf(module), budget, ...rest } })

/** The task once `isSo` holds for it. */
export const taskWhen = async (
  { client }: NodeProcess,
  id: string,
  isSo: (task: TaskView) => boolean,
): Promise<TaskView> => {
  let task = await client.task({ id })
  await until(
    () => `task ${id} changes: it is ${task.phase} (${task.code})`,
    async () => {
      task = await client.task({ id })
      return isSo(task)
    },
  )
  return task
}

/** The task once nothing more will happen to it. */
export const ended = (node: NodeProcess, id: string): Promise<TaskView> =>
  taskWhen(node, id, ({ phase }) => isOver(phase))

/** Orders a task and waits for its end. */
export const buy = async (node: NodeProcess, what: Order): Promise<TaskView> =>
  ended(node, (await order(node, what)).id)

/** What the program wrote. */
export const stdoutOf = async ({ client }: NodeProcess, id: string): Promise<string> =>
  Buffer.from((await client.result({ id })).stdout, 'base64').toString()

/** Tokens of the node's account on chain, in atomic units. */
export const tokensOf = async ({ client }: NodeProcess): Promise<bigint> =>
  BigInt((await client.chainStatus()).balances.token)

/** The one channel between two nodes, as one of them sees it. */
export const channelWith = async ({ client }: NodeProcess, other: NodeProcess) => {
  const { items } = await client.channels()
  const found = items.filter(({ peer }) => peer === other.agent)
  if (found.length !== 1) throw new Error(`${found.length} channels with ${other.name}`)
  return found[0] as (typeof found)[number]
}

/** What an event stream has brought so far. */
export type Listening = { events: StampedEvent[]; gaps: number[]; close(): void }

/** Events over the WebSocket, from behind `after` on, until closed. */
export const listen = async (
  { control, token }: NodeProcess,
  after: number,
): Promise<Listening> => {
  const events: StampedEvent[] = []
  const gaps: number[] = []
  const opened = Promise.withResolvers<void>()
  const stream = followEvents(
    { url: control.url, token, after, open: (url, protocols) => new WebSocket(url, protocols) },
    {
      onOpen: () => opened.resolve(),
      onMessage: (message) => {
        if (message.type === 'stream.gap') gaps.push(message.next)
        else events.push(message)
      },
      onClose: () => opened.reject(new Error('the event stream is closed')),
    },
  )
  await opened.promise
  return { events, gaps, close: () => stream.close() }
}
