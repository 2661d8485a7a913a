import { z } from 'zod'
import { AddressText, Decimal, HashText, UnixSecondsNumber as UnixSeconds } from './text.ts'

/**
 * One transaction that concerned this node's money. `effect`: what it settled for good: money paid out of a channel or escrow, or a
 * reputation anchored. `call` and `key` are null where another account sent it.
 */
export const TransactionView = z.object({
  hash: HashText,
  network: z.string(),
  chainId: z.int(),
  status: z.enum(['pending', 'done', 'reverted', 'replaced', 'undone']),
  effect: z.enum(['none', 'settled', 'anchored']),
  call: z.string().nullable(),
  key: z.string().nullable(),
  channels: z.array(HashText),
  escrows: z.array(HashText),
  agents: z.array(AddressText),
  block: z.int().nonnegative().nullable(),
  gasUsed: Decimal.nullable(),
  recordedAt: UnixSeconds,
  events: z.array(z.string()),
})
export type TransactionView = z.infer<typeof TransactionView>

/** What transactions may be asked about: a channel, an escrow or an agent. */
export const SubjectText = z.string().regex(/^0x([0-9a-f]{40}|[0-9a-f]{64})$/, 'an id or address')
