// One agent as a process of its own, told over IPC what to do: real keeper, real libp2p, a database on disk or in memory.
import { join } from 'node:path'
import { createBlobStore, createLibp2pNode } from '../../../node/adapters/libp2p/index.ts'
import { openLevelStore } from '../../../node/adapters/store/index.ts'
import {
  createSystemChance,
  createSystemClock,
  recoverSigner,
} from '../../../node/adapters/system/index.ts'
import { type ChannelKeeper, createChannelKeeper } from '../../../node/channel/index.ts'
import type { Store } from '../../../node/ports/index.ts'
import { createDigester, toHex } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { createMemoryStore } from '../../fakes/store.ts'
import { DEPOSIT, type Lane, type Plan, seed } from './seeding.ts'
import { createStillChain, IDENTITY } from './still-chain.ts'

export type Role = 'payer' | 'payee'
export type Disk = 'level' | 'memory'

/** What the process is told when it starts. */
export type Birth = {
  role: Role
  disk: Disk
  folder: string
  bootstrap: readonly string[]
  plans: readonly Plan[]
}

/** Pays over the lanes of one plan, each lane one payment after another. */
export type Order = { type: 'pay'; plan: number; warmUpMs: number; runMs: number }
export type Tell = Order | { type: 'meter' } | { type: 'stop' }

/** Times in milliseconds, processor time in microseconds. */
export type Paid = { type: 'paid'; times: number[]; elapsedMs: number; cpuUs: number }
export type Metered = { type: 'metered'; recorded: number; cpuUs: number }
export type Told = { type: 'started'; addresses: readonly string[] } | Paid | Metered

const clock = createSystemClock()
const chance = createSystemChance()
const cpuUs = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const openStore = ({ disk, folder, role }: Birth): Promise<Store> | Store => {
  if (disk === 'memory') return createMemoryStore()
  const owner = { agent: createTestSigner(role).address, chainId: IDENTITY.chainId }
  return openLevelStore({ folder: join(folder, role, 'db'), owner, log: silentLog })
}

const openAgent = async (birth: Birth) => {
  const { role, folder } = birth
  const signer = createTestSigner(role)
  const { chainId, contracts } = IDENTITY
  const marketDigest = createDigester({ chainId, verifyingContract: contracts.disputeArbiter })
  const shared = { signer, recover: recoverSigner, clock, log: silentLog }
  const node = await createLibp2pNode(
    {
      ...shared,
      digest: marketDigest,
      blobs: createBlobStore({ folder: join(folder, role, 'blobs') }),
    },
    {
      networkName: 'bench',
      seed: chance.bytes(32),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: birth.bootstrap,
      mdns: false,
      datastoreFolder: join(folder, role, 'peers'),
      testing: { loopback: true },
    },
  )
  const store = await openStore(birth)
  const sides = {
    role,
    payer: createTestSigner('payer').address,
    payee: createTestSigner('payee').address,
  }
  const lanes: Lane[][] = []
  for (const plan of birth.plans) lanes.push(await seed(store, sides, plan))
  let recorded = 0
  const keeper = createChannelKeeper(
    {
      ...shared,
      store,
      talk: node.talk,
      chain: createStillChain(DEPOSIT),
      submit: () => Promise.reject(new Error('nothing goes on chain here')),
      channelDigest: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
      marketDigest,
      chance,
      emit: ({ type }) => {
        if (type === 'channel.paid') recorded += 1
      },
    },
    { deposit: DEPOSIT },
  )
  await keeper.start()
  await node.network.start()
  const stop = async () => {
    await keeper.stop()
    await node.network.stop()
    await store.stop()
  }
  return { node, keeper, lanes, stop, recorded: () => recorded }
}

const createLaneRunner = (keeper: ChannelKeeper) => {
  const paidSoFar = new Map<string, bigint>()
  return async ({ agreementHash }: Lane, isOver: () => boolean, done: (ms: number) => void) => {
    while (!isOver()) {
      const paid = (paidSoFar.get(agreementHash) ?? 0n) + 1n
      paidSoFar.set(agreementHash, paid)
      const begun = performance.now()
      const memo = toHex(chance.bytes(32))
      await keeper.pay({ key: agreementHash, agreementHash, paid, memo })
      done(performance.now() - begun)
    }
  }
}

const payAll = async (
  pay: ReturnType<typeof createLaneRunner>,
  lanes: readonly Lane[],
  { warmUpMs, runMs }: Order,
): Promise<Paid> => {
  const times: number[] = []
  const startsAt = performance.now() + warmUpMs
  const endsAt = startsAt + runMs
  let usedBefore = 0
  let usedAfter = 0
  const done = (ms: number) => {
    const now = performance.now()
    if (now < startsAt || now > endsAt) return
    if (times.length === 0) usedBefore = cpuUs()
    times.push(ms)
  }
  const isOver = () => {
    if (performance.now() < endsAt) return false
    usedAfter ||= cpuUs()
    return true
  }
  await Promise.all(lanes.map((lane) => pay(lane, isOver, done)))
  return { type: 'paid', times, elapsedMs: runMs, cpuUs: usedAfter - usedBefore }
}

const live = async (birth: Birth) => {
  const agent = await openAgent(birth)
  const pay = createLaneRunner(agent.keeper)
  const say = (told: Told) => process.send?.(told)
  process.on('message', async (tell: Tell) => {
    if (tell.type === 'pay') say(await payAll(pay, agent.lanes[tell.plan] ?? [], tell))
    else if (tell.type === 'meter')
      say({ type: 'metered', recorded: agent.recorded(), cpuUs: cpuUs() })
    else {
      await agent.stop()
      process.exit(0)
    }
  })
  say({ type: 'started', addresses: agent.node.network.self().addresses })
}

process.once('message', (birth: Birth) => {
  live(birth).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  })
})
