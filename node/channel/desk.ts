import type { ChannelFault } from '../../protocols/channel/index.ts'
import {
  type Address,
  type Amount,
  type CborValue,
  type Digester,
  Fault,
  faultCode,
  type Hash,
  MAX_AMOUNT,
  type RecoverSigner,
  type UnixSeconds,
} from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { BatchLimits } from '../../protocols/settlement/index.ts'
import type {
  CallTerms,
  Chain,
  ChainCall,
  Chance,
  Clock,
  Log,
  Signer,
  Store,
  Talk,
  TalkHandler,
} from '../ports/index.ts'
import { type Courier, createCourier } from './courier.ts'
import { refuse } from './refuse.ts'
import { createSerial, type Serial } from './serial.ts'
import type { Shelf } from './shelf.ts'

/** Settlement's way to the chain: the same key is carried out once, whatever happens between. Throws Fault TX_REVERTED when refused. */
export type Submit = (
  key: string,
  call: ChainCall,
  terms?: CallTerms,
) => Promise<{ hash: Hash; block: number }>

export type ChannelKeeperDeps = {
  store: Store
  talk: Talk
  chain: Pick<Chain, 'identity' | 'channel' | 'head' | 'watch' | 'promised' | 'fees'>
  submit: Submit
  signer: Signer
  recover: RecoverSigner
  /** Digests of PayState and CoopClose. */
  channelDigest: Digester
  /** Digests of Refund. */
  marketDigest: Digester
  clock: Clock
  chance: Chance
  log: Log
  emit: Emit
}

/** Times in seconds where they say so, else in milliseconds; amounts in atomic units. */
export type ChannelKeeperOptions = {
  /** Least deposit of a new channel, and the step of top-ups. */
  deposit: Amount
  /** Challenge window of new channels; the chain's minimum where that is longer. */
  windowSeconds: number
  /** Most one payer may have promised and this agent not claimed, before it is claimed; null never claims by itself. */
  maxUnclaimed: Amount | null
  /** How long promises of one payer may wait to be claimed, in seconds. */
  maxUnclaimedSeconds: number
  /** When claims that nothing presses are worth a transaction. */
  batch: BatchLimits
  /** Channels with one other agent that are not closed, in either direction. */
  maxChannelsPerPeer: number
  /** Agents that watch this agent's channels while it is away, and for how many seconds they may act. */
  towers: readonly Address[]
  leaveSeconds: number
  /** Whether this agent watches channels for others, and how many. */
  isTower: boolean
  maxDutiesPerClient: number
  maxDuties: number
  /** Between two looks at what towers hold. */
  towerMs: number
  /** How many channels may be closing before another window is begun. */
  closesAtOnce: number
  /** Whether stop() first claims what is promised. */
  claimOnStop: boolean
  /** How long pay() waits for its acknowledgement. */
  payTimeoutMs: number
  /** Between two attempts to reach a peer that is waited for. */
  retryMs: number
  /** How long one question to a peer may take. */
  requestTimeoutMs: number
  /** Between two looks at what the chain asks of this side. */
  tickMs: number
  /** For how long a cooperative close is signed, at most ten minutes. */
  closeValidSeconds: number
  /** After validUntil, until an unused close is taken for void: confirmations and clocks. */
  lapseMarginSeconds: number
  /** How long the payee lets the payer settle first. */
  settleGraceSeconds: number
  /** Channels one payer, and all payers together, may propose and not open. */
  maxProposalsPerPeer: number
  maxProposals: number
  /** After how many seconds one of them may be forgotten to make room. */
  proposalSeconds: number
}

