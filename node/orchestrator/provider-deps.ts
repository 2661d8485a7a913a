import type { Digester, RecoverSigner } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { ChannelKeeper } from '../channel/index.ts'
import type { Executor } from '../execution/index.ts'
import type { Capacity } from '../market/index.ts'
import type { Clock, Log, Signer, Talk } from '../ports/index.ts'
import type { DealBook } from './deal-book.ts'

export type ProviderDeps = {
  book: DealBook
  clock: Clock
  signer: Signer
  /** Digests of market messages. */
  digest: Digester
  recover: RecoverSigner
  talk: Talk
  log: Log
  emit: Emit
  channel: Pick<ChannelKeeper, 'back' | 'paidFor' | 'finish' | 'refund'>
  executor: Pick<Executor, 'prepare' | 'run'>
  capacity: Pick<Capacity, 'reserve' | 'release'>
}

/** What a provider's node fixes for all its deals. */
export type ProviderOptions = {
  /** Most bytes of a module and its inputs together. */
  maxInputBytes: number
  /** For a bidder's node to fetch and validate module and inputs. */
  prepareSeconds: number
  /** For the requester to answer one message. */
  answerTimeoutMs: number
  /** For a requester that does not answer: the guest waits this long for its slice to be paid. */
  slicePatienceSeconds: number
  /** Most credit that one deal may take: what is paid only with acceptance. Atomic units. */
  maxCredit: bigint
  /** Most credit that all deals of one requester may take together, in atomic units. */
  maxExposure: bigint
}

/** What every step of the provider's journey works with. */
export type ProviderContext = ProviderDeps & {
  options: ProviderOptions
  /** Aborts when the node stops. */
  stopping: AbortSignal
}
