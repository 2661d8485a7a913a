import type { Address, Hash } from '../../protocols/common/index.ts'
import type { NodeEvent, TaskOrder, TaskView } from '../../protocols/control/index.ts'
import { isTaskOver } from '../../protocols/orchestration/index.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createMemoryChain } from '../fakes/memory-chain.ts'
import { createMemoryNetwork } from '../fakes/memory-network.ts'
import { createFakeSandbox, type FakeSandbox, type SandboxScript } from '../fakes/sandbox.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { createMemoryStore } from '../fakes/store.ts'
import type { Death } from './mortal.ts'
import { type AgentLife, beginLife, type Character, type Surroundings } from './trading-agent.ts'

export { DEPOSIT } from './trading-agent.ts'
export const START_BALANCE = 50_000_000n
/** At the default rates: at most 1,010,000 for the order's fuel, in ten slices; 460,000 for what the default script uses. */
export const RATES = { basePrice: 10_000n, pricePerMfuel: 1_000n }
export const FULL_PRICE = 1_010_000n
export const USUAL_FUEL = 450_000_000n
export const USUAL_COST = 460_000n

type AgentOptions = Partial<Omit<Character, 'sandbox' | 'name'>> & {
  script?: SandboxScript
  faultsOf?: Parameters<typeof createFakeSandbox>[0] extends infer Options
    ? NonNullable<Options> extends { faultsOf?: infer FaultsOf }
      ? FaultsOf
      : never
    : never
  death?: Death
}

export type Gate = { fuelUsed: bigint; answer: 'continue' | 'stop' }

const recordGates = (sandbox: FakeSandbox, gates: Gate[]): FakeSandbox => ({
  ...sandbox,
  run: (job, hooks) =>
    sandbox.run(job, {
      ...hooks,
      onSlice: async (usage) => {
        const answer = await hooks.onSlice(usage)
        gates.push({ fuelUsed: usage.fuelUsed, answer })
        return answer
      },
    }),
})

/** An agent through all its lives; `now` is the one it lives. */
export type TradingAgent = {
  name: string
  address: Address
  now: AgentLife
  sandbox: Character['sandbox']
  /** How often the guest was asked to wait for its payment, and whether it could go on. */
  gates: Gate[]
  /** Commits that are on disk, of all lives. */
  commits(): number
  /** Ends the process without warning (unless it died already) and starts another on what is on disk. */
  restart(): Promise<void>
  stop(): Promise<void>
  /** Events of one type, of the present life. */
  told<Type extends NodeEvent['type']>(type: Type): (NodeEvent & { type: Type })[]
}

const join = async (
  around: Surroundings,
  name: string,
  options: AgentOptions,
): Promise<TradingAgent> => {
  const { script, faultsOf, death = null, ...traits } = options
  const sandbox = createFakeSandbox({
    fallback: { fuelUsed: USUAL_FUEL, ...script },
    ...(faultsOf ? { faultsOf } : {}),
  })
  const gates: Gate[] = []
  const character: Character = {
    name,
    isSeller: true,
    sandbox: recordGates(sandbox, gates),
    ...RATES,
    slots: 2,
    requester: {},
    provider: {},
    wrapTalk: (talk) => talk,
    wrapContent: (content) => content,
    ...traits,
  }
  let store = createMemoryStore()
  let number = 1
  let commits = 0
  const agent: TradingAgent = {
    name,
    address: createTestSigner(name).address,
    sandbox,
    gates,
    commits: () => commits + store.commits(),
    now: await beginLife(around, character, { store, number, death }),
    restart: async () => {
      agent.now.life.kill()
      await around.clock.advance(0)
      commits += store.commits()
      store = store.reopen()
      number += 1
      agent.now = await beginLife(around, character, { store, number, death: null })
    },
    stop: () => agent.now.stop(),
    told: (type) =>
      agent.now.events
        .since(0)
        .filter(
          (event): event is typeof event & { type: typeof type } => event.type === type,
        ) as never,
  }
  return agent
}