export const defaultOptions: ChannelKeeperOptions = {
  deposit: 0n,
  windowSeconds: 3600,
  maxUnclaimed: null,
  maxUnclaimedSeconds: 86_400,
  batch: {
    count: 100,
    ageSeconds: 86_400,
    value: MAX_AMOUNT,
    lowFeePercent: 0,
    marginSeconds: 0,
  },
  maxChannelsPerPeer: 256,
  closesAtOnce: 8,
  towers: [],
  leaveSeconds: 30 * 86_400,
  isTower: false,
  maxDutiesPerClient: 64,
  maxDuties: 4_096,
  towerMs: 5_000,
  claimOnStop: false,
  payTimeoutMs: 30_000,
  retryMs: 2_000,
  requestTimeoutMs: 10_000,
  tickMs: 1_000,
  closeValidSeconds: 300,
  lapseMarginSeconds: 60,
  settleGraceSeconds: 60,
  maxProposalsPerPeer: 4,
  maxProposals: 1_000,
  proposalSeconds: 3_600,
}

/** What every part of the keeper works with. */
export type Desk = {
  deps: ChannelKeeperDeps
  options: ChannelKeeperOptions
  shelf: Shelf
  self: Address
  /** Aborted by stop(). */
  stopping: AbortSignal
  /** One job of a channel that moves money on chain at a time. */
  onChain: Serial
  /** Channels with a claim or a top-up on its way, whose balances are about to change. */
  moving: Set<Hash>
  /** Compared with the other side since it was last connected. */
  synced: Set<Hash>
  background(name: string, task: () => Promise<void>): void
  /** Resolves once all background tasks have ended. */
  idle(): Promise<void>
  /** Answers one type of question until the keeper stops. */
  serve(type: string, handler: TalkHandler): void
  ask(
    peer: Address,
    question: { type: string; body: CborValue },
    signal?: AbortSignal,
  ): Promise<CborValue>
  submit: Submit
  chainTime(): Promise<UnixSeconds>
  courier: Courier
}

/** Work that nobody waits for. */
const createErrands = (log: Log, stopping: AbortSignal): Pick<Desk, 'background' | 'idle'> => {
  const running = new Set<Promise<void>>()
  return {
    background: (name, task) => {
      if (stopping.aborted) return
      const run: Promise<void> = task()
        .catch((error: unknown) => {
          if (stopping.aborted) return
          log.warn({ task: name, code: faultCode(error), err: error }, 'channel task failed')
        })
        .finally(() => running.delete(run))
      running.add(run)
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

export const createDesk = (
  deps: ChannelKeeperDeps,
  options: ChannelKeeperOptions,
  { shelf, stopping }: { shelf: Shelf; stopping: AbortSignal },
): Desk => {
  const errands = createErrands(deps.log, stopping)
  const stopped = new Promise<never>((_, reject) => {
    stopping.addEventListener('abort', () => reject(stopping.reason), { once: true })
  })
  stopped.catch(() => {})
  const ask: Desk['ask'] = (peer, { type, body }, signal = stopping) =>
    deps.talk.request(
      peer,
      { protocol: '/souk/channel/1', type, body },
      { timeoutMs: options.requestTimeoutMs, signal },
    )
  return {
    deps,
    options,
    shelf,
    self: deps.signer.address,
    stopping,
    onChain: createSerial(),
    moving: new Set(),
    synced: new Set(),
    ...errands,
    serve: (type, handler) =>
      deps.talk.serve('/souk/channel/1', type, async (body, from) => {
        if (stopping.aborted) throw refuse('KEEPER_STOPPED')
        return handler(body, from)
      }),
    ask,
    // Settlement goes on with a call after this keeper has stopped, and knows its outcome next time.
    submit: (key, call, terms) => Promise.race([deps.submit(key, call, terms), stopped]),
    chainTime: async () => (await deps.chain.head()).timestamp,
    courier: createCourier({ shelf, ask, background: errands.background }),
  }
}

/** Whether the chain surely did not carry out a call. Anything else leaves its outcome open. */
export const isReverted = (error: unknown): boolean =>
  ['TX_REVERTED', 'CALL_WOULD_REVERT'].includes(faultCode(error))

/** The code of a fault as one of this protocol's, for comparing what the other side answered. */
export const isFault = (error: unknown, ...codes: readonly ChannelFault[]): boolean =>
  error instanceof Fault && codes.some((code) => code === error.code)

/** A parsed message, or its refusal. */
export const wellFormed = <T>(message: T | null): T => {
  if (message === null) throw refuse('MESSAGE_MALFORMED')
  return message
}
