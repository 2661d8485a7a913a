import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Disk } from './channels/agent.ts'
import type { Cost } from './channels/cost.ts'
import { measureCrypto } from './channels/crypto.ts'
import { openPair, type Run } from './channels/pair.ts'
import { type Figure, type Goal, type Measured, percentile, type Suite } from './harness.ts'

const WARM_UP_MS = 2_000
const RUN_MS = 6_000

const plans = [
  { from: 0, channels: 1, deals: 1 },
  { from: 1, channels: 1, deals: 128 },
  { from: 2, channels: 100, deals: 2 },
]
const SEQUENTIAL = 0
const PIPELINED = 1
const HUNDRED = 2

const shapes = [
  { plan: SEQUENTIAL, name: 'one channel, one at a time' },
  { plan: PIPELINED, name: 'one channel, 128 deals at a time' },
  { plan: HUNDRED, name: '100 channels, 2 deals each at a time' },
]

const measurePair = async (disk: Disk, progress: (line: string) => void): Promise<Run[]> => {
  const pair = await openPair(disk, plans)
  const runs: Run[] = []
  try {
    for (const { plan, name } of shapes) {
      progress(`paying over ${name} (${disk})`)
      runs.push(await pair.run({ plan, warmUpMs: WARM_UP_MS, runMs: RUN_MS }))
    }
  } finally {
    await pair.stop()
  }
  return runs
}

const measureCost = async (): Promise<Cost> => {
  const script = join(import.meta.dirname, 'channels', 'cost.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  return JSON.parse(stdout)
}

const figure = (name: string, unit: string, goal: Goal | null = null): Figure => ({
  name,
  unit,
  goal,
})
const atLeast = (limit: number): Goal => ({ bound: 'at-least', limit })
const atMost = (limit: number): Goal => ({ bound: 'at-most', limit })

const rateGoals = [null, atLeast(2_000), atLeast(5_000)]

const pairFigures = shapes.flatMap(({ name, plan }) => [
  figure(`durable payments/s, ${name}`, '/s', rateGoals[plan]),
  figure(`payments/s in memory, ${name}`, '/s'),
  figure(`durable payment to ack, p50, ${name}`, 'ms'),
  figure(`durable payment to ack, p99, ${name}`, 'ms'),
  figure(`processor time per durable payment at the payer, ${name}`, 'us'),
  figure(`processor time per durable payment at the payee, ${name}`, 'us'),
  figure(`recorded by the payee per payment acknowledged, ${name}`, ''),
])

const ofPair = (level: readonly Run[], memory: readonly Run[]) => {
  const measured: Record<string, Measured> = {}
  for (const { name, plan } of shapes) {
    const [durable, volatile] = [level[plan] as Run, memory[plan] as Run]
    measured[`durable payments/s, ${name}`] = {
      value: durable.perSecond,
      baseline: volatile.perSecond,
    }
    measured[`payments/s in memory, ${name}`] = { value: volatile.perSecond }
    measured[`durable payment to ack, p50, ${name}`] = {
      value: percentile(durable.times, 0.5),
      baseline: percentile(volatile.times, 0.5),
    }
    measured[`durable payment to ack, p99, ${name}`] = {
      value: percentile(durable.times, 0.99),
      baseline: percentile(volatile.times, 0.99),
    }
    measured[`processor time per durable payment at the payer, ${name}`] = {
      value: durable.payerUs,
      baseline: volatile.payerUs,
    }
    measured[`processor time per durable payment at the payee, ${name}`] = {
      value: durable.payeeUs,
      baseline: volatile.payeeUs,
    }
    measured[`recorded by the payee per payment acknowledged, ${name}`] = {
      value: durable.recordedShare,
    }
  }
  return measured
}

const cryptoFigures = [
  figure('digest, this node, beside viem', '/s'),
  figure('sign, native, beside portable', '/s'),
  figure('sign, native, beside viem', '/s'),
  figure('recover signer, native, beside portable', '/s'),
  figure('recover signer, native, beside viem', '/s'),
]

const ofCrypto = (rates: Awaited<ReturnType<typeof measureCrypto>>): Record<string, Measured> => ({
  'digest, this node, beside viem': { value: rates.hash, baseline: rates.hashViem },
  'sign, native, beside portable': { value: rates.sign, baseline: rates.signPortable },
  'sign, native, beside viem': { value: rates.sign, baseline: rates.signViem },
  'recover signer, native, beside portable': {
    value: rates.verify,
    baseline: rates.verifyPortable,
  },
  'recover signer, native, beside viem': { value: rates.verify, baseline: rates.verifyViem },
})

const costFigures = [
  figure('check and record a promise, processor time, p50', 'ms'),
  figure('check and record a promise, processor time, p99', 'ms', atMost(0.39)),
  figure('wait for the disk per promise alone, p50', 'ms'),
  figure('wait for the disk per promise alone, p99', 'ms'),
  figure('memory per idle channel', 'bytes', atMost(4_096)),
]

const ofCost = (cost: Cost): Record<string, Measured> => ({
  'check and record a promise, processor time, p50': { value: cost.cpuP50 },
  'check and record a promise, processor time, p99': { value: cost.cpuP99 },
  'wait for the disk per promise alone, p50': { value: cost.waitP50 },
  'wait for the disk per promise alone, p99': { value: cost.waitP99 },
  'memory per idle channel': { value: cost.bytesPerChannel },
})

/** Payments between two processes over libp2p, durable on both sides, and what each of them costs. */
export const channelsSuite: Suite = {
  name: 'channels',
  figures: [...pairFigures, ...cryptoFigures, ...costFigures],
  run: async (progress) => {
    progress('signing, recovering and hashing')
    const crypto = await measureCrypto()
    progress('checking and recording promises without a network')
    const cost = await measureCost()
    const level = await measurePair('level', progress)
    const memory = await measurePair('memory', progress)
    return { ...ofPair(level, memory), ...ofCrypto(crypto), ...ofCost(cost) }
  },
}
