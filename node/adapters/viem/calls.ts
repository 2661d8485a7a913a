import { encodeFunctionData } from 'viem'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import {
  type Address,
  type Amount,
  type ChannelParams,
  type Hex,
  type Signed,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '../../../protocols/common/index.ts'
import type { ChainCall, ChainIdentity, ChannelClaim, TowerClaim } from '../../ports/index.ts'
import { packClaims } from './packed-claims.ts'

/** What a call is on the chain: whom to ask, with which bytes and how much native coin. */
export type CallData = { to: Address; data: Hex; value: bigint }

type OnChannel = Parameters<typeof encodeFunctionData<typeof paymentChannelContractAbi>>[0]

const promiseOf = (promise: Signed<'PayState'> | null) =>
  promise === null
    ? { epoch: 0, sent: 0n, memo: ZERO_HASH, signature: '0x' as Hex }
    : {
        epoch: promise.message.epoch,
        sent: promise.message.sent,
        memo: promise.message.memo,
        signature: promise.signature,
      }

const claimOf = ({ params, promise }: ChannelClaim) => ({
  params,
  signedPromise: promiseOf(promise),
})

const authorityOf = ({ authority }: TowerClaim) => ({
  validUntil: authority.message.validUntil,
  signature: authority.signature,
})

type ContractCall = { functionName: string; args: readonly unknown[]; value?: bigint }

const batchOf = (claims: readonly ChannelClaim[], account: Address): ContractCall => {
  const packed = packClaims(claims, account)
  return packed === null
    ? { functionName: 'claimBatch', args: [claims.map(claimOf)] }
    : { functionName: 'claimBatchPacked', args: packed }
}

const depositOf = (
  functionName: 'open' | 'fund',
  { params, amount }: { params: ChannelParams; amount: Amount },
): ContractCall => ({
  functionName,
  args: [params, amount],
  value: params.token === ZERO_ADDRESS ? amount : 0n,
})

const onClaim = (functionName: 'claim' | 'respond', claim: ChannelClaim): ContractCall => {
  const { params, signedPromise } = claimOf(claim)
  return { functionName, args: [params, signedPromise] }
}

const onClaimFor = (functionName: 'claimFor' | 'respondFor', claim: TowerClaim): ContractCall => {
  const { params, signedPromise } = claimOf(claim)
  return { functionName, args: [params, signedPromise, authorityOf(claim)] }
}

const onChannel = (
  call: Exclude<ChainCall, { type: 'approve-token' }>,
  account: Address,
): ContractCall => {
  switch (call.type) {
    case 'open-channel':
      return depositOf('open', call)
    case 'fund-channel':
      return depositOf('fund', call)
    case 'claim':
      return onClaim('claim', call.claim)
    case 'claim-for':
      return onClaimFor('claimFor', call.claim)
    case 'claim-batch':
      return batchOf(call.claims, account)
    case 'claim-batch-for':
      return {
        functionName: 'claimBatchFor',
        args: [call.claims.map(claimOf), call.claims.map(authorityOf)],
      }
    case 'rebase': {
      const { terms, signatureA, signatureB } = call.rebase
      return { functionName: 'rebase', args: [call.params, terms, signatureA, signatureB] }
    }
    case 'start-close':
      return { functionName: 'startClose', args: [call.params, promiseOf(call.promise)] }
    case 'respond':
      return onClaim('respond', call.claim)
    case 'respond-for':
      return onClaimFor('respondFor', call.claim)
    case 'settle-channel':
      return { functionName: 'settle', args: [call.params] }
    case 'coop-close': {
      const { terms, signatureA, signatureB } = call.close
      return { functionName: 'coopClose', args: [call.params, terms, signatureA, signatureB] }
    }
    case 'withdraw-credit':
      return { functionName: 'withdrawCredit', args: [call.token, account] }
  }
}

/** The contract call that a port call stands for. */
export const encodeCall = (
  call: ChainCall,
  { contracts }: Pick<ChainIdentity, 'contracts'>,
  account: Address,
): CallData => {
  if (call.type === 'approve-token') {
    const args = [call.spender, call.amount] as const
    const data = encodeFunctionData({ abi: testTokenAbi, functionName: 'approve', args })
    return { to: contracts.token, data, value: 0n }
  }
  const { value = 0n, ...request } = onChannel(call, account)
  const data = encodeFunctionData({ abi: paymentChannelContractAbi, ...request } as OnChannel)
  return { to: contracts.paymentChannel, data, value }
}
