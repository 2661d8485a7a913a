import { createChannelKeeper } from '../../node/channel/index.ts'
import { createExecutor } from '../../node/execution/index.ts'
import {
  createAuctioneer,
  createBidder,
  createBoard,
  createCapacity,
  createComplaints,
  createPricingPolicy,
  serveBidDesk,
} from '../../node/market/index.ts'
import {
  createDealBook,
  createEventLog,
  createKeep,
  createNodeApi,
  createProvider,
  createRequester,
  createTaskBook,
  creditTo,
  type ProviderOptions,
  type RequesterOptions,
} from '../../node/orchestrator/index.ts'
import type { Content, Talk } from '../../node/ports/index.ts'
import { createScoreboard } from '../../node/reputation/index.ts'
import { createSettlement } from '../../node/settlement/index.ts'
import { createDigester } from '../../protocols/common/index.ts'
import { createSeededChance } from '../fakes/chance.ts'
import type { FakeClock } from '../fakes/clock.ts'
import { createRecordingLog } from '../fakes/log.ts'
import type { MemoryChain } from '../fakes/memory-chain.ts'
import type { MemoryNetwork } from '../fakes/memory-network.ts'
import type { FakeSandbox } from '../fakes/sandbox.ts'
import { createTestSigner, recoverSigner } from '../fakes/signer.ts'
import type { MemoryStore } from '../fakes/store.ts'
import {
  createLife,
  type Death,
  mortalChain,
  mortalClock,
  mortalStore,
  timedTalk,
} from './mortal.ts'

export type Surroundings = { clock: FakeClock; chain: MemoryChain; network: MemoryNetwork }

/** What an agent is, through all its lives. Amounts in atomic units. */
export type Character = {
  name: string
  isSeller: boolean
  sandbox: FakeSandbox
  basePrice: bigint
  pricePerMfuel: bigint
  slots: number
  requester: Partial<RequesterOptions>
  provider: Partial<ProviderOptions>
  /** Changes what its node says and hears, for agents that lie. */
  wrapTalk: (talk: Talk) => Talk
  wrapContent: (content: Content) => Content
}

export type LifeOptions = { store: MemoryStore; number: number; death: Death | null }

export const DEPOSIT = 2_000_000n
const MAX_BYTES = 1 << 20

const basics = (
  around: Surroundings,
  { name, wrapTalk, wrapContent }: Character,
  options: LifeOptions,
) => {
  const life = createLife()
  const signer = createTestSigner(name)
  const clock = mortalClock(around.clock, life)
  const node = around.network.join(signer.address)
  node.disconnect()
  life.onEnd(node.disconnect)
  const { chainId, contracts } = around.chain.identity
  const events = createEventLog({ clock })
  return {
    life,
    signer,
    clock,
    node,
    talk: wrapTalk(timedTalk(node.talk, clock)),
    content: wrapContent(node.content),
    chain: mortalChain(around.chain.for(signer.address), life),
    store: mortalStore(options.store, life, options.death),
    chance: createSeededChance(`${name} ${options.number}`),
    log: createRecordingLog(),
    events,
    emit: events.emit,
    recover: recoverSigner,
    digest: createDigester({ chainId, verifyingContract: contracts.disputeArbiter }),
    channelDigest: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
  }
}

type Basics = ReturnType<typeof basics>

const steps = (base: Basics, { sandbox, slots }: Character) => {
  const { chain, clock, content, digest, emit, log, node, signer, store } = base
  const settlement = createSettlement(
    { store, chain, clock, log, emit },
    {
      account: signer.address,
      pollMs: 1_000,
      fees: { cap: 10n ** 12n, urgentCap: 10n ** 13n },
      reserve: 0n,
    },
  )
  const channel = createChannelKeeper(
    { ...base, submit: settlement.submit, marketDigest: digest },
    { deposit: DEPOSIT, windowSeconds: 60, tickMs: 5_000 },
  )
  const scoreboard = createScoreboard({ store })
  return {
    settlement,
    channel,
    scoreboard,
    board: createBoard({ ...base, gossip: node.gossip }),
    executor: createExecutor({ content, sandbox, log }),
    capacity: createCapacity({ clock }, { slots }),
    tasks: createTaskBook({ store, clock, emit, keep: createKeep(content) }),
    deals: createDealBook({ store, clock, emit, keep: createKeep(content) }),
  }
}

type Steps = ReturnType<typeof steps>

