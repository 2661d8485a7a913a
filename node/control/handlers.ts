import { toString as formatBytes } from 'uint8arrays'
import { faultCode } from '../../protocols/common/index.ts'
import type {
  ExecuteRequest,
  NodeApi,
  ResultView,
  TaskResult,
  TaskView,
} from '../../protocols/control/index.ts'
import { openApiOf, statusOf } from '../../protocols/control/index.ts'
import type { Handlers } from './call.ts'
import { createChannelHandlers } from './channel-handlers.ts'
import type { Spending } from './spending.ts'
import { orderOf } from './task-order.ts'
import type { Grant } from './tokens.ts'

const resultViewOf = (taskId: string, result: TaskResult): ResultView => {
  const base64 = (bytes: Uint8Array) => formatBytes(bytes, 'base64pad')
  const files = [...result.files].map(([path, bytes]) => [path, base64(bytes)])
  return {
    taskId,
    outcome: result.outcome,
    exitCode: result.exitCode,
    stdout: base64(result.stdout),
    stderr: base64(result.stderr),
    files: Object.fromEntries(files),
  }
}

type HandlerDeps = { api: NodeApi; spending: Spending; version: string }
type ExecuteCall = { body: ExecuteRequest; grant: Grant | null; requestId: string }

const buyTask = async (
  { api, spending }: HandlerDeps,
  { body, grant, requestId }: ExecuteCall,
): Promise<TaskView> => {
  const order = orderOf(body, { requestId, decimals: api.token.decimals })
  if (grant) await spending.reserve(grant, requestId, order.budget)
  try {
    const task = await api.executeWithPayment(order)
    await spending.bind(requestId, task.id)
    return task
  } catch (error) {
    // Refused: nothing will be spent. After a failure of the node itself the task may exist, so its budget stays set aside.
    if (statusOf(faultCode(error)) < 500) await spending.release(requestId)
    throw error
  }
}

/** Ties the routes to the node. */
export const createHandlers = (deps: HandlerDeps): Handlers => {
  const { api, version } = deps
  return {
    executeWithPayment: (call) => buyTask(deps, call),
    estimate: ({ body, requestId }) =>
      api.estimate(orderOf(body, { requestId, decimals: api.token.decimals })),
    tasks: ({ query: { cursor, limit } }) => api.tasks({ cursor: cursor ?? null, limit }),
    task: ({ params }) => api.task(params.id),
    economicStatus: ({ params }) => api.economicStatus(params.id),
    result: async ({ params }) => resultViewOf(params.id, await api.result(params.id)),
    complete: ({ params }) => api.complete(params.id),
    cancel: ({ params }) => api.cancel(params.id),
    verifyReceipt: ({ params }) => api.verifyReceipt(params.id),
    auctions: async () => ({ items: await api.auctions() }),
    ...createChannelHandlers(api),
    peers: async () => ({ items: await api.peers() }),
    networkSight: () => api.networkSight(),
    self: () => api.self(),
    chainStatus: () => api.chainStatus(),
    transactions: ({ query: { cursor, limit, subject } }) =>
      api.transactions({ cursor: cursor ?? null, limit, subject: subject ?? null }),
    transaction: ({ params }) => api.transaction(params.hash),
    putContent: async ({ body }) => ({ cid: await api.putContent(body), size: body.length }),
    getContent: ({ params }) => api.getContent(params.cid),
    alive: async () => ({ isAlive: true }),
    health: () => api.health(),
    openapi: async () => openApiOf(version),
  }
}