/** Agents in one process, on one clock that tests turn, over a network and a chain in memory. */
export const createTradingWorld = (names: readonly string[] = ['ann', 'bob', 'cleo', 'dan']) => {
  const clock = createFakeClock()
  const accounts = Object.fromEntries(
    names.map((name) => [createTestSigner(name).address, START_BALANCE]),
  )
  const chain = createMemoryChain({ clock, accounts })
  const network = createMemoryNetwork()
  const around = { clock, chain, network }
  const agents: TradingAgent[] = []
  const enter = async (name: string, options: AgentOptions): Promise<TradingAgent> => {
    const agent = await join(around, name, options)
    agents.push(agent)
    await clock.advance(0)
    return agent
  }
  return {
    ...around,
    agents,
    buyer: (name = 'ann', options: AgentOptions = {}) =>
      enter(name, { isSeller: false, ...options }),
    seller: (name = 'bob', options: AgentOptions = {}) => enter(name, options),
    stop: async () => {
      for (const { now } of agents) now.life.kill()
      await clock.advance(0)
    },
  }
}

export type TradingWorld = ReturnType<typeof createTradingWorld>

const MODULE = new TextEncoder().encode('a module')

export const anOrder = (changes: Partial<TaskOrder> = {}): TaskOrder => ({
  requestId: 'order 1',
  module: { bytes: MODULE },
  args: [],
  env: {},
  stdin: null,
  files: {},
  outputs: [],
  limits: { fuel: null, memoryPages: null, outputBytes: null, wallMs: null },
  budget: 2_000_000n,
  bidWindowMs: null,
  pricing: 'FIRST',
  bidding: 'OPEN',
  deliverWithinSeconds: null,
  sliceCount: null,
  acceptance: 'auto',
  tags: { taskType: 'compute', industry: 'research', region: 'eu-west' },
  ...changes,
})

/** Turns the clock, second by second, until the question is answered yes; throws after `seconds`. */
export const turnUntil = async (
  { clock }: Pick<TradingWorld, 'clock'>,
  isReached: () => boolean | Promise<boolean>,
  seconds = 300,
): Promise<void> => {
  for (let second = 0; second <= seconds; second++) {
    await clock.advance(0)
    if (await isReached()) return
    await clock.advance(1_000)
  }
  throw new Error(`not reached within ${seconds} seconds`)
}

/** What a promise brings that only the clock can bring about. */
export const during = async <T>(
  world: Pick<TradingWorld, 'clock'>,
  promise: Promise<T>,
): Promise<T> => {
  let isSettled = false
  const end = () => {
    isSettled = true
  }
  promise.then(end, end)
  await turnUntil(world, () => isSettled)
  return promise
}

type Phase = TaskView['phase']

/** Turns the clock until a bought task is in one of the phases. */
export const untilPhase = async (
  world: TradingWorld,
  { agent, id, phases }: { agent: TradingAgent; id: string; phases: readonly Phase[] },
): Promise<TaskView> => {
  await turnUntil(world, () => {
    const { phase } = agent.now.tasks.require(id).journey
    if (!phases.includes(phase) && isTaskOver(phase)) {
      throw new Error(`the task is ${JSON.stringify(agent.now.tasks.require(id).journey, show)}`)
    }
    return phases.includes(phase)
  })
  return agent.now.api.task(id)
}

const show = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

/** Orders and turns the clock until the task is over on the buyer's side. */
export const buy = async (
  world: TradingWorld,
  agent: TradingAgent,
  changes: Partial<TaskOrder> = {},
): Promise<TaskView> => {
  const { id } = await agent.now.api.executeWithPayment(anOrder(changes))
  await turnUntil(world, () => isTaskOver(agent.now.tasks.require(id).journey.phase))
  return agent.now.api.task(id)
}

/** The deal of a task as its seller tells it. */
export const sold = async (seller: TradingAgent, task: TaskView): Promise<TaskView> =>
  seller.now.api.task(task.agreementHash as Hash)
