import {
  type ChainView,
  type ChannelBook,
  type ChannelRecord,
  type Checks,
  type DealRecord,
  newChannel,
  newDeal,
  observeChain,
} from '../../../protocols/channel/index.ts'
import {
  type Address,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  type Digester,
  type Hash,
  keccak256,
  type PayState,
  type Signature,
  toHex,
  ZERO_HASH,
} from '../../../protocols/common/index.ts'

// Channels without keys: a signature is the signer's address beside the digest, so that thousands of runs cost nothing.

export const PAYER: Address = `0x${'aa'.repeat(20)}`
export const PAYEE: Address = `0x${'bb'.repeat(20)}`
export const NOW = 1_750_000_000

export const params: ChannelParams = {
  partyA: PAYER,
  partyB: PAYEE,
  signerA: PAYER,
  signerB: PAYEE,
  token: `0x${'cc'.repeat(20)}`,
  window: 3_600,
  mode: CHANNEL_MODE.SIMPLEX,
  salt: 7n,
}
export const channelId = channelIdOf(params)

const text = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item))
export const hashOf = (value: unknown): Hash =>
  toHex(keccak256(new TextEncoder().encode(text(value))))

const digest: Digester = (name, message) => hashOf([name, message])
export const signBy =
  (signer: Address) =>
  (hash: Hash): Signature =>
    `${signer}${hash.slice(2)}${'00'.repeat(13)}`

export const checks: Checks = {
  digest,
  recover: (hash, signature) => {
    const isIntact = signature.slice(42, 106) === hash.slice(2)
    return isIntact ? (signature.slice(0, 42) as Address) : null
  },
}

export const signPay = (message: PayState) => signBy(PAYER)(digest('PayState', message))
export const signed = <Name extends 'PayState' | 'Refund' | 'CoopClose'>(
  name: Name,
  message: Parameters<typeof digest<Name>>[1],
  by: Address,
) => ({ message, signature: signBy(by)(digest(name, message)) })

export const promise = (sent: bigint, change: Partial<PayState> = {}) =>
  signed(
    'PayState',
    {
      channelId,
      epoch: 0,
      fromA: true,
      sent,
      lockedTotal: 0n,
      locksRoot: ZERO_HASH,
      memo: hashOf(sent),
      ...change,
    },
    PAYER,
  )

export const chainView = (change: Partial<ChainView> = {}): ChainView => ({
  status: 'open',
  deposit: 100n,
  claimed: 0n,
  epoch: 0,
  closeAt: 0,
  ...change,
})

/** A channel that is open on a confirmed deposit. */
export const openChannel = (
  role: 'payer' | 'payee',
  change: Partial<ChannelRecord> = {},
): ChannelRecord => ({
  ...observeChain(newChannel({ channelId, role, params, createdAt: NOW }), chainView(), NOW),
  ...change,
})

export const bookOf = (channel: ChannelRecord, ...deals: DealRecord[]): ChannelBook => ({
  channel,
  deals: new Map(deals.map((deal) => [deal.key, deal])),
})

export const dealFor = (name: string, change: Partial<DealRecord> = {}): DealRecord => ({
  ...newDeal({ channelId, key: hashOf(name), agreementHash: hashOf(name), amount: 50n }),
  ...change,
})

/** The book with a new state of its channel and some deals. */
export const after = (
  book: ChannelBook,
  channel: ChannelRecord,
  deals: readonly DealRecord[] = [],
): ChannelBook => {
  const next = new Map(book.deals)
  for (const deal of deals) next.set(deal.key, deal)
  return { channel, deals: next }
}
