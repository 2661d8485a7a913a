import type { Cid, Hash } from '../../protocols/common/index.ts'
import { Fault, keccak256, toHex } from '../../protocols/common/index.ts'
import type { OrderSource, TaskOrder } from '../../protocols/control/index.ts'
import { encodeManifest, type TaskLimits, taskHashOf } from '../../protocols/execution/index.ts'
import { BIDDING, PRICING, tagsHash } from '../../protocols/market/index.ts'
import type { Clock, Content, Sandbox } from '../ports/index.ts'
import type { TaskFault } from './faults.ts'
import type { TaskRecord } from './task-record.ts'

export type OrderingDeps = {
  content: Content
  sandbox: Pick<Sandbox, 'inspect' | 'engineHash'>
  clock: Clock
}

/** What a task gets where its order says nothing. */
export type OrderDefaults = {
  limits: TaskLimits
  bidWindowMs: number
  /** Beyond the wall-clock limit, for fetching inputs and results. */
  deliverWithinSeconds: number
  slices: number
  maxModuleBytes: number
  /** Budgets from here on need an escrow, in atomic units. */
  escrowFrom: bigint
}

/** The name of the task of a request: the same request, the same task. */
export const taskIdOf = (requestId: string): string =>
  toHex(keccak256(new TextEncoder().encode(requestId))).slice(2, 34)

const store = async (content: Content, source: OrderSource): Promise<Cid> =>
  'cid' in source ? source.cid : content.put(source.bytes)

const readModule = async (
  { content }: OrderingDeps,
  source: OrderSource,
  maxBytes: number,
): Promise<Uint8Array> =>
  'cid' in source ? content.get(source.cid, { from: [], maxBytes }) : source.bytes

/** Refuses a module that no provider would run, before anyone hears of it. */
const checkModule = async (deps: OrderingDeps, order: TaskOrder, defaults: OrderDefaults) => {
  const module = await readModule(deps, order.module, defaults.maxModuleBytes)
  const pages = order.limits.memoryPages ?? defaults.limits.memoryPages
  const { accepted, faults } = await deps.sandbox.inspect(module, { memoryPages: pages })
  if (accepted) return
  const first = faults[0]
  throw new Fault<TaskFault>(
    'MODULE_INVALID',
    `the module cannot run: ${first ? `${first.detail} (${first.code}, ${first.where})` : 'refused'}`,
    { faults },
  )
}

const limitsOf = (order: TaskOrder, { limits }: OrderDefaults): TaskLimits => ({
  fuel: order.limits.fuel ?? limits.fuel,
  memoryPages: order.limits.memoryPages ?? limits.memoryPages,
  outputBytes: order.limits.outputBytes ?? limits.outputBytes,
  wallMs: order.limits.wallMs ?? limits.wallMs,
})

const storeFiles = async (content: Content, files: TaskOrder['files']) => {
  const stored: Record<string, Cid> = {}
  for (const [path, source] of Object.entries(files)) stored[path] = await store(content, source)
  return stored
}

/** Puts everything that the task consists of into content and returns the task's name. */
const storeTask = async (
  { content, sandbox }: OrderingDeps,
  order: TaskOrder,
  limits: TaskLimits,
): Promise<Hash> => {
  const bytes = encodeManifest({
    module: await store(content, order.module),
    args: order.args,
    env: order.env,
    stdin: order.stdin && (await store(content, order.stdin)),
    files: await storeFiles(content, order.files),
    outputs: order.outputs,
    limits,
    tags: order.tags,
    engine: sandbox.engineHash,
  })
  await content.put(bytes)
  return taskHashOf(bytes)
}

/** Turns an order into a task that can be announced; throws before anything is promised to anyone. */
export const prepareTask = async (
  deps: OrderingDeps,
  order: TaskOrder,
  defaults: OrderDefaults,
): Promise<TaskRecord> => {
  if (order.budget <= 0n) {
    throw new Fault<TaskFault>('BUDGET_INVALID', 'the budget must be more than zero')
  }
  if (order.budget >= defaults.escrowFrom) {
    const message = 'a budget this large needs an escrow, which this node cannot open: lower it'
    throw new Fault<TaskFault>('ESCROW_UNAVAILABLE', message)
  }
  await checkModule(deps, order, defaults)
  const limits = limitsOf(order, defaults)
  const createdAt = deps.clock.nowMs()
  return {
    id: taskIdOf(order.requestId),
    createdAt,
    taskHash: await storeTask(deps, order, limits),
    terms: {
      maxPrice: order.budget,
      maxFuel: limits.fuel,
      wallMs: limits.wallMs,
      bidWindowMs: order.bidWindowMs ?? defaults.bidWindowMs,
      deliverWithinSeconds: order.deliverWithinSeconds ?? defaults.deliverWithinSeconds,
      slices: order.sliceCount ?? defaults.slices,
      acceptance: order.acceptance,
      tagsHash: tagsHash(order.tags),
      pricing: PRICING[order.pricing],
      bidding: BIDDING[order.bidding],
    },
    journey: { phase: 'created' },
    history: [{ phase: 'created', at: createdAt }],
  }
}
