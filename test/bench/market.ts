import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import { DEFAULT_LIMITS } from '../../protocols/execution/index.ts'
import { ended } from '../e2e/kit/buying.ts'
import { openMarket } from '../e2e/kit/market.ts'
import type { NodeProcess } from '../e2e/kit/node-process.ts'
import { compileWat } from '../fixtures/wasm/wat.ts'
import { measureAuctions } from './auctions.ts'
import { measureGossip } from './gossip.ts'
import { type Figure, type Goal, type Measured, percentile, type Suite } from './harness.ts'
import { measurePromises } from './promises.ts'
import { measureValidation } from './validation.ts'

const TASKS = 8
const STARTS = 3
const RUNS = 50
const EMPTY = '(module (memory (export "memory") 1) (func (export "_start")))'

const atLeast = (limit: number): Goal => ({ bound: 'at-least', limit })
const atMost = (limit: number): Goal => ({ bound: 'at-most', limit })

const timed = async <T>(job: () => Promise<T>): Promise<[milliseconds: number, value: T]> => {
  const begun = performance.now()
  const value = await job()
  return [performance.now() - begun, value]
}

const median = (samples: readonly number[]) => percentile(samples, 0.5)

/** The empty module in the same kind of sandbox, with nobody to buy it from. */
const runDirectly = async (module: Uint8Array): Promise<number> => {
  const sandbox = createSandbox({}, { workers: 1, maxQueue: 1 })
  await sandbox.start()
  const input = {
    args: [],
    env: {},
    stdin: new Uint8Array(),
    files: new Map<string, Uint8Array>(),
    outputs: [],
    seed: new Uint8Array(32),
  }
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const job = { module, input, limits: DEFAULT_LIMITS, sliceFuel: DEFAULT_LIMITS.fuel }
    const [time] = await timed(() => sandbox.run(job, { onSlice: async () => 'continue' }))
    times.push(time)
  }
  await sandbox.stop()
  return median(times)
}

/** From the order to settled, and of that from the close of the auction on. */
const buyOne = async (buyer: NodeProcess, module: Uint8Array) => {
  const bytesBase64 = Buffer.from(module).toString('base64')
  const body = { module: { bytesBase64 }, budget: '0.50', bidWindowMs: 500 }
  const [total, task] = await timed(async () => {
    const { id } = await buyer.client.executeWithPayment({ body })
    return ended(buyer, id)
  })
  if (task.phase !== 'settled') throw new Error(`task ended ${task.phase}: ${task.message}`)
  const auction = (await buyer.client.auctions({})).items.find(
    ({ auctionId }) => auctionId === task.auctionId,
  )
  return { total, afterClose: task.updatedAtMs - (auction?.closesAt ?? 0) * 1000 }
}

const bareNode = async (): Promise<number> => {
  const [time] = await timed(async () => once(spawn(process.execPath, ['-e', '0']), 'exit'))
  return time
}

const measureTasks = async (progress: (line: string) => void) => {
  const market = await openMarket()
  try {
    const module = compileWat(EMPTY)
    const seller = await market.join('seller')
    const buyer = await market.join('buyer')
    await market.meet(buyer, [seller])
    progress('opening the channel with a first task')
    await buyOne(buyer, module)
    progress(`buying ${TASKS} empty tasks over the open channel`)
    const sales = []
    for (let task = 0; task < TASKS; task++) sales.push(await buyOne(buyer, module))
    progress(`starting ${STARTS} nodes`)
    const starts: number[] = []
    const bare: number[] = []
    for (let node = 0; node < STARTS; node++) {
      starts.push((await timed(() => market.join(`fresh-${node}`)))[0])
      bare.push(await bareNode())
    }
    const direct = await runDirectly(module)
    return { sales, starts, bare, direct }
  } finally {
    await market.stop()
  }
}

type Progress = (line: string) => void

const auctionFigures: readonly Figure[] = [
  { name: 'auctions to settled, 3 providers', unit: '/s', goal: atLeast(20) },
  { name: 'auctions to settled, by CPU', unit: '/CPU-s', goal: null },
  { name: 'auctions sold of those held at once', unit: 'share', goal: atLeast(1) },
  { name: 'end of the bid window to agreement, p50', unit: 'ms', goal: atMost(50) },
  { name: 'end of the bid window to agreement, p99', unit: 'ms', goal: atMost(250) },
]

