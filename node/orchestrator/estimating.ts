// What a task will use and cost, before anything is promised to anyone: from receipts of its module, from a short run here, or from its limit.
import type { Cid, Fuel } from '../../protocols/common/index.ts'
import { faultCode } from '../../protocols/common/index.ts'
import type { AuctionView, EstimateView, TaskOrder } from '../../protocols/control/index.ts'
import {
  DEFAULT_LIMITS,
  estimateFuel,
  fuelLimitOf,
  guestLimitsOf,
  INPUT_BYTES_MAX,
} from '../../protocols/execution/index.ts'
import { type CostEstimate, estimateCost, type Rates } from '../../protocols/market/index.ts'
import type { Sandbox } from '../ports/index.ts'
import {
  checkModule,
  limitsOf,
  type OrderDefaults,
  type OrderingDeps,
  readSource,
  storeSource,
} from './ordering.ts'
import { deliveryOf, type TaskRecord } from './task-record.ts'

export type EstimatingDeps = Omit<OrderingDeps, 'sandbox'> & {
  sandbox: Pick<Sandbox, 'inspect' | 'engineHash' | 'run'>
  /** Auctions seen lately, with their bids. */
  auctions(): readonly AuctionView[]
}

/** A dry run stops here: about as long as a person does not notice. */
const DRY_RUN_FUEL = 200_000_000n
const DRY_RUN_WALL_MS = 3_000

/** Fuel that runs of a module used which ended by themselves, newest first. */
export const pastFuelOf = (tasks: readonly TaskRecord[], module: Cid): Fuel[] =>
  tasks
    .filter((task) => task.module === module)
    .sort((one, other) => other.createdAt - one.createdAt)
    .flatMap(({ journey }) => {
      const delivery = deliveryOf(journey)
      return delivery?.result.verdict === 'exit' ? [delivery.receipt.message.fuelUsed] : []
    })

type DryRun = { fuelUsed: Fuel; isOver: boolean; outcome: EstimateView['outcome'] }

const inputOf = async (deps: EstimatingDeps, order: TaskOrder) => {
  const read = (source: NonNullable<TaskOrder['stdin']>) =>
    readSource(deps.content, source, INPUT_BYTES_MAX)
  const files = new Map<string, Uint8Array>()
  for (const [path, source] of Object.entries(order.files)) files.set(path, await read(source))
  return {
    args: order.args,
    env: order.env,
    stdin: order.stdin ? await read(order.stdin) : new Uint8Array(),
    files,
    outputs: order.outputs,
    seed: new Uint8Array(32),
  }
}

/** Runs the beginning of the task here; null where this machine has no room for it now. */
const dryRun = async (
  deps: EstimatingDeps,
  order: TaskOrder,
  { module, defaults }: { module: Uint8Array; defaults: OrderDefaults },
): Promise<DryRun | null> => {
  const limits = limitsOf(order, defaults)
  const { fuel } = limits
  const job = {
    module,
    input: await inputOf(deps, order),
    limits: { ...guestLimitsOf(limits), wallMs: DRY_RUN_WALL_MS },
    sliceFuel: fuel < DRY_RUN_FUEL ? fuel : DRY_RUN_FUEL,
  }
  try {
    const { outcome } = await deps.sandbox.run(job, { onSlice: async () => 'stop' })
    const { kind, fuelUsed } = outcome
    if (kind === 'host-failure') return { fuelUsed, isOver: false, outcome: null }
    return { fuelUsed, isOver: true, outcome: kind }
  } catch (error) {
    if (faultCode(error) === 'SANDBOX_BUSY') return null
    throw error
  }
}

/** Rates of all bids seen lately. */
const ratesOf = (auctions: readonly AuctionView[]): Rates[] =>
  auctions.flatMap(({ bids }) =>
    bids.map(({ basePrice, pricePerMfuel }) => ({
      basePrice: BigInt(basePrice),
      pricePerMfuel: BigInt(pricePerMfuel),
    })),
  )

const costView = (cost: CostEstimate | null): EstimateView['cost'] =>
  cost && { low: String(cost.low), likely: String(cost.likely), high: String(cost.high) }

/** What an order will use and cost. Throws where no provider could run it. */
export const estimateOrder = async (
  deps: EstimatingDeps,
  order: TaskOrder,
  defaults: OrderDefaults,
): Promise<EstimateView> => {
  const module = await checkModule(deps, order, defaults)
  const past = deps.pastFuel(await storeSource(deps.content, order.module))
  const ran = past.length > 0 ? null : await dryRun(deps, order, { module, defaults })
  const { fuel: limit } = limitsOf(order, defaults)
  const fuel = estimateFuel({ past, dryRun: ran, limit })
  const usual = { usual: limit, max: DEFAULT_LIMITS.fuel }
  const cost = estimateCost(ratesOf(deps.auctions()), fuel)
  return {
    from: fuel.from,
    samples: fuel.samples,
    fuel: { low: String(fuel.low), likely: String(fuel.likely), high: String(fuel.high) },
    fuelLimit: String(order.limits.fuel ?? fuelLimitOf(fuel, usual)),
    cost: costView(cost),
    budget: String(order.budget),
    isLikelyWithinBudget: cost === null ? null : cost.likely <= order.budget,
    outcome: ran?.outcome ?? null,
  }
}
