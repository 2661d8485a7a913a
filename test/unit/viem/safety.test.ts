import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  type ChainFacts,
  checkChainIsWhatItSeems,
  isLocalChain,
} from '../../../node/adapters/viem/index.ts'
import type { Address, Hash } from '../../../protocols/common/index.ts'

const contract = `0x${'c1'.repeat(20)}` as Address
const code = `0x${'aa'.repeat(32)}` as Hash
const genesis = `0x${'bb'.repeat(32)}` as Hash
const other = `0x${'cc'.repeat(32)}` as Hash
const wellKnown = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

const facts = (over: Partial<ChainFacts> = {}): ChainFacts => ({
  chainId: 1,
  firstBlockHash: genesis,
  codeHashes: { [contract]: code },
  clientVersion: 'Geth/v1.16.0',
  expectedChainId: 1,
  agentAddress: `0x${'a1'.repeat(20)}`,
  mustBeLocal: false,
  pinned: null,
  ...over,
})

const local = { chainId: 31337, expectedChainId: null, clientVersion: 'anvil/v1.7.1' }
const pinned = { chainId: 1, firstBlockHash: genesis, codeHashes: { [contract]: code } }
const codeOf = (over: Partial<ChainFacts>) => checkChainIsWhatItSeems(facts(over))?.code ?? null

describe('a chain that is what it should be', () => {
  it('is accepted, on the first start and on later ones', () => {
    assert.equal(codeOf({}), null)
    assert.equal(codeOf({ pinned }), null)
    assert.equal(codeOf({ ...local, mustBeLocal: true }), null)
  })
  it('is accepted where its first block cannot be seen', () => {
    assert.equal(codeOf({ pinned, firstBlockHash: null }), null)
    assert.equal(codeOf({ pinned: { ...pinned, firstBlockHash: null } }), null)
  })
  it('may have gained contracts', () => {
    assert.equal(codeOf({ pinned: { ...pinned, codeHashes: {} } }), null)
  })
})

describe('a chain that is another one', () => {
  it('is refused for its id, whatever was expected or remembered', () => {
    assert.equal(codeOf({ expectedChainId: 137 }), 'CHAIN_MISMATCH')
    assert.equal(codeOf({ pinned: { ...pinned, chainId: 137 } }), 'CHAIN_MISMATCH')
  })
  it('is refused for its first block', () => {
    assert.equal(codeOf({ pinned: { ...pinned, firstBlockHash: other } }), 'CHAIN_MISMATCH')
  })
  it('is refused for changed or missing contracts', () => {
    const changed = { ...pinned, codeHashes: { [contract]: other } }
    assert.equal(codeOf({ pinned: changed }), 'CHAIN_MISMATCH')
    assert.equal(codeOf({ pinned, codeHashes: {} }), 'CHAIN_MISMATCH')
  })
})

describe('a chain that must be local', () => {
  it('is refused unless its id and its program both say so', () => {
    for (const chainId of [1, 10, 137, 8453, 42161, 11155111]) {
      const facts = { chainId, expectedChainId: chainId, mustBeLocal: true }
      assert.equal(codeOf({ ...facts, clientVersion: 'anvil/v1.7.1' }), 'CHAIN_NOT_LOCAL')
    }
    assert.equal(
      codeOf({ ...local, mustBeLocal: true, clientVersion: 'Geth/v1.16.0' }),
      'CHAIN_NOT_LOCAL',
    )
    assert.equal(isLocalChain({ chainId: 1337, clientVersion: 'anvil/v1.7.1' }), true)
    assert.equal(isLocalChain({ chainId: 1337, clientVersion: 'HardhatNetwork/2' }), false)
  })
})

describe('a key that everybody knows', () => {
  it('is refused on every chain but a local one', () => {
    assert.equal(codeOf({ agentAddress: wellKnown }), 'WELL_KNOWN_KEY')
    assert.equal(codeOf({ ...local, agentAddress: wellKnown }), null)
  })
})
