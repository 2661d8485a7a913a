// npm run fuzz -- wasm [--minutes 5] [--seed TEXT]: random modules until the time is up, after those that failed before. A seed that fails is
// kept in failed-seeds.txt and played first from then on.
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Batch, playBatch, seedsOf } from './wasm/fuzz.ts'

const KEPT = join(import.meta.dirname, 'wasm', 'failed-seeds.txt')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
if (positionals[0] !== 'wasm' || !(minutes > 0)) {
  process.stderr.write('usage: npm run fuzz -- wasm [--minutes 5] [--seed TEXT]\n')
  process.exit(2)
}

const kept = readFileSync(KEPT, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
const total = { played: 0, calls: 0, refused: 0, failed: 0 }
const add = ({ played, calls, refused, failures }: Batch): void => {
  total.played += played
  total.calls += calls
  total.refused += refused
  for (const seed of new Set(failures.map((failure) => failure.seed))) {
    total.failed++
    if (!kept.includes(seed)) appendFileSync(KEPT, `${seed}\n`)
  }
  for (const { seed, detail } of failures) process.stdout.write(`FAILED ${seed}: ${detail}\n`)
}

const seed = values.seed ?? randomBytes(6).toString('hex')
const until = performance.now() + minutes * 60_000
process.stdout.write(`seed ${seed}\n`)
if (kept.length > 0) add(playBatch(kept))
for (let batch = 0; batch === 0 || performance.now() < until; batch++) {
  add(playBatch(seedsOf(seed, batch)))
}
process.stdout.write(`${total.calls} calls, ${total.refused} modules refused\n`)
process.stdout.write(`${total.played - total.failed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 && total.played > 0 ? 0 : 1
