import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Birth, Disk, Metered, Order, Paid, Role, Tell, Told } from './agent.ts'
import type { Plan } from './seeding.ts'

const script = join(import.meta.dirname, 'agent.ts')

const answer = async <T extends Told>(child: ChildProcess): Promise<T> => {
  const outcome = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => null)])
  if (outcome === null) throw new Error('an agent of the bench died')
  return outcome[0] as T
}

const ask = <T extends Told>(child: ChildProcess, tell: Tell): Promise<T> => {
  const told = answer<T>(child)
  child.send(tell)
  return told
}

// SOUK_BENCH_PROFILE=FOLDER writes a processor profile of each agent there.
const flagsFor = (role: Role): string[] => {
  const folder = process.env.SOUK_BENCH_PROFILE
  return folder ? ['--cpu-prof', '--cpu-prof-dir', join(folder, role)] : []
}

const start = async (birth: Birth) => {
  const child = fork(script, [], { execArgv: flagsFor(birth.role), stdio: 'inherit' })
  const told = answer<Extract<Told, { type: 'started' }>>(child)
  child.send(birth)
  return { child, addresses: (await told).addresses }
}

/** What a run of payments showed: every promise recorded by the payee on its own account, processor time of both sides each. */
export type Run = {
  perSecond: number
  times: readonly number[]
  payerUs: number
  payeeUs: number
  /** Recorded by the payee in proportion to those acknowledged: 1 where none was overtaken. */
  recordedShare: number
}

export type Pair = { run(order: Omit<Order, 'type'>): Promise<Run>; stop(): Promise<void> }

/** Two processes that know one another and have the planned channels open. */
export const openPair = async (disk: Disk, plans: readonly Plan[]): Promise<Pair> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-bench-'))
  const payee = await start({ role: 'payee', disk, folder, bootstrap: [], plans })
  const payer = await start({ role: 'payer', disk, folder, bootstrap: payee.addresses, plans })
  const meter = () => ask<Metered>(payee.child, { type: 'meter' })
  return {
    run: async (order) => {
      const before = await meter()
      const paid = await ask<Paid>(payer.child, { type: 'pay', ...order })
      const after = await meter()
      const recorded = after.recorded - before.recorded
      const share = paid.elapsedMs / (paid.elapsedMs + order.warmUpMs)
      const count = paid.times.length
      return {
        perSecond: count / (paid.elapsedMs / 1_000),
        times: paid.times,
        payerUs: paid.cpuUs / count,
        payeeUs: (after.cpuUs - before.cpuUs) / recorded,
        recordedShare: (recorded * share) / count,
      }
    },
    stop: async () => {
      for (const { child } of [payer, payee]) {
        const gone = once(child, 'exit')
        child.send({ type: 'stop' })
        await gone
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
