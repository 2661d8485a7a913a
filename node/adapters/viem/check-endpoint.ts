import { join } from 'node:path'
import { privateKeyToAddress } from 'viem/accounts'
import { type Address, Fault, toHex } from '../../../protocols/common/index.ts'
import type { NetworkSettings } from './deployment.ts'
import { nameOf } from './endpoints.ts'
import { readFacts } from './facts.ts'
import type { ChainFault } from './faults.ts'
import { readJson } from './json-file.ts'
import { createReader, type Rpc } from './rpc.ts'
import { type ChainPins, checkChainIsWhatItSeems, isLocalChain } from './safety.ts'

/** What every endpoint is held to. */
export type Expected = {
  dataFolder: string
  privateKey: Uint8Array
  network: NetworkSettings | null
  mustBeLocal: boolean
}

export type Checked = ChainPins & { isLocal: boolean }

export const pinsPath = (dataFolder: string): string => join(dataFolder, 'chain-pins.json')

/**
 * Makes sure that an endpoint is the same chain as ever: one wrong among several could have the node sign for another network. Throws
 * Fault CHAIN_MISMATCH, CHAIN_NOT_LOCAL, WELL_KNOWN_KEY, DEPLOYMENT_MISSING or CHAIN_UNREACHABLE.
 */
export const checkEndpoint = async (
  { url, rpc }: { url: string; rpc: Rpc },
  contracts: readonly Address[],
  { dataFolder, privateKey, network, mustBeLocal }: Expected,
): Promise<Checked> => {
  const facts = await readFacts(createReader(rpc), contracts)
  const pinned = await readJson<ChainPins>(pinsPath(dataFolder))
  const problem = checkChainIsWhatItSeems({
    ...facts,
    expectedChainId: network?.chainId ?? null,
    agentAddress: privateKeyToAddress(toHex(privateKey)).toLowerCase() as Address,
    mustBeLocal,
    // Before the contracts are looked up only the chain itself can be compared.
    pinned: pinned !== null && contracts.length === 0 ? { ...pinned, codeHashes: {} } : pinned,
  })
  const endpoint = nameOf(url)
  if (problem !== null) throw new Fault<ChainFault>(problem.code, problem.message, { endpoint })
  const missing = contracts.find((address) => facts.codeHashes[address] === undefined)
  if (missing !== undefined) {
    const message = `no contract stands at ${missing} on chain ${facts.chainId}`
    throw new Fault<ChainFault>('DEPLOYMENT_MISSING', message, { endpoint, address: missing })
  }
  return { ...facts, isLocal: isLocalChain(facts) }
}
