import { type Address, Fault, type Hash } from '../../protocols/common/index.ts'
import type { PageRequest, TransactionView } from '../../protocols/control/index.ts'

const outboxed = { hash: null, hashes: [], reason: '', createdAt: 1_750_000_000, deadline: null }

/** The hash of the one transaction that the fake node knows. */
export const TRANSACTION_HASH: Hash = `0x${'7a'.repeat(32)}`

/** What a node says of a chain with one transaction, which closed the channel. */
export const chainViews = (
  channelId: Hash,
  token: { address: Address; symbol: string; decimals: number },
) => {
  const transaction: TransactionView = {
    hash: TRANSACTION_HASH,
    network: 'local',
    chainId: 31337,
    status: 'done',
    effect: 'settled',
    call: 'coop-close',
    key: 'close',
    channels: [channelId],
    escrows: [],
    agents: [],
    block: 7,
    gasUsed: '60000',
    recordedAt: 1_750_000_000,
    events: ['channel-settled'],
  }
  return {
    chainStatus: async () => ({
      chainId: 31337,
      network: 'local',
      isLocal: true,
      isReachable: true,
      since: 1_750_000_000,
      block: 7,
      contracts: { paymentChannel: token.address, disputeArbiter: token.address },
      token,
      balances: { native: '1000000000000000000', token: '5000000' },
      reserve: { isLow: false, least: '20000000000000000' },
      fees: { base: '10', tip: '1', usualBase: '9' },
      outbox: [
        { ...outboxed, key: 'open', call: 'open-channel', status: 'done' },
        { ...outboxed, key: 'claim', call: 'claim', status: 'sent' },
      ],
    }),
    transactions: async ({ subject, limit }: PageRequest & { subject: string | null }) => ({
      items: subject === null || subject === channelId ? [transaction].slice(0, limit) : [],
      nextCursor: null,
    }),
    transaction: async (hash: Hash) => {
      if (hash === transaction.hash) return transaction
      throw new Fault('NOT_FOUND', `No transaction ${hash}`)
    },
  }
}
