// Run as a process of its own, so that nothing else uses its processor time or its memory. Prints one line of JSON.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLevelStore } from '../../../node/adapters/store/index.ts'
import { payFromWire, payToWire } from '../../../protocols/channel/index.ts'
import { decodeCbor, encodeCbor, toHex } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { createMemoryStore } from '../../fakes/store.ts'
import { percentile } from '../harness.ts'
import { channelDigest, openPayee } from './payee-desk.ts'
import { type Lane, seed } from './seeding.ts'
import { IDENTITY } from './still-chain.ts'

const WARM_UP = 500
const PROMISES = 3_000
const IDLE_CHANNELS = 10_000

const sides = {
  role: 'payee' as const,
  payer: createTestSigner('payer').address,
  payee: createTestSigner('payee').address,
}

const payer = createTestSigner('payer')

/** The bytes of a message with one payment, as the payer's stream would bring them. */
const messageOf = ({ channelId, agreementHash }: Lane, sent: bigint): Uint8Array => {
  const memo = toHex(new Uint8Array(32).fill(Number(sent % 251n)))
  const blank = { channelId, epoch: 0, fromA: true, lockedTotal: 0n }
  const message = { ...blank, sent, locksRoot: toHex(new Uint8Array(32)), memo }
  const promise = { message, signature: payer.sign(channelDigest('PayState', message)) }
  return encodeCbor(payToWire([{ channelId, agreementHash, paid: sent, memo, promise }]))
}

const threadUs = () => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Each promise alone: processor time of the thread until it is durable, and the time the thread waited for the disk. */
const checkAndRecord = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-bench-'))
  const owner = { agent: sides.payee, chainId: IDENTITY.chainId }
  const store = await openLevelStore({ folder, owner, log: silentLog })
  const [lane] = await seed(store, sides, { from: 0, channels: 1, deals: 1 })
  const { ask, keeper } = await openPayee(store)
  const used: number[] = []
  const waited: number[] = []
  for (let sent = 1n; sent <= BigInt(WARM_UP + PROMISES); sent++) {
    const bytes = messageOf(lane as Lane, sent)
    const [usedBefore, begun] = [threadUs(), performance.now()]
    const body = decodeCbor(bytes)
    if (payFromWire(body) === null) throw new Error('not a payment')
    await ask('pay', body)
    const [usedAfter, ended] = [threadUs(), performance.now()]
    if (sent <= WARM_UP) continue
    used.push((usedAfter - usedBefore) / 1_000)
    waited.push(ended - begun - (usedAfter - usedBefore) / 1_000)
  }
  const held = await keeper.paidFor((lane as Lane).agreementHash)
  if (held !== BigInt(WARM_UP + PROMISES)) throw new Error(`only ${held} were recorded`)
  await keeper.stop()
  await store.stop()
  await rm(folder, { recursive: true, force: true })
  return { used, waited }
}

const heapBytes = (): number => {
  if (gc === undefined) throw new Error('needs --expose-gc')
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

/** What the keeper holds in memory for a channel on which nothing happens. */
const memoryPerChannel = async (): Promise<number> => {
  const store = createMemoryStore()
  await seed(store, sides, { from: 0, channels: IDLE_CHANNELS, deals: 0 })
  const before = heapBytes()
  const { keeper } = await openPayee(store)
  const after = heapBytes()
  const open = keeper.list().filter(({ phase }) => phase === 'open').length
  if (open !== IDLE_CHANNELS) throw new Error(`only ${open} channels are open`)
  await keeper.stop()
  return (after - before) / IDLE_CHANNELS
}

const { used, waited } = await checkAndRecord()
const cost = {
  cpuP50: percentile(used, 0.5),
  cpuP99: percentile(used, 0.99),
  waitP50: percentile(waited, 0.5),
  waitP99: percentile(waited, 0.99),
  bytesPerChannel: await memoryPerChannel(),
}
process.stdout.write(`${JSON.stringify(cost)}\n`)

export type Cost = typeof cost
