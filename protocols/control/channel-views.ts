import { z } from 'zod'
import { AddressText, Decimal, HashText, UnixSecondsNumber as UnixSeconds } from './text.ts'

/**
 * One channel. `sent` is promised in all, `reserved` held for deals under way, `credit` refunded and not yet consumed, `free` what a new
 * deal could cost, `unclaimed` what could be collected now. In DUPLEX `depositB` and `sentB` are the other direction's. `frozen` says why
 * no money moves.
 */
export const ChannelView = z.object({
  channelId: HashText,
  role: z.enum(['payer', 'payee']),
  mode: z.enum(['simplex', 'duplex']),
  peer: AddressText,
  phase: z.string(),
  isLeaving: z.boolean(),
  frozen: z.string().nullable(),
  epoch: z.int().nonnegative(),
  deposit: Decimal,
  sent: Decimal,
  claimed: Decimal,
  depositB: Decimal,
  sentB: Decimal,
  reserved: Decimal,
  credit: Decimal,
  free: Decimal,
  unclaimed: Decimal,
  deals: z.int().nonnegative(),
  unheard: z.int().nonnegative(),
  windowSeconds: z.int().nonnegative(),
  closeAt: UnixSeconds,
  payA: Decimal.nullable(),
  payB: Decimal.nullable(),
})
export type ChannelView = z.infer<typeof ChannelView>

/** What is at risk with one peer: promised and not claimed, since when, and refunds it owes. */
export const ExposureView = z.object({
  peer: AddressText,
  channels: z.int().nonnegative(),
  unclaimed: Decimal,
  oldestSince: UnixSeconds.nullable(),
  credit: Decimal,
})
export type ExposureView = z.infer<typeof ExposureView>

/** One channel under watch. `role` says whether this node watches for `agent`, or `agent` for this node; `sent` is what is held. */
export const WatchView = z.object({
  channelId: HashText,
  role: z.enum(['tower', 'client']),
  agent: AddressText,
  sent: Decimal,
  validUntil: UnixSeconds,
})
export type WatchView = z.infer<typeof WatchView>
