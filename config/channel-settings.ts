import { z } from 'zod'
import { AMOUNT, amount, int, setting } from './setting.ts'

/** What the channels of a node lock up, leave unclaimed, and have watched. */
export const channel = z.strictObject({
  deposit: setting(
    amount.default('5.00'),
    'Least deposit of a new channel, and the step by which it is topped up.',
    AMOUNT,
  ),
  windowSeconds: setting(
    int(1, 2_592_000).default(86_400),
    'Time to answer a close; at least what the contract asks for.',
    { unit: 's' },
  ),
  maxUnclaimed: setting(
    amount.default('5.00'),
    'Most that one requester may have promised before it is claimed on the chain.',
    AMOUNT,
  ),
  maxUnclaimedSeconds: setting(
    int(60, 31_536_000).default(86_400),
    'How long promises of one requester may wait to be claimed.',
    { unit: 's' },
  ),
  claimOnStop: setting(
    z.boolean().default(false),
    'Claim everything promised before the node stops.',
  ),
  claimsPerBatch: setting(
    int(1, 500).default(100),
    'As many claims are collected at once, in one transaction.',
  ),
  lowFeePercent: setting(
    int(0, 100).default(50),
    'Claims are collected when fees are at most this share of the usual ones.',
  ),
  maxPerPeer: setting(
    int(1, 1_024).default(16),
    'Most channels that one other agent may have with this node.',
  ),
  closesAtOnce: setting(
    int(1, 1_024).default(8),
    'Most channels closing at a time; others wait for their turn.',
  ),
  towers: setting(
    z
      .array(z.string().regex(/^0x[0-9a-f]{40}$/))
      .max(8)
      .default([]),
    "Agents that watch this node's channels while it is away.",
    { form: 'agent addresses in lower case' },
  ),
  isTower: setting(z.boolean().default(false), 'Watch the channels of other agents for them.'),
})
