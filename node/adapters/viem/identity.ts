import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import type { Address, Hex } from '../../../protocols/common/index.ts'
import type { ChainIdentity } from '../../ports/index.ts'
import type { Deployment } from './deployment.ts'
import type { Read } from './rpc.ts'

type Question = { address: Address; abi: Abi; functionName: string }

const ask = async <T>(read: Read, { address, abi, functionName }: Question): Promise<T> => {
  const data = encodeFunctionData({ abi, functionName })
  const answer = await read<Hex>('eth_call', [{ to: address, data }, 'latest'])
  return decodeFunctionResult({ abi, functionName, data: answer }) as T
}

type Known = Pick<ChainIdentity, 'chainId' | 'network' | 'isLocal' | 'confirmations'>

/** Completes what is known of a chain with what its contracts say themselves. */
export const readIdentity = async (
  read: Read,
  { paymentChannel, disputeArbiter, token }: Deployment,
  known: Known,
): Promise<ChainIdentity> => {
  const ofToken = { address: token, abi: testTokenAbi }
  const [tokenDecimals, tokenSymbol, minWindowSeconds] = await Promise.all([
    ask<number>(read, { ...ofToken, functionName: 'decimals' }),
    ask<string>(read, { ...ofToken, functionName: 'symbol' }),
    ask<number>(read, {
      address: paymentChannel,
      abi: paymentChannelContractAbi,
      functionName: 'minWindow',
    }),
  ])
  const contracts = { paymentChannel, disputeArbiter, token }
  return { ...known, contracts, tokenDecimals, tokenSymbol, minWindowSeconds }
}
