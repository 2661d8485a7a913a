// Writes settlement.json: what a channel pays at its end, by the design's formula in plain integers, so that neither the contract nor the
// node's own function marks its own work. With --check it only compares and fails when stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keccak256, toHex } from 'viem'

type Case = { depositA: bigint; amountB: bigint; sentA: bigint; sentB: bigint }
type Vector = Record<keyof Case | 'payA' | 'payB', string> & { mode: 'SIMPLEX' | 'DUPLEX' }

const MOST = 2n ** 96n - 1n
const clamp = (value: bigint, low: bigint, high: bigint): bigint => {
  if (value < low) return low
  return value > high ? high : value
}

const duplex = ({ depositA, amountB, sentA, sentB }: Case) => {
  const total = depositA + amountB
  const payA = clamp(depositA + sentB - sentA, 0n, total)
  return { payA, payB: total - payA }
}

/** `amountB` is what partyB claimed; what it is paid now comes on top. */
const simplex = ({ depositA, amountB: claimed, sentA }: Case) => {
  const covered = clamp(sentA, 0n, depositA)
  const due = covered > claimed ? covered : claimed
  return { payA: depositA - due, payB: due - claimed }
}

const vectorOf = (mode: Vector['mode'], given: Case): Vector => {
  const paid = mode === 'DUPLEX' ? duplex(given) : simplex(given)
  const texts = Object.entries({ ...given, ...paid }).map(([name, value]) => [
    name,
    value.toString(),
  ])
  return { mode, ...Object.fromEntries(texts) } as Vector
}

const EDGES = [0n, 1n, 2n, 1_000n, MOST / 2n, MOST - 1n, MOST]
const edges = (): Case[] =>
  EDGES.flatMap((depositA) =>
    EDGES.flatMap((amountB) =>
      [0n, 1n, 1_500n, MOST].flatMap((sentA) =>
        [0n, 1n, MOST].map((sentB) => ({ depositA, amountB, sentA, sentB })),
      ),
    ),
  )

const scattered = (round: number): Case => {
  const number = (name: string, bits: number) =>
    BigInt.asUintN(bits, BigInt(keccak256(toHex(`settlement.${name}.${round}`))))
  const bits = [8, 20, 64, 95][round % 4] as number
  return {
    depositA: number('depositA', bits),
    amountB: number('amountB', bits),
    sentA: number('sentA', bits + 1),
    sentB: number('sentB', bits + 1),
  }
}

const all = [...edges(), ...Array.from({ length: 60 }, (_, round) => scattered(round))]
const vectors = [
  ...all
    .filter(({ depositA, amountB }) => depositA + amountB <= MOST)
    .map((given) => vectorOf('DUPLEX', given)),
  ...all
    .filter(({ depositA, amountB, sentB }) => amountB <= depositA && sentB === 0n)
    .map((given) => vectorOf('SIMPLEX', given)),
]

const path = join(import.meta.dirname, 'settlement.json')
const text = `${JSON.stringify({ vectors }, null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write(
    'stale: test/vectors/settlement.json\nRun: node test/vectors/generate-settlement.ts\n',
  )
  process.exitCode = 1
}
