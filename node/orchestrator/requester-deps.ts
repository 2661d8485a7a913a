import type { Address, Digester, Hash, RecoverSigner } from '../../protocols/common/index.ts'
import type { Emit } from '../../protocols/control/index.ts'
import type { ChannelKeeper } from '../channel/index.ts'
import type { Executor } from '../execution/index.ts'
import type { Auctioneer, Complaints } from '../market/index.ts'
import type { Chance, Clock, Gossip, Log, Signer, Talk } from '../ports/index.ts'
import type { Scoreboard } from '../reputation/index.ts'
import type { TaskBook } from './task-book.ts'

export type RequesterDeps = {
  book: TaskBook
  clock: Clock
  chance: Chance
  signer: Signer
  /** Digests of market messages. */
  digest: Digester
  recover: RecoverSigner
  talk: Talk
  gossip: Pick<Gossip, 'listeners'>
  log: Log
  auctioneer: Pick<Auctioneer, 'draft' | 'run' | 'award' | 'announceAward'>
  channel: Pick<
    ChannelKeeper,
    'reserve' | 'confirm' | 'pay' | 'release' | 'reservations' | 'account'
  >
  executor: Pick<Executor, 'fetchResult'>
  scoreboard: Scoreboard
  complaints: Complaints
  emit: Emit
}

/** What a requester's node fixes for all its tasks. Each timeout is for one thing that can be late. */
export type RequesterOptions = {
  token: Address
  engineHash: Hash
  /** For a bidder to fetch module and inputs and to sign. */
  offerTimeoutMs: number
  /** For a provider to check the money and answer. */
  startTimeoutMs: number
  /** For the channel to be opened or topped up on chain. */
  fundWithinSeconds: number
  /** For a delivered result to be fetched, or to wait for its owner; then it counts as accepted. */
  reviewSeconds: number
  maxResultBytes: number
  /** Most that is paid before delivery, in atomic units. */
  prepaidMax: bigint
  /** No slice is worth less, in atomic units. */
  minSliceValue: bigint
}

/** What every step of the requester's journey works with. */
export type RequesterContext = RequesterDeps & { options: RequesterOptions }
