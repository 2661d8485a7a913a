import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from './generate.ts'
import { digestOf, type Play, playMetered, playNaive, playOriginal } from './play.ts'

const TIERS = ['--liftoff-only', '--no-liftoff'] as const
const BATCH = 12

// Up to where neither run overflowed its stack: how deep that is differs by design.
const comparable = (one: Play, other: Play): { count: number; isWhole: boolean } => {
  const ends = [one, other].map(({ endings }) => {
    const at = endings.findIndex(({ how }) => how === 'overflowed')
    return at < 0 ? endings.length : at
  })
  const count = Math.min(...ends)
  return { count, isWhole: count === one.endings.length && count === other.endings.length }
}

type Pair = { what: string; countsFuel: boolean }

const differences = (one: Play, other: Play, { what, countsFuel }: Pair): string[] => {
  const { count, isWhole } = comparable(one, other)
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const [a, b] = [one.endings[i], other.endings[i]]
    if (!a || !b) continue
    if (a.how !== b.how || a.value !== b.value) {
      found.push(`${what}: ${a.name} ${a.how} ${a.value}, ${b.how} ${b.value}`)
    } else if (countsFuel && a.how === 'returned' && a.fuel !== b.fuel) {
      found.push(`${what}: ${a.name} used ${a.fuel} fuel, ${b.fuel}`)
    }
  }
  if (isWhole && one.state !== other.state) found.push(`${what}: what is left differs`)
  return found
}

export type Batch = {
  played: number
  calls: number
  refused: number
  failures: { seed: string; detail: string }[]
}

type Case = { seed: string; file: string; digest: string }

const playOne = (seed: string, folder: string, batch: Batch): Case | null => {
  const { bytes, hasNans } = generate(seed, folder)
  const metered = playMetered(bytes)
  if (!metered) {
    batch.refused++
    return null
  }
  batch.played++
  batch.calls += metered.endings.length
  // Where NaNs arise the original has no one result.
  const found = hasNans
    ? []
    : [
        ...differences(playOriginal(bytes), metered, {
          what: 'original and metered',
          countsFuel: false,
        }),
        ...differences(playNaive(bytes), metered, { what: 'naive and metered', countsFuel: true }),
      ]
  for (const detail of found) batch.failures.push({ seed, detail })
  const file = join(folder, `${seed}.wasm`)
  writeFileSync(file, bytes)
  return { seed, file, digest: digestOf(metered) }
}

const compareTiers = (cases: readonly Case[], batch: Batch): void => {
  const script = join(import.meta.dirname, 'tier.ts')
  for (const tier of TIERS) {
    const files = cases.map(({ file }) => file)
    const run = spawnSync(process.execPath, [tier, script, ...files], { encoding: 'utf8' })
    const digests = run.stdout.split('\n')
    for (const [index, { seed, digest }] of cases.entries()) {
      if (digests[index] === digest) continue
      batch.failures.push({
        seed,
        detail: `${tier} gives another result ${run.stderr.slice(0, 300)}`,
      })
    }
  }
}

/** Plays one random module for each seed, as it is, metered, metered naively, and in each tier of V8. */
export const playBatch = (seeds: readonly string[]): Batch => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-fuzz-'))
  const batch: Batch = { played: 0, calls: 0, refused: 0, failures: [] }
  try {
    const cases = seeds.map((seed) => playOne(seed, folder, batch))
    compareTiers(
      cases.filter((found) => found !== null),
      batch,
    )
    return batch
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seeds of the n-th batch. */
export const seedsOf = (seed: string, batch: number): string[] =>
  Array.from({ length: BATCH }, (_, index) => `${seed}-${batch * BATCH + index}`)
