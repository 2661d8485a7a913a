import { keccak256 } from 'viem'
import type { Address, Hash, Hex } from '../../../protocols/common/index.ts'
import type { Read } from './rpc.ts'
import type { ChainPins } from './safety.ts'

/** Asks a chain who it is. Contracts without code have no code hash. */
export const readFacts = async (
  read: Read,
  contracts: readonly Address[],
): Promise<ChainPins & { clientVersion: string }> => {
  const [chainId, clientVersion, first, codes] = await Promise.all([
    read<Hex>('eth_chainId').then(Number),
    // Some providers do not say; then the chain is simply not a local one.
    read<string>('web3_clientVersion').catch(() => ''),
    // Not block 0: anvil makes another one at each start, and then shows any of them.
    read<{ hash: Hash } | null>('eth_getBlockByNumber', ['0x1', false]),
    Promise.all(contracts.map((address) => read<Hex>('eth_getCode', [address, 'latest']))),
  ])
  const codeHashes = contracts.flatMap((address, index): [Address, Hash][] => {
    const code = codes[index] ?? '0x'
    return code === '0x' ? [] : [[address, keccak256(code)]]
  })
  return {
    chainId,
    clientVersion,
    firstBlockHash: first?.hash ?? null,
    codeHashes: Object.fromEntries(codeHashes),
  }
}
