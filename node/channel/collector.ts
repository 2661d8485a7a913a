import {
  type ChannelBook,
  type ChannelRecord,
  claimableOf,
  coveredOf,
  type ExposureLimits,
  exposureOf,
  isOverLimit,
  type PeerExposure,
} from '../../protocols/channel/index.ts'
import { type Address, type Hash, keccak256, toHex } from '../../protocols/common/index.ts'
import { type BatchLimits, batchOf, type Claimable } from '../../protocols/settlement/index.ts'
import type { CallTerms, ChannelClaim } from '../ports/index.ts'
import { countFailure, refresh } from './chain-look.ts'
import { type Desk, isReverted } from './desk.ts'
import { refuse } from './refuse.ts'

export type CollectorOptions = ExposureLimits & {
  /** When claims that nothing presses are worth a transaction. */
  batch: BatchLimits
}

/** Turns promises into money: what is owed is claimed in batches, when a limit is reached or when it is cheap. */
export type Collector = {
  /** Claims one channel now. Throws Fault WRONG_ROLE, CLOSE_OUTSTANDING, and what settlement throws. */
  claim(channelId: Hash): Promise<void>
  /** Claims whatever is due; harmless to ask at any time. */
  consider(): Promise<void>
  /** Whether one channel alone is reason enough to claim. */
  isPressing(channelId: Hash): boolean
  /** Claims everything. */
  claimAll(): Promise<void>
  exposure(): PeerExposure[]
}

type Waiting = Claimable & { channelId: Hash; peer: Address }

// Nothing can be claimed from a DUPLEX channel while it is open: a claim could drain what backs the claimant's own promises.
const isClaimable = ({ role, back, stage, offer }: ChannelRecord): boolean =>
  role === 'payee' && back === null && stage.phase === 'open' && offer === null

const utf8 = new TextEncoder()

/** Names a set of claims by what each takes out, so that a restart asks for the very same. */
const nameOf = (channels: readonly ChannelRecord[]): string => {
  const parts = channels.map(
    (channel) => `${channel.channelId}:${coveredOf(channel)}:${channel.failedCalls}`,
  )
  return toHex(keccak256(utf8.encode(parts.sort().join())))
}

/** A channel whose claim may go on chain: no close is being signed meanwhile. Null where there is nothing to take out. */
const readyToClaim = async (desk: Desk, channelId: Hash): Promise<ChannelRecord | null> => {
  await refresh(desk, channelId)
  // Asked for through the queue: a close that is being signed right now counts.
  const { channel } = await desk.shelf.change<ChannelBook>(channelId, (book) =>
    book.channel.offer === null ? { value: book } : 'CLOSE_OUTSTANDING',
  )
  const isLive = channel.stage.phase === 'open' || channel.stage.phase === 'closing'
  return isLive && channel.promise !== null && claimableOf(channel) > 0n ? channel : null
}

const proofOf = ({ params, promise }: ChannelRecord): ChannelClaim[] =>
  promise === null ? [] : [{ params, promise }]

const submitClaims = async (
  desk: Desk,
  channels: readonly ChannelRecord[],
  terms: CallTerms,
): Promise<void> => {
  const claims = channels.flatMap(proofOf)
  const [only] = claims
  if (only === undefined) return
  try {
    if (claims.length === 1) {
      await desk.submit(`channel-claim:${nameOf(channels)}`, { type: 'claim', claim: only }, terms)
    } else {
      const call = { type: 'claim-batch', claims } as const
      await desk.submit(`channel-claims:${nameOf(channels)}`, call, terms)
    }
  } catch (error) {
    if (isReverted(error)) {
      await Promise.all(channels.map(({ channelId }) => countFailure(desk, channelId)))
    }
    throw error
  } finally {
    await Promise.allSettled(channels.map(({ channelId }) => refresh(desk, channelId)))
  }
}

