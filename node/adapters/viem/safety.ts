import type { Address, Hash } from '../../../protocols/common/index.ts'
import type { ChainFault } from './faults.ts'

/** What a data folder remembers of its chain. Code hashes by contract address. */
export type ChainPins = {
  chainId: number
  /** Hash of block 1; null on a chain that has none yet. */
  firstBlockHash: Hash | null
  codeHashes: Readonly<Record<Address, Hash>>
}

/** What a chain says of itself, beside what it should say. */
export type ChainFacts = ChainPins & {
  clientVersion: string
  /** Null where nothing says which chain to expect. */
  expectedChainId: number | null
  /** The agent's own account. */
  agentAddress: Address
  /** The chain was started by this node, or play money is wanted on it. */
  mustBeLocal: boolean
  /** Null on the first start. */
  pinned: ChainPins | null
}

export type ChainProblem = { code: ChainFault; message: string }

const LOCAL_CHAINS: readonly number[] = [31337, 1337]

// The accounts of the mnemonic "test test ... junk": anyone can take what they own.
const WELL_KNOWN: readonly Address[] = [
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
  '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
  '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc',
  '0x976ea74026e726554db657fa54763abd0c3a0aa9',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
  '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f',
  '0xa0ee7a142d267c1f36714e4a8f75612f20a79720',
]

/** A chain for trying things out: both its id and its program say so. */
export const isLocalChain = ({
  chainId,
  clientVersion,
}: Pick<ChainFacts, 'chainId' | 'clientVersion'>): boolean =>
  LOCAL_CHAINS.includes(chainId) && clientVersion.toLowerCase().startsWith('anvil/')

const mismatch = (message: string): ChainProblem => ({ code: 'CHAIN_MISMATCH', message })

const changedContract = (facts: ChainFacts, pinned: ChainPins): Address | undefined =>
  (Object.keys(pinned.codeHashes) as Address[]).find(
    (address) => facts.codeHashes[address] !== pinned.codeHashes[address],
  )

const againstPins = (facts: ChainFacts, pinned: ChainPins): ChainProblem | null => {
  if (pinned.chainId !== facts.chainId) {
    return mismatch(`this data folder belongs to chain ${pinned.chainId}, not ${facts.chainId}`)
  }
  const isKnown = pinned.firstBlockHash !== null && facts.firstBlockHash !== null
  if (isKnown && pinned.firstBlockHash !== facts.firstBlockHash) {
    return mismatch('this data folder belongs to another chain with the same id')
  }
  const changed = changedContract(facts, pinned)
  return changed === undefined
    ? null
    : mismatch(`contract ${changed} is not the one this data folder used`)
}

/** Why the node must not work on this chain; null when it may. Cheapest reason first. */
export const checkChainIsWhatItSeems = (facts: ChainFacts): ChainProblem | null => {
  const { chainId, expectedChainId, agentAddress, pinned } = facts
  if (expectedChainId !== null && chainId !== expectedChainId) {
    return mismatch(`the chain is ${chainId}, not ${expectedChainId}`)
  }
  if (facts.mustBeLocal && !isLocalChain(facts)) {
    const message = `chain ${chainId} (${facts.clientVersion}) is no local chain`
    return { code: 'CHAIN_NOT_LOCAL', message }
  }
  if (WELL_KNOWN.includes(agentAddress) && !LOCAL_CHAINS.includes(chainId)) {
    return { code: 'WELL_KNOWN_KEY', message: 'everybody knows the key of this account' }
  }
  return pinned === null ? null : againstPins(facts, pinned)
}