const runAuctions = async (progress: Progress): Promise<Readonly<Record<string, Measured>>> => {
  const auctions = await measureAuctions(compileWat(EMPTY), progress)
  return {
    'auctions to settled, 3 providers': { value: auctions.perSecond },
    'auctions to settled, by CPU': { value: auctions.perCpuSecond },
    'auctions sold of those held at once': { value: auctions.soldShare },
    'end of the bid window to agreement, p50': { value: auctions.p50 },
    'end of the bid window to agreement, p99': { value: auctions.p99 },
  }
}

const gossipFigures: readonly Figure[] = [
  { name: 'gossip delivered, 30 nodes, 5/s', unit: 'share', goal: atLeast(1) },
  { name: 'gossip delay, 30 nodes, p50', unit: 'ms', goal: null },
  { name: 'gossip delay, 30 nodes, p99', unit: 'ms', goal: null },
  { name: 'gossip deliveries, validated', unit: '/CPU-s', goal: atLeast(2_000) },
]

const runGossip = async (progress: Progress): Promise<Readonly<Record<string, Measured>>> => {
  const gossip = await measureGossip(progress)
  return {
    'gossip delivered, 30 nodes, 5/s': { value: gossip.ratio },
    'gossip delay, 30 nodes, p50': { value: gossip.p50 },
    'gossip delay, 30 nodes, p99': { value: gossip.p99 },
    'gossip deliveries, validated': { value: gossip.perCpuSecond },
  }
}

const validationFigures: readonly Figure[] = [
  { name: 'malformed messages dropped', unit: '/CPU-s', goal: atLeast(20_000) },
  { name: 'oversize messages dropped', unit: '/CPU-s', goal: atLeast(20_000) },
  { name: 'expired messages dropped', unit: '/CPU-s', goal: atLeast(20_000) },
  { name: 'seen messages dropped', unit: '/CPU-s', goal: atLeast(20_000) },
  { name: 'flood of bad signatures dropped', unit: '/CPU-s', goal: atLeast(20_000) },
  { name: 'bad signatures verified beyond the bucket', unit: '', goal: atMost(0) },
  { name: 'memory grown by 50,000 more of them', unit: 'MiB', goal: atMost(4) },
]

const runValidation = async (): Promise<Readonly<Record<string, Measured>>> => {
  const dropped = await measureValidation()
  return {
    'malformed messages dropped': { value: dropped.malformed },
    'oversize messages dropped': { value: dropped.oversize },
    'expired messages dropped': { value: dropped.expired },
    'seen messages dropped': { value: dropped.seen },
    'flood of bad signatures dropped': { value: dropped.floodPerSecond },
    'bad signatures verified beyond the bucket': { value: dropped.beyondBucket },
    'memory grown by 50,000 more of them': { value: dropped.grownMiB },
  }
}

/** What the market adds to a task, how fast promises move, and how long a node takes to be there. */
export const marketSuite: Suite = {
  name: 'market',
  figures: [
    { name: 'task, order to settled, p50', unit: 'ms', goal: null },
    { name: 'task, auction closed to settled, p50', unit: 'ms', goal: null },
    { name: 'promises', unit: '/s', goal: null },
    { name: 'promise to acknowledgement, p50', unit: 'ms', goal: null },
    { name: 'promise to acknowledgement, p99', unit: 'ms', goal: null },
    { name: 'start of a node with new keys, p50', unit: 'ms', goal: null },
    ...auctionFigures,
    ...gossipFigures,
    ...validationFigures,
  ],
  run: async (progress) => {
    progress('judging messages that are worth nothing')
    const validation = await runValidation()
    const gossip = await runGossip(progress)
    const auctions = await runAuctions(progress)
    const { sales, starts, bare, direct } = await measureTasks(progress)
    progress('paying promise by promise')
    const promises = await measurePromises()
    const measured: Record<string, Measured> = {
      'task, order to settled, p50': {
        value: median(sales.map(({ total }) => total)),
        baseline: direct,
      },
      'task, auction closed to settled, p50': {
        value: median(sales.map(({ afterClose }) => afterClose)),
        baseline: direct,
      },
      promises: { value: promises.perSecond, baseline: promises.cryptoPerSecond },
      'promise to acknowledgement, p50': { value: promises.p50 },
      'promise to acknowledgement, p99': { value: promises.p99 },
      'start of a node with new keys, p50': { value: median(starts), baseline: median(bare) },
      ...auctions,
      ...gossip,
      ...validation,
    }
    return measured
  },
}