/** Does the work with each of the channels held still on chain. */
const holding = (
  desk: Desk,
  channelIds: readonly Hash[],
  work: () => Promise<void>,
): Promise<void> => {
  const held = channelIds.reduceRight<() => Promise<void>>(
    (inner, channelId) => () =>
      desk.onChain(channelId, async () => {
        desk.moving.add(channelId)
        try {
          await inner()
        } finally {
          desk.moving.delete(channelId)
        }
      }),
    work,
  )
  return held()
}

const claimTogether = (desk: Desk, channelIds: readonly Hash[], terms: CallTerms) =>
  holding(desk, channelIds, async () => {
    const looks = await Promise.allSettled(channelIds.map((id) => readyToClaim(desk, id)))
    const ready = looks.flatMap((look) =>
      look.status === 'fulfilled' && look.value !== null ? [look.value] : [],
    )
    await submitClaims(desk, ready, terms)
  })

const waitingIn = (channels: readonly ChannelRecord[], now: number): Waiting[] =>
  channels.filter(isClaimable).map((channel) => ({
    channelId: channel.channelId,
    peer: channel.peer,
    value: claimableOf(channel),
    since: channel.unclaimedSince ?? now,
    deadline: null,
  }))

type Due = { channelIds: readonly Hash[]; terms: CallTerms }

const idsOf = (waiting: readonly Waiting[]) => waiting.map(({ channelId }) => channelId)

export const createCollector = (desk: Desk, options: CollectorOptions): Collector => {
  const { shelf, deps } = desk
  const channels = () => shelf.books().map(({ channel }) => channel)
  let isBusy = false

  const due = async (): Promise<Due | null> => {
    const now = deps.clock.now()
    const all = channels()
    const waiting = waitingIn(all, now).filter(({ value }) => value > 0n)
    if (waiting.length === 0) return null
    const exposure = exposureOf(all)
    const isPressing = ({ peer }: Waiting) => {
      const known = exposure.get(peer)
      return known !== undefined && isOverLimit(known, options, now)
    }
    const pressing = waiting.filter(isPressing)
    if (pressing.length > 0) {
      // A transaction that has to be paid for anyway takes the others along.
      const others = waiting.filter((claim) => !pressing.includes(claim))
      const together = [...pressing, ...others].slice(0, options.batch.count)
      return { channelIds: idsOf(together), terms: { urgency: 'normal' } }
    }
    const fees = await deps.chain.fees().catch(() => null)
    const batch = batchOf(waiting, { now, fees, limits: options.batch })
    if (batch === null) return null
    return { channelIds: idsOf(batch.claims), terms: { urgency: batch.urgency } }
  }

  return {
    claim: async (channelId) => {
      const book = shelf.find(channelId)
      if (book === undefined) throw refuse('CHANNEL_UNKNOWN', { channelId })
      const { role, back } = book.channel
      if (role !== 'payee' || back !== null) throw refuse('WRONG_ROLE', { channelId })
      await holding(desk, [channelId], async () => {
        const channel = await readyToClaim(desk, channelId)
        if (channel !== null) await submitClaims(desk, [channel], {})
      })
    },
    consider: async () => {
      if (isBusy || options.maxUnclaimed === null) return
      isBusy = true
      try {
        const now = await due()
        if (now !== null) await claimTogether(desk, now.channelIds, now.terms)
      } finally {
        isBusy = false
      }
    },
    isPressing: (channelId) => {
      const book = shelf.find(channelId)
      const { maxUnclaimed } = options
      if (book === undefined || maxUnclaimed === null) return false
      return isClaimable(book.channel) && claimableOf(book.channel) >= maxUnclaimed
    },
    claimAll: async () => {
      const ids = idsOf(waitingIn(channels(), deps.clock.now()).filter(({ value }) => value > 0n))
      for (let at = 0; at < ids.length; at += options.batch.count) {
        await claimTogether(desk, ids.slice(at, at + options.batch.count), { urgency: 'normal' })
      }
    },
    exposure: () => [...exposureOf(channels()).values()],
  }
}
