import { decodeEventLog, encodeEventTopics } from 'viem'
import { paymentChannelContractAbi as abi } from '../../../contracts/abi/index.ts'
import type { Address, Hash, Hex } from '../../../protocols/common/index.ts'
import type { ChainEvent } from '../../ports/index.ts'

/** A log as JSON-RPC has it, as far as it is used. */
export type RpcLog = {
  data: Hex
  topics: [Hex, ...Hex[]]
  blockNumber: Hex
  logIndex: Hex
  transactionHash: Hash
}

const FOLLOWED = [
  'Opened',
  'Funded',
  'FundedByB',
  'Rebased',
  'Claimed',
  'Closing',
  'Responded',
  'RespondedForA',
  'Settled',
] as const

/** First topics of the events that the node follows. */
export const followedTopics: readonly Hex[] = FOLLOWED.map(
  (eventName) => encodeEventTopics({ abi, eventName })[0] as Hex,
)

const lower = (address: Hex): Address => address.toLowerCase() as Address

/** The port's event for a log of the channel contract; null for one that the node does not follow. */
export const eventOf = (log: RpcLog): ChainEvent | null => {
  const { eventName, args } = decodeEventLog({ abi, data: log.data, topics: log.topics })
  const block = Number(log.blockNumber)
  const at = (id: Hash) => ({ channelId: id, block, transaction: log.transactionHash })
  switch (eventName) {
    case 'Opened': {
      const { id, amount, partyA, partyB, signerA, signerB, token, window, mode, salt } = args
      const parties = { partyA: lower(partyA), partyB: lower(partyB) }
      const signers = { signerA: lower(signerA), signerB: lower(signerB) }
      const params = { ...parties, ...signers, token: lower(token), window, mode, salt }
      return { ...at(id), type: 'channel-opened', params, deposit: amount }
    }
    case 'Funded':
    case 'FundedByB': {
      const by = eventName === 'Funded' ? 'A' : 'B'
      const { amount, deposit } = args
      return { ...at(args.id), type: 'channel-funded', by, amount, deposit }
    }
    case 'Rebased': {
      const { id, ...terms } = args
      return { ...at(id), type: 'channel-rebased', ...terms }
    }
    case 'Claimed':
      return { ...at(args.id), type: 'channel-claimed', sent: args.sent, paid: args.paid }
    case 'Closing':
      return { ...at(args.id), type: 'channel-closing', closeAt: args.closeAt }
    case 'Responded':
    case 'RespondedForA': {
      const fromA = eventName === 'Responded'
      return { ...at(args.id), type: 'channel-responded', fromA, sent: args.sent }
    }
    case 'Settled':
      return { ...at(args.id), type: 'channel-settled', payA: args.payA, payB: args.payB }
    default:
      return null
  }
}

/** In the order the chain has them. */
export const inChainOrder = (a: RpcLog, b: RpcLog): number =>
  Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex)