const buyer = (base: Basics, parts: Steps, { sandbox, requester }: Character) => {
  const { scoreboard } = parts
  const reputationOf = (agent: Parameters<typeof scoreboard.scoreOf>[0]) => {
    const score = scoreboard.scoreOf(agent) / 100
    return { score, specialty: score }
  }
  const auctioneer = createAuctioneer({ ...base, board: parts.board, reputationOf })
  const options = {
    token: base.chain.identity.contracts.token,
    engineHash: sandbox.engineHash,
    offerTimeoutMs: 10_000,
    startTimeoutMs: 5_000,
    fundWithinSeconds: 20,
    reviewSeconds: 60,
    maxResultBytes: MAX_BYTES,
    prepaidMax: 1_000_000n,
    minSliceValue: 50_000n,
    ...requester,
  }
  serveBidDesk({ ...base, board: parts.board })
  const complaints = createComplaints({ ...base, board: parts.board })
  const gossip = base.node.gossip
  const deps = { ...base, ...parts, book: parts.tasks, gossip, auctioneer, complaints }
  return { auctioneer, requester: createRequester(deps, options) }
}

const seller = (base: Basics, parts: Steps, character: Character) => {
  const { basePrice, pricePerMfuel, sandbox } = character
  const maxExposure = 10_000_000n
  const policy = createPricingPolicy(
    { basePrice, pricePerMfuel, minPrice: 0n, loadMarginPercent: 0 },
    { maxExposure },
  )
  const bidder = createBidder(
    {
      ...{ ...base, board: parts.board, capacity: parts.capacity, policy },
      exposureTo: (requester) => creditTo(parts.deals, requester),
    },
    {
      engineHash: sandbox.engineHash,
      tokens: [base.chain.identity.contracts.token],
      maxFuel: 10n ** 10n,
      speedMfuelPerSecond: 1_000,
      startupMs: 100,
    },
  )
  const provider = createProvider(
    { ...base, ...parts, book: parts.deals },
    {
      maxInputBytes: MAX_BYTES,
      prepareSeconds: 8,
      answerTimeoutMs: 5_000,
      slicePatienceSeconds: 15,
      maxCredit: 1_000_000n,
      maxExposure,
      ...character.provider,
    },
  )
  return { bidder, provider }
}

const apiOf = (base: Basics, parts: Steps & ReturnType<typeof buyer>, { sandbox }: Character) =>
  createNodeApi(
    { ...base, ...parts, network: base.node.network, sandbox },
    {
      agent: base.signer.address,
      order: {
        limits: { fuel: 1_000_000_000n, memoryPages: 64, outputBytes: 1 << 16, wallMs: 10_000 },
        bidWindowMs: 2_000,
        deliverWithinSeconds: 20,
        slices: 10,
        maxModuleBytes: MAX_BYTES,
        escrowFrom: 10_000_000n,
      },
      maxContentBytes: MAX_BYTES,
      maxInputBytes: MAX_BYTES,
      maxResultBytes: MAX_BYTES,
      self: {
        did: `did:test:${base.signer.address}`,
        peerDid: 'did:key:z6Mk',
        version: '0.0.0',
        network: 'memory',
        startedAtMs: base.clock.nowMs(),
        offer: null,
      },
    },
  )

/** Starts one life of an agent, wired and started in the order of a real node. */
export const beginLife = async (
  around: Surroundings,
  character: Character,
  options: LifeOptions,
) => {
  const base = basics(around, character, options)
  const parts = steps(base, character)
  const bought = buyer(base, parts, character)
  const sold = seller(base, parts, character)
  const api = apiOf(base, { ...parts, ...bought }, character)
  const start = async () => {
    await parts.settlement.start()
    await parts.channel.start()
    await parts.scoreboard.start()
    parts.board.start()
    await sold.provider.start()
    await base.node.network.start()
    await bought.requester.start()
    if (character.isSeller) sold.bidder.start()
  }
  const stop = async () => {
    sold.bidder.stop()
    await bought.requester.stop()
    await base.node.network.stop()
    await sold.provider.stop()
    await parts.channel.stop()
    await parts.settlement.stop()
  }
  // A process may die while it starts, or while something is asked of it.
  const unlessDead = <T>(work: Promise<T>): Promise<T | undefined> =>
    Promise.race([
      work,
      new Promise<undefined>((resolve) => base.life.onEnd(() => resolve(undefined))),
    ])
  await unlessDead(start())
  return { ...base, ...parts, ...bought, ...sold, api, stop, unlessDead }
}

export type AgentLife = Awaited<ReturnType<typeof beginLife>>
