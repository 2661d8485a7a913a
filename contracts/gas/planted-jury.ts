// A jury of any size, written straight into the storage of ReputationContract: to let 10,000 agents pledge would take minutes. Whoever
// draws from it reads what JuryTree would have written, so a layout that no longer fits shows at once: nobody would be found.
import {
  type Address,
  encodeAbiParameters,
  type Hex,
  keccak256,
  parseAbiParameters,
  toHex,
} from 'viem'

// Slots of _trees, _agentAt and _jurors, by `forge inspect ReputationContract storage-layout`.
const TREES = 10n
const AGENT_AT = 11n
const JURORS = 12n

type Key = Address | bigint
type Node = { id: bigint; sum: bigint }
type Writer = { words: Map<Hex, Hex>; nodesSlot: bigint; pledge: bigint }

const slotOf = (key: Key, slot: bigint): bigint =>
  typeof key === 'bigint'
    ? BigInt(keccak256(encodeAbiParameters(parseAbiParameters('uint256, uint256'), [key, slot])))
    : BigInt(keccak256(encodeAbiParameters(parseAbiParameters('address, uint256'), [key, slot])))

const word = (value: bigint): Hex => toHex(value, { size: 32 })

/** One storage word from its parts, lowest bits first. */
const pack = (parts: readonly (readonly [value: bigint, bits: bigint])[]): Hex => {
  let at = 0n
  let packed = 0n
  for (const [value, bits] of parts) {
    packed |= value << at
    at += bits
  }
  return word(packed)
}

const jurorAt = (leaf: number): Address => toHex(0x7000_0000 + leaf, { size: 20 })

/** One level of the tree, from the one below; leaves have no node of their own. */
const levelAbove = (below: readonly Node[], firstId: bigint, writer: Writer): Node[] =>
  Array.from({ length: Math.ceil(below.length / 2) }, (_, place) => {
    const id = firstId + BigInt(place)
    const left = below[2 * place] as Node
    const right = below[2 * place + 1] ?? { id: 0n, sum: 0n }
    const parts = [
      [left.id, 32n],
      [right.id, 32n],
      [left.sum, 96n],
      [right.sum, 96n],
    ] as const
    writer.words.set(word(slotOf(id, writer.nodesSlot)), pack(parts))
    return { id, sum: left.sum + right.sum }
  })

const plantTree = (count: number, treeSlot: bigint, writer: Writer): void => {
  let level: Node[] = Array.from({ length: count }, () => ({ id: 0n, sum: writer.pledge }))
  let nodes = 0n
  let depth = 0n
  while (level.length > 1) {
    level = levelAbove(level, nodes + 1n, writer)
    nodes += BigInt(level.length)
    depth += 1n
  }
  const [{ id, sum }] = level as [Node]
  const counts = [
    [id, 32n],
    [nodes, 32n],
    [0n, 32n],
    [BigInt(count), 32n],
  ] as const
  const totals = [
    [BigInt(count), 24n],
    [depth, 8n],
    [sum, 96n],
  ] as const
  writer.words.set(word(treeSlot), pack([...counts, ...totals]))
}

/** The storage of a jury of so many agents with one pledge each, in place of any other: slots and their words. */
export const plantedJury = (token: Address, count: number, pledge: bigint): Map<Hex, Hex> => {
  const treeSlot = slotOf(token, TREES)
  const writer = { words: new Map<Hex, Hex>(), nodesSlot: treeSlot + 1n, pledge }
  plantTree(count, treeSlot, writer)
  const [agents, jurors] = [slotOf(token, AGENT_AT), slotOf(token, JURORS)]
  for (let leaf = 0; leaf < count; leaf++) {
    const agent = jurorAt(leaf)
    writer.words.set(word(slotOf(BigInt(leaf), agents)), word(BigInt(agent)))
    const juror = [
      [pledge, 96n],
      [0n, 96n],
      [BigInt(leaf + 1), 32n],
    ] as const
    writer.words.set(word(slotOf(agent, jurors)), pack(juror))
  }
  return writer.words
}
