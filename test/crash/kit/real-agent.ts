// One agent as a process of its own: real disk, real libp2p, real chain. Told over IPC what to do, and at which act to kill itself.
import { join } from 'node:path'
import { startLocalChain } from '../../../node/adapters/anvil/index.ts'
import { createBlobStore, createLibp2pNode } from '../../../node/adapters/libp2p/index.ts'
import { openLevelStore } from '../../../node/adapters/store/index.ts'
import { createSystemChance, createSystemClock } from '../../../node/adapters/system/index.ts'
import { connectChain, type Deployment } from '../../../node/adapters/viem/index.ts'
import type { ChannelKeeper } from '../../../node/channel/index.ts'
import type { Chain } from '../../../node/ports/index.ts'
import { createDigester, faultCode } from '../../../protocols/common/index.ts'
import { createLife } from '../../builders/mortal.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner, recoverSigner, testPrivateKey } from '../../fakes/signer.ts'
import { createBody } from './body.ts'
import { doomChain, doomStore, doomTalk } from './doomed.ts'
import type { Fate, Moment } from './points.ts'
import { createStorm } from './storm.ts'

export type Death = { name: string; moment: Moment }

export type Birth = {
  name: string
  folder: string
  rpcUrl: string
  deployment: Deployment
  bootstrap: readonly string[]
  deposit: bigint
  /** Tokens to begin with. */
  funds: bigint
  death: Death | null
}

export type Asked = { id: number; method: string; args: readonly unknown[] }
export type Answered =
  | { id: number; value: unknown }
  | { id: number; code: string; message: string }
  | { started: readonly string[] }

const WINDOW_SECONDS = 3_600

const clock = createSystemClock()
const chance = createSystemChance()
const seen = new Set<string>()

const fateOf =
  (death: Death | null): Fate =>
  (names, moment) => {
    for (const name of names) seen.add(`${moment} ${name}`)
    return death !== null && moment === death.moment && names.includes(death.name)
  }

const connect = async ({ name, folder, rpcUrl, deployment, funds }: Birth) => {
  const { chain } = await connectChain(
    { startLocalChain, clock, log: silentLog },
    {
      dataFolder: join(folder, name),
      privateKey: testPrivateKey(name),
      rpcUrls: [rpcUrl],
      network: null,
      deployment,
      local: { fund: { native: 10n ** 18n, token: funds } },
      pollMs: 100,
    },
  )
  return chain
}

const joinNetwork = ({ name, folder, bootstrap }: Birth, { identity }: Chain) =>
  createLibp2pNode(
    {
      signer: createTestSigner(name),
      recover: recoverSigner,
      digest: createDigester({
        chainId: identity.chainId,
        verifyingContract: identity.contracts.disputeArbiter,
      }),
      clock,
      log: silentLog,
      blobs: createBlobStore({ folder: join(folder, name, 'blobs') }),
    },
    {
      networkName: 'crash',
      seed: testPrivateKey(`peer ${name}`),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      mdns: false,
      datastoreFolder: join(folder, name, 'peers'),
      testing: { loopback: true },
    },
  )

const live = async (birth: Birth) => {
  const { name, folder, death, deposit } = birth
  const life = createLife()
  // No goodbye, no flush.
  life.onEnd(() => process.kill(process.pid, 'SIGKILL'))
  const doom = { life, fate: fateOf(death) }
  const signer = createTestSigner(name)
  const chain = await connect(birth)
  const db = join(folder, name, 'db')
  const owner = { agent: signer.address, chainId: chain.identity.chainId }
  const real = await openLevelStore({ folder: db, owner, log: silentLog })
  const { store } = await doomStore(real, { doom, folder: db })
  const net = await joinNetwork(birth, chain)
  const { keeper, settlement } = createBody(
    {
      store,
      chain: doomChain(chain, doom),
      clock,
      talk: doomTalk(net.talk, doom),
      signer,
      chance,
    },
    { deposit, windowSeconds: WINDOW_SECONDS, tickMs: 200, retryMs: 200 },
  )
  await settlement.start()
  await keeper.start()
  await net.network.start()
  const storm = createStorm(keeper)
  const own: Record<string, (...args: never[]) => unknown> = {
    seen: () => [...seen],
    pending: () => settlement.status().pending,
    balances: settlement.balances,
    stop: async () => {
      await storm.stop()
      await keeper.stop()
      await net.network.stop()
      await settlement.stop()
      await real.stop()
    },
    startStorm: storm.start,
    stopStorm: storm.stop,
  }
  return { addresses: () => net.network.self().addresses, keeper, own }
}

const methodOf = (
  { keeper, own }: Awaited<ReturnType<typeof live>>,
  method: string,
): ((...args: unknown[]) => unknown) => {
  const found = own[method] ?? keeper[method as keyof ChannelKeeper]
  if (found === undefined) throw new Error(`no method ${method}`)
  return found as (...args: unknown[]) => unknown
}

const say = (told: Answered) => process.send?.(told)

process.once('message', async (birth: Birth) => {
  const agent = await live(birth)
  process.on('message', async ({ id, method, args }: Asked) => {
    try {
      say({ id, value: await methodOf(agent, method)(...args) })
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
      say({ id, code: faultCode(error), message })
    }
    if (method === 'stop') process.exit(0)
  })
  say({ started: agent.addresses() })
})
// Whoever started this process is gone.
process.once('disconnect', () => process.exit(0))
