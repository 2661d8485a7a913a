import { fromHex, type Hash, keccak256, toHex, ZERO_HASH } from '../common/index.ts'
import type { RankedBid } from './rank.ts'
import { hashWords } from './words.ts'

/** One line of an auction's transcript. */
export type TranscriptLine = Pick<
  RankedBid,
  'bidHash' | 'price' | 'reputation' | 'specialty' | 'rank'
>

/** keccak256(abi.encode(bytes32 bidHash, uint96 price, uint16 reputation, uint16 specialty, uint32 rank)). */
export const transcriptLeaf = (line: TranscriptLine): Hash =>
  hashWords(line.bidHash, line.price, line.reputation, line.specialty, line.rank)

const parentOf = (a: Hash, b: Hash): Hash =>
  toHex(keccak256(fromHex(a < b ? `${a}${b.slice(2)}` : `${b}${a.slice(2)}`)))

const levelAbove = (below: readonly Hash[]): Hash[] =>
  below.flatMap((left, index) => {
    if (index % 2 === 1) return []
    const right = below[index + 1]
    return [right === undefined ? left : parentOf(left, right)]
  })

/**
 * Root of a binary Merkle tree over the sorted leaves; a pair is hashed lower first (as OpenZeppelin's MerkleProof does) and a leaf
 * without a neighbour rises as it is. The preimage of a leaf has 160 bytes and that of a node 64: neither passes for the other.
 * The zero hash stands for no leaves.
 */
export const transcriptRoot = (leaves: readonly Hash[]): Hash => {
  let level = [...leaves].sort()
  while (level.length > 1) level = levelAbove(level)
  return level[0] ?? ZERO_HASH
}
