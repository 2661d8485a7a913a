import { z } from 'zod'
import { ChannelView, ExposureView, WatchView } from './channel-views.ts'
import { AddressText, HashText, TokenText } from './text.ts'

const byChannel = z.strictObject({ id: HashText })
const CHANNEL_MONEY = [
  'deposit',
  'sent',
  'claimed',
  'depositB',
  'sentB',
  'reserved',
  'credit',
  'free',
  'unclaimed',
  'payA',
  'payB',
] as const

/** Amounts in tokens. */
export const OpenChannelRequest = z.strictObject({
  peer: AddressText,
  amount: TokenText,
  mode: z.enum(['simplex', 'duplex']).default('simplex'),
})
export const FundChannelRequest = z.strictObject({ amount: TokenText })
export const RebaseChannelRequest = z.strictObject({
  out: TokenText,
  outToPeer: TokenText.default('0'),
})

/** Everything about payment channels. */
export const channelRoutes = {
  channels: {
    method: 'GET',
    path: '/api/v1/channels',
    scope: 'read',
    summary: 'Payment channels',
    answer: z.object({ items: z.array(ChannelView) }),
    cli: {
      command: 'channel list',
      columns: ['channelId', 'role', 'peer', 'phase', 'frozen', 'deposit', 'sent', 'unclaimed'],
      money: CHANNEL_MONEY,
    },
  },
  channel: {
    method: 'GET',
    path: '/api/v1/channels/:id',
    scope: 'read',
    summary: 'One payment channel',
    params: byChannel,
    answer: ChannelView,
    cli: { command: 'channel show', money: CHANNEL_MONEY },
  },
  openChannel: {
    method: 'POST',
    path: '/api/v1/channels',
    scope: 'spend',
    summary: 'Open a channel with a deposit',
    body: OpenChannelRequest,
    answer: ChannelView,
    cli: { command: 'channel open', money: CHANNEL_MONEY },
  },
  fundChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/fund',
    scope: 'spend',
    summary: "Add to this node's deposit in a channel",
    params: byChannel,
    body: FundChannelRequest,
    answer: ChannelView,
    cli: { command: 'channel fund', money: CHANNEL_MONEY },
  },
  rebaseChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/rebase',
    scope: 'write',
    summary: 'Settle the promises of a DUPLEX channel and take money out; it goes on',
    params: byChannel,
    body: RebaseChannelRequest,
    answer: ChannelView,
    cli: { command: 'channel rebase', money: CHANNEL_MONEY },
  },
  closeChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/close',
    scope: 'write',
    summary: 'Close a channel: both are paid what the promises say',
    params: byChannel,
    /** `force=true`: alone, even while deals run or the channel is frozen. */
    query: z.strictObject({ force: z.stringbool().default(false) }),
    answer: ChannelView,
    cli: { command: 'channel close', money: CHANNEL_MONEY },
  },
  claimChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/claim',
    scope: 'write',
    summary: 'Collect on chain what a payer has promised',
    params: byChannel,
    answer: ChannelView,
    cli: { command: 'channel claim', money: CHANNEL_MONEY },
  },
  unfreezeChannel: {
    method: 'POST',
    path: '/api/v1/channels/:id/unfreeze',
    scope: 'write',
    summary: 'Let a frozen channel go on, once you have looked at it',
    params: byChannel,
    answer: ChannelView,
    cli: { command: 'channel unfreeze', money: CHANNEL_MONEY },
  },
  exposure: {
    method: 'GET',
    path: '/api/v1/exposure',
    scope: 'read',
    summary: 'What is at risk with each peer',
    answer: z.object({ items: z.array(ExposureView) }),
    cli: {
      command: 'channel exposure',
      columns: ['peer', 'channels', 'unclaimed', 'oldestSince', 'credit'],
      money: ['unclaimed', 'credit'],
    },
  },
  towers: {
    method: 'GET',
    path: '/api/v1/towers',
    scope: 'read',
    summary: 'Channels watched for others, and by others for this node',
    answer: z.object({ items: z.array(WatchView) }),
    cli: {
      command: 'channel towers',
      columns: ['channelId', 'role', 'agent', 'sent', 'validUntil'],
      money: ['sent'],
    },
  },
} as const
