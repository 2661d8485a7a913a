import type { Cid, Fuel, Hash } from '../../protocols/common/index.ts'
import { Fault, keccak256, toHex } from '../../protocols/common/index.ts'
import type { OrderSource, TaskOrder } from '../../protocols/control/index.ts'
import {
  DEFAULT_LIMITS,
  encodeManifest,
  estimateFuel,
  fuelLimitOf,
  type TaskLimits,
  taskHashOf,
} from '../../protocols/execution/index.ts'
import { BIDDING, PRICING, tagsHash } from '../../protocols/market/index.ts'
import { settlementPath } from '../../protocols/settlement/index.ts'
import type { Clock, Content, Sandbox } from '../ports/index.ts'
import type { TaskFault } from './faults.ts'
import type { TaskRecord } from './task-record.ts'

export type OrderingDeps = {
  content: Content
  sandbox: Pick<Sandbox, 'inspect' | 'engineHash'>
  clock: Clock
  /** Fuel that earlier runs of a module used, newest first. */
  pastFuel(module: Cid): readonly Fuel[]
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

/** Keeps what an order brings, and names it. */
export const storeSource = async (content: Content, source: OrderSource): Promise<Cid> =>
  'cid' in source ? source.cid : content.put(source.bytes)

/** The bytes that an order brings or names. */
export const readSource = async (
  content: Content,
  source: OrderSource,
  maxBytes: number,
): Promise<Uint8Array> =>
  'cid' in source ? content.get(source.cid, { from: [], maxBytes }) : source.bytes

/** The module of an order. Refuses one that no provider would run, before anyone hears of it. */
export const checkModule = async (
  deps: Pick<OrderingDeps, 'content' | 'sandbox'>,
  order: TaskOrder,
  defaults: OrderDefaults,
): Promise<Uint8Array> => {
  const module = await readSource(deps.content, order.module, defaults.maxModuleBytes)
  const pages = order.limits.memoryPages ?? defaults.limits.memoryPages
  const { accepted, faults } = await deps.sandbox.inspect(module, { memoryPages: pages })
  if (accepted) return module
  const first = faults[0]
  throw new Fault<TaskFault>(
    'MODULE_INVALID',
    `the module cannot run: ${first ? `${first.detail} (${first.code}, ${first.where})` : 'refused'}`,
    { faults },
  )
}

/** What an order asks for, and the usual where it says nothing. */
export const limitsOf = (order: TaskOrder, { limits }: OrderDefaults): TaskLimits => ({
  fuel: order.limits.fuel ?? limits.fuel,
  memoryPages: order.limits.memoryPages ?? limits.memoryPages,
  outputBytes: order.limits.outputBytes ?? limits.outputBytes,
  wallMs: order.limits.wallMs ?? limits.wallMs,
})

const storeFiles = async (content: Content, files: TaskOrder['files']) => {
  const stored: Record<string, Cid> = {}
  for (const [path, source] of Object.entries(files))
    stored[path] = await storeSource(content, source)
  return stored
}

/** Puts everything that the task consists of into content and returns the task's name. */
const storeTask = async (
  { content, sandbox }: OrderingDeps,
  order: TaskOrder,
  { module, limits }: { module: Cid; limits: TaskLimits },
): Promise<Hash> => {
  const bytes = encodeManifest({
    module,
    args: order.args,
    env: order.env,
    stdin: order.stdin && (await storeSource(content, order.stdin)),
    files: await storeFiles(content, order.files),
    outputs: order.outputs,
    limits,
    tags: order.tags,
    engine: sandbox.engineHash,
  })
  await content.put(bytes)
  return taskHashOf(bytes)
}

/** Room for what runs of the same module used before, where the order sets no limit. */
const withUsualFuel = (
  deps: OrderingDeps,
  order: TaskOrder,
  { module, limits }: { module: Cid; limits: TaskLimits },
): TaskLimits => {
  if (order.limits.fuel !== null) return limits
  const evidence = { past: deps.pastFuel(module), dryRun: null, limit: limits.fuel }
  const room = { usual: limits.fuel, max: DEFAULT_LIMITS.fuel }
  return { ...limits, fuel: fuelLimitOf(estimateFuel(evidence), room) }
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
  const figures = { maxPrice: order.budget, threshold: defaults.escrowFrom }
  if (settlementPath(figures) === 'escrow') {
    const message = 'a budget this large needs an escrow, which this node cannot open: lower it'
    throw new Fault<TaskFault>('ESCROW_UNAVAILABLE', message)
  }
  await checkModule(deps, order, defaults)
  const module = await storeSource(deps.content, order.module)
  const limits = withUsualFuel(deps, order, { module, limits: limitsOf(order, defaults) })
  const createdAt = deps.clock.nowMs()
  return {
    id: taskIdOf(order.requestId),
    createdAt,
    taskHash: await storeTask(deps, order, { module, limits }),
    module,
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
