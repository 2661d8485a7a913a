import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import { startLocalChain } from '../../../node/adapters/anvil/index.ts'
import { createSystemClock } from '../../../node/adapters/system/index.ts'
import { connectChain } from '../../../node/adapters/viem/index.ts'
import type { ChannelKeeper } from '../../../node/channel/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner, testPrivateKey } from '../../fakes/signer.ts'
import { audit, type ChainTruth } from './checker.ts'
import type { Answered, Asked, Birth, Death } from './real-agent.ts'
import type { StormDeal } from './storm.ts'

const script = join(import.meta.dirname, 'real-agent.ts')
const BLOCK_SECONDS = 0.1
const ASK_MS = 40_000
const STATUSES = ['none', 'open', 'closing', 'closed']

type Remote<T> = {
  [Name in keyof T]: T[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never
}

export type RealMethods = Remote<ChannelKeeper> & {
  seen(): Promise<string[]>
  pending(): Promise<number>
  balances(): Promise<{ native: bigint; token: bigint }>
  startStorm(deals: readonly StormDeal[]): Promise<void>
  stopStorm(): Promise<void>
}

/** A process that may be dead by now. */
export type RealAgent = {
  name: string
  addresses: readonly string[]
  ask: RealMethods
  isDead(): boolean
  kill(): Promise<void>
  stop(): Promise<void>
}

const isGone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

const createLine = (child: ChildProcess) => {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const started = Promise.withResolvers<readonly string[]>()
  started.promise.catch(() => {})
  let nextId = 0
  child.on('message', (told: Answered) => {
    if ('started' in told) return started.resolve(told.started)
    const question = waiting.get(told.id)
    waiting.delete(told.id)
    if ('value' in told) question?.resolve(told.value)
    else question?.reject(new Fault(told.code, told.message))
  })
  child.once('exit', () => {
    const dead = new Error('the process died')
    started.reject(dead)
    for (const question of waiting.values()) question.reject(dead)
  })
  const ask = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (isGone(child) || !child.connected) throw new Error('the process died')
    const question = Promise.withResolvers<unknown>()
    const id = nextId++
    waiting.set(id, question)
    child.send({ id, method, args } satisfies Asked, () => {})
    const late = pause(ASK_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${method} was not answered in time`)
    })
    return Promise.race([question.promise, late])
  }
  return { started: started.promise, ask }
}

const startAgent = async (birth: Birth): Promise<RealAgent> => {
  const child = fork(script, [], { serialization: 'advanced', stdio: 'inherit' })
  const line = createLine(child)
  child.send(birth)
  // It may be told to die while it starts.
  const addresses = await line.started.catch(() => [])
  const ask = new Proxy({} as RealMethods, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        line.ask(method, args),
  })
  const gone = () => (isGone(child) ? Promise.resolve() : once(child, 'exit'))
  return {
    name: birth.name,
    addresses,
    ask,
    isDead: () => isGone(child),
    kill: async () => {
      const exit = gone()
      child.kill('SIGKILL')
      await exit
    },
    stop: async () => {
      const exit = gone()
      await line.ask('stop', []).catch(() => {})
      await exit
    },
  }
}

export type RealSide = 'payer' | 'payee'
export const REAL_SIDES: readonly RealSide[] = ['payer', 'payee']

const startChain = async (folder: string) => {
  const connected = await connectChain(
    { startLocalChain, clock: createSystemClock(), log: silentLog },
    {
      dataFolder: join(folder, 'chain'),
      privateKey: testPrivateKey('observer'),
      rpcUrls: [],
      network: null,
      deployment: null,
      local: { fund: null, blockTimeSeconds: BLOCK_SECONDS },
    },
  )
  const rpcUrl = connected.rpcUrls[0] as string
  const client = createPublicClient({ transport: http(rpcUrl) })
  const { chainId, contracts } = connected.identity
  const tokensOf = (owner: `0x${string}`) =>
    client.readContract({
      address: contracts.token,
      abi: testTokenAbi,
      functionName: 'balanceOf',
      args: [owner],
    })
  const channel: ChainTruth['channel'] = async (channelId) => {
    const [deposit, claimed, , status, epoch] = await client.readContract({
      address: contracts.paymentChannel,
      abi: paymentChannelContractAbi,
      functionName: 'channel',
      args: [channelId],
    })
    return { deposit, claimed, epoch, status: STATUSES[status] ?? 'none' }
  }
  const promised = (channelId: `0x${string}`) =>
    client.readContract({
      address: contracts.paymentChannel,
      abi: paymentChannelContractAbi,
      functionName: 'promised',
      args: [channelId],
    })
  return { connected, rpcUrl, client, chainId, contracts, tokensOf, channel, promised }
}

export type RealChain = Awaited<ReturnType<typeof startChain>>

/** A chain and two agents as processes; whoever dies is started again on its folder. */
export const createRealWorld = async ({ deposit, funds }: { deposit: bigint; funds: bigint }) => {
  const root = await mkdtemp(join(tmpdir(), 'souk-crash-'))
  const chain = await startChain(root)
  let folder = ''
  let names: Record<RealSide, string> = { payer: '', payee: '' }
  const now = {} as Record<RealSide, RealAgent>
  let round = 0
  let kills = 0

  const begin = async (side: RealSide, death: Death | null = null): Promise<void> => {
    const other = now[side === 'payer' ? 'payee' : 'payer']
    now[side] = await startAgent({
      name: names[side],
      folder,
      rpcUrl: chain.rpcUrl,
      deployment: chain.connected.deployment,
      bootstrap: other && !other.isDead() ? other.addresses : [],
      deposit,
      funds,
      death,
    })
  }

  const addressOf = (side: RealSide) => createTestSigner(names[side]).address
  const dbOf = (side: RealSide) => join(folder, names[side], 'db')

  return {
    now,
    chain,
    addressOf,
    dbOf,
    /** Two fresh agents with fresh keys, each with the death that is planned for it. */
    enter: async (deaths: Partial<Record<RealSide, Death>> = {}): Promise<void> => {
      round += 1
      kills = 0
      folder = join(root, `round-${round}`)
      names = { payer: `payer ${round}`, payee: `payee ${round}` }
      for (const side of REAL_SIDES) delete (now as Partial<typeof now>)[side]
      for (const side of REAL_SIDES) await begin(side, deaths[side] ?? null)
    },
    /** How many processes of this round died before their time. */
    kills: () => kills,
    revive: async (): Promise<void> => {
      for (const side of REAL_SIDES) {
        while (now[side].isDead()) {
          kills += 1
          await begin(side)
        }
      }
    },
    /** Once all that is owed has been answered, nothing more happens before the window is over. */
    skipWindow: async (): Promise<void> => {
      for (const { channelId, sent, phase } of await now.payer.ask.list()) {
        if (phase !== 'closing') continue
        const { claimed } = await chain.channel(channelId)
        const answered = await chain.promised(channelId)
        if (answered < BigInt(sent) && claimed < BigInt(sent)) continue
        await chain.client.request({
          method: 'evm_increaseTime' as never,
          params: [3_700] as never,
        })
      }
    },
    /** Ends both well, reads both databases and the chain. */
    audit: async (): Promise<bigint> => {
      for (const side of REAL_SIDES) await now[side].stop()
      const gained = async (side: RealSide) => (await chain.tokensOf(addressOf(side))) - funds
      return audit(
        { payers: [dbOf('payer')], payee: dbOf('payee') },
        {
          chainId: chain.chainId,
          contract: chain.contracts.paymentChannel,
          gained: { payers: await gained('payer'), payee: await gained('payee') },
          held: await chain.tokensOf(chain.contracts.paymentChannel),
          channel: chain.channel,
        },
      )
    },
    stop: async (): Promise<void> => {
      for (const side of REAL_SIDES) await now[side]?.kill()
      await chain.connected.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

export type RealWorld = Awaited<ReturnType<typeof createRealWorld>>
