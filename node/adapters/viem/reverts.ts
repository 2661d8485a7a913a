import { decodeErrorResult } from 'viem'
import { paymentChannelContractAbi, testTokenAbi } from '../../../contracts/abi/index.ts'
import type { Hex } from '../../../protocols/common/index.ts'

const abi = [...paymentChannelContractAbi, ...testTokenAbi]

/** What a contract reverted with, as `Name(argument, ...)` with addresses in lower case. */
export const revertReason = (data: Hex): string => {
  if (data === '0x') return 'Reverted()'
  try {
    const { errorName, args } = decodeErrorResult({ abi, data })
    return `${errorName}(${(args ?? []).join(', ')})`.replace(/0x[0-9a-fA-F]+/g, (hex) =>
      hex.toLowerCase(),
    )
  } catch {
    return `UnknownError(${data.slice(0, 10)})`
  }
}
