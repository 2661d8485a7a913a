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
import type { ChainCall, ChainIdentity, ChannelClaim } from '../../ports/index.ts'
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

const nativePart = ({ token }: ChannelParams, amount: Amount): bigint =>
  token === ZERO_ADDRESS ? amount : 0n

/** The contract call that a port call stands for. */
export const encodeCall = (
  call: ChainCall,
  { contracts }: Pick<ChainIdentity, 'contracts'>,
  account: Address,
): CallData => {
  const onChannel = (request: Omit<OnChannel, 'abi'>, value = 0n): CallData => {
    const data = encodeFunctionData({ abi: paymentChannelContractAbi, ...request } as OnChannel)
    return { to: contracts.paymentChannel, data, value }
  }
  switch (call.type) {
    case 'open-channel':
      return onChannel(
        { functionName: 'open', args: [call.params, call.amount] },
        nativePart(call.params, call.amount),
      )
    case 'fund-channel':
      return onChannel(
        { functionName: 'fund', args: [call.params, call.amount] },
        nativePart(call.params, call.amount),
      )
    case 'claim': {
      const { params, signedPromise } = claimOf(call.claim)
      return onChannel({ functionName: 'claim', args: [params, signedPromise] })
    }
    case 'claim-batch': {
      const packed = packClaims(call.claims, account)
      return packed === null
        ? onChannel({ functionName: 'claimBatch', args: [call.claims.map(claimOf)] })
        : onChannel({ functionName: 'claimBatchPacked', args: packed })
    }
    case 'start-close':
      return onChannel({ functionName: 'startClose', args: [call.params, promiseOf(call.promise)] })
    case 'respond': {
      const { params, signedPromise } = claimOf(call.claim)
      return onChannel({ functionName: 'respond', args: [params, signedPromise] })
    }
    case 'settle-channel':
      return onChannel({ functionName: 'settle', args: [call.params] })
    case 'coop-close': {
      const { terms, signatureA, signatureB } = call.close
      return onChannel({
        functionName: 'coopClose',
        args: [call.params, terms, signatureA, signatureB],
      })
    }
    case 'withdraw-credit':
      return onChannel({ functionName: 'withdrawCredit', args: [call.token, account] })
    case 'approve-token': {
      const args = [call.spender, call.amount] as const
      const data = encodeFunctionData({ abi: testTokenAbi, functionName: 'approve', args })
      return { to: contracts.token, data, value: 0n }
    }
  }
}
