import {
  type ChannelKeeper,
  type ChannelKeeperOptions,
  createChannelKeeper,
} from '../../../node/channel/index.ts'
import type { Chain, ChainCall, Signer, Store } from '../../../node/ports/index.ts'
import {
  type Address,
  createDigester,
  faultCode,
  type Hash,
  keccak256,
  toHex,
} from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { createSeededChance } from '../../fakes/chance.ts'
import { createFakeClock, type FakeClock, settle } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { createMemoryChain, type MemoryChain } from '../../fakes/memory-chain.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../fakes/memory-network.ts'
import { createDirectSubmit } from '../../fakes/memory-submit.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import { createMemoryStore, type MemoryStore, type StoreSnapshot } from '../../fakes/store.ts'

export const hashOf = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))

/** The code of whatever was thrown. */
export const faultOf = (error: unknown): string => faultCode(error)

export const START_BALANCE = 10_000n
export const WINDOW = 3_600

export type Agent = {
  signer: Signer
  address: Address
  keeper: ChannelKeeper
  store: MemoryStore
  events: NodeEvent[]
  log: ReturnType<typeof createRecordingLog>
  submit: (key: string, call: ChainCall) => Promise<{ hash: Hash; block: number }>
  disconnect(): void
  reconnect(): void
  /** Ends the process without warning and starts another on what is on disk, or on the given backup. */
  restart(backup?: StoreSnapshot): Promise<void>
}

export type World = { clock: FakeClock; chain: MemoryChain; network: MemoryNetwork }

/** Stands between an agent and the world: every write, question and chain call passes through it. */
export type Cut = <T>(act: () => Promise<T>) => Promise<T>

const uncut: Cut = (act) => act()

type AgentOptions = Partial<ChannelKeeperOptions> & {
  wrapStore?: (store: MemoryStore) => Store
  /** For the agent's first life only. */
  cut?: Cut
}

export const createTestWorld = (names = ['ann', 'bob', 'cleo']): World => {
  const clock = createFakeClock()
  const accounts = Object.fromEntries(
    names.map((name) => [createTestSigner(name).address, START_BALANCE]),
  )
  return { clock, chain: createMemoryChain({ clock, accounts }), network: createMemoryNetwork() }
}

export const digestsOf = ({ chain }: World) => {
  const { chainId, contracts } = chain.identity
  return {
    channelDigest: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
    marketDigest: createDigester({ chainId, verifyingContract: contracts.disputeArbiter }),
  }
}

export const join = async (
  world: World,
  name: string,
  { wrapStore = (store) => store, cut: firstCut = uncut, ...options }: AgentOptions = {},
): Promise<Agent> => {
  const signer = createTestSigner(name)
  const chain: Chain = world.chain.for(signer.address)
  const events: NodeEvent[] = []
  const log = createRecordingLog()
  // Settlement is durable on its own: a restart finds the outcome of every call.
  const submit = createDirectSubmit(chain)
  let lives = 0
  const live = async (store: MemoryStore) => {
    lives += 1
    const cut = lives === 1 ? firstCut : uncut
    const node = world.network.join(signer.address)
    const disk = wrapStore(store)
    const keeper = createChannelKeeper(
      {
        ...digestsOf(world),
        store: { ...disk, commit: (writes) => cut(() => disk.commit(writes)) },
        talk: { ...node.talk, request: (...question) => cut(() => node.talk.request(...question)) },
        chain,
        submit: (key, call) => cut(() => agent.submit(key, call)),
        signer,
        recover: recoverSigner,
        clock: world.clock,
        chance: createSeededChance(`${name} ${lives}`),
        log,
        emit: (event) => events.push(event),
      },
      { deposit: 100n, windowSeconds: WINDOW, ...options },
    )
    Object.assign(agent, {
      keeper,
      store,
      disconnect: node.disconnect,
      reconnect: node.reconnect,
    })
    await keeper.start()
  }
  const agent = {
    signer,
    address: signer.address,
    events,
    log,
    submit,
    restart: async (backup?: StoreSnapshot) => {
      const next = agent.store.reopen()
      await live(backup ? createMemoryStore(backup) : next)
    },
  } as Agent
  await live(createMemoryStore())
  return agent
}

/** Lets everything in memory that is under way come to rest. */
export const rest = async ({ network }: World): Promise<void> => {
  for (let round = 0; round < 3; round++) {
    await settle()
    await network.settled()
  }
  await settle()
}

export type Pair = World & { ann: Agent; bob: Agent }

/** Ann buys from Bob. */
export const createPair = async (
  options: { ann?: AgentOptions; bob?: AgentOptions } = {},
): Promise<Pair> => {
  const world = createTestWorld()
  const ann = await join(world, 'ann', options.ann)
  const bob = await join(world, 'bob', options.bob)
  return { ...world, ann, bob }
}

export type Deal = { key: Hash; agreementHash: Hash; amount: bigint; channelId: Hash }

/** A deal that is reserved, covered and backed. */
export const strike = async ({ ann, bob }: Pair, name: string, amount: bigint): Promise<Deal> => {
  const key = hashOf(`auction ${name}`)
  const agreementHash = hashOf(`agreement ${name}`)
  const { channelId } = await ann.keeper.reserve({ provider: bob.address, amount, key })
  await ann.keeper.confirm(key)
  await bob.keeper.back({ channelId, agreementHash, amount, payer: ann.address })
  return { key, agreementHash, amount, channelId }
}

export const payTo = ({ ann }: Pair, deal: Deal, paid: bigint) =>
  ann.keeper.pay({
    key: deal.key,
    agreementHash: deal.agreementHash,
    paid,
    memo: hashOf(`${deal.agreementHash} ${paid}`),
  })

export const finishBoth = async ({ ann, bob }: Pair, deal: Deal): Promise<void> => {
  await ann.keeper.release(deal.key)
  await bob.keeper.finish(deal.agreementHash)
}

export const balancesOf = ({ chain, ann, bob }: Pair) => ({
  ann: chain.balanceOf(ann.address) - START_BALANCE,
  bob: chain.balanceOf(bob.address) - START_BALANCE,
})

/** Everything that was put on chain, allowances left out. */
export const callsOf = ({ chain }: Pair) =>
  chain
    .mined()
    .filter(({ call }) => call.type !== 'approve-token')
    .map(({ call }) => call.type)

export const stopAll = async ({ ann, bob }: Pair): Promise<void> => {
  await ann.keeper.stop()
  await bob.keeper.stop()
}
