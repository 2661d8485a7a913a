import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSandbox } from '../../node/adapters/wasm/index.ts'
import { DEFAULT_LIMITS } from '../../protocols/execution/index.ts'
import { ended } from '../e2e/kit/buying.ts'
import { openMarket } from '../e2e/kit/market.ts'
import type { NodeProcess } from '../e2e/kit/node-process.ts'
import { compileWat } from '../fixtures/wasm/wat.ts'
import { type Measured, percentile, type Suite } from './harness.ts'
import { measurePromises } from './promises.ts'

const TASKS = 8
const STARTS = 3
const RUNS = 50
const EMPTY = '(module (memory (export "memory") 1) (func (export "_start")))'

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
  ],
  run: async (progress) => {
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
    }
    return measured
  },
}
