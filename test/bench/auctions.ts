// Auctions end to end among real processes: a requester and three providers on one chain, from the order to the settled task.
import { readdir, readFile } from 'node:fs/promises'
import { isOver } from '../../protocols/control/index.ts'
import { ended, type Listening, listen, order } from '../e2e/kit/buying.ts'
import { openMarket } from '../e2e/kit/market.ts'
import type { NodeProcess } from '../e2e/kit/node-process.ts'
import { until } from '../e2e/kit/until.ts'
import { percentile } from './harness.ts'

const PROVIDERS = 3
const WARM_UP_MOST = 30
/** One after another, so that none waits for another's turn. */
const ALONE = 16
/** All at once. */
const TOGETHER = 40
const WINDOW_MS = 500
const TICKS_PER_SECOND = 100

/** Seconds of CPU that the processes below this one have used; NaN where the system does not say. */
const cpuOfChildren = async (): Promise<number> => {
  const names = await readdir('/proc').catch(() => [])
  let ticks = names.length === 0 ? Number.NaN : 0
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    // Fields behind the name, which may hold anything: state, parent, ..., user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[1]) === process.pid) ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS_PER_SECOND
}

const orderOne = async (buyer: NodeProcess, module: Uint8Array): Promise<string> => {
  const limits = { fuel: '1000000' }
  return (await order(buyer, { module, budget: '0.05', bidWindowMs: WINDOW_MS, limits })).id
}

const settled = async (buyer: NodeProcess, module: Uint8Array) => {
  const task = await ended(buyer, await orderOne(buyer, module))
  if (task.phase !== 'settled') throw new Error(`task ended ${task.phase}: ${task.message}`)
  return task
}

/** All of these tasks once they are over; one question for all, or the control port would refuse to be asked so often. */
const allEnded = async (buyer: NodeProcess, ids: readonly string[]) => {
  const over = async () => {
    const { items } = await buyer.client.tasks({ limit: 200 })
    return items.filter(({ id, phase }) => ids.includes(id) && isOver(phase))
  }
  await until('all tasks are over', async () => (await over()).length === ids.length)
  return over()
}

/** Buys until every provider has a channel: from then on each bids on whatever it hears. */
const warmUp = async (buyer: NodeProcess, module: Uint8Array): Promise<void> => {
  const known = new Set<string | null>()
  for (let task = 0; task < WARM_UP_MOST && known.size < PROVIDERS; task += 3) {
    const some = await Promise.all([1, 2, 3].map(() => settled(buyer, module)))
    for (const { provider } of some) known.add(provider)
  }
}

/** From the last second in which bids were taken to the countersigned agreement, in milliseconds. */
const delaysOf = async (buyer: NodeProcess, stream: Listening, ids: ReadonlySet<string>) => {
  const { items } = await buyer.client.tasks({ limit: 200 })
  const auctions = (await buyer.client.auctions({})).items
  return items.flatMap(({ id, auctionId }) => {
    const auction = auctions.find((found) => found.auctionId === auctionId)
    const agreed = stream.events.find(
      (event) => event.type === 'task.phase' && event.taskId === id && event.phase === 'agreed',
    )
    return ids.has(id) && auction && agreed ? [agreed.at - auction.closesAt * 1000] : []
  })
}

const measureAlone = async (buyer: NodeProcess, module: Uint8Array) => {
  const stream = await listen(buyer, 0)
  try {
    const ids = new Set<string>()
    for (let task = 0; task < ALONE; task += 1) ids.add((await settled(buyer, module)).id)
    const seen = () =>
      stream.events.filter((event) => event.type === 'task.phase' && event.phase === 'settled')
    await until('the events have come', async () => {
      const over = new Set(seen().map((event) => ('taskId' in event ? event.taskId : '')))
      return [...ids].every((id) => over.has(id))
    })
    return await delaysOf(buyer, stream, ids)
  } finally {
    stream.close()
  }
}

const measureTogether = async (buyer: NodeProcess, module: Uint8Array) => {
  const cpu = await cpuOfChildren()
  const begun = performance.now()
  const orders = Array.from({ length: TOGETHER }, () => orderOne(buyer, module))
  const tasks = await allEnded(buyer, await Promise.all(orders))
  const seconds = (performance.now() - begun) / 1000
  const sold = tasks.filter(({ phase }) => phase === 'settled').length
  return {
    perSecond: sold / seconds,
    perCpuSecond: sold / ((await cpuOfChildren()) - cpu),
    soldShare: sold / TOGETHER,
  }
}

/** Auctions per second and per second of CPU, and the time that one takes besides its bid window. */
export const measureAuctions = async (module: Uint8Array, progress: (line: string) => void) => {
  const market = await openMarket()
  try {
    progress(`starting ${PROVIDERS} providers and a requester`)
    const sells = { 'market.role': 'provider', 'market.capacity': 200, 'execution.maxQueue': 200 }
    const names = Array.from({ length: PROVIDERS }, (_, number) => `seller-${number}`)
    const sellers: NodeProcess[] = []
    for (const name of names) sellers.push(await market.join(name, sells))
    const buyer = await market.join('buyer', { 'market.role': 'requester' })
    await market.meet(buyer, sellers)
    await warmUp(buyer, module)
    progress(`buying ${ALONE} empty tasks one by one, then ${TOGETHER} at once`)
    const delays = await measureAlone(buyer, module)
    const together = await measureTogether(buyer, module)
    return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), ...together }
  } finally {
    await market.stop()
  }
}
