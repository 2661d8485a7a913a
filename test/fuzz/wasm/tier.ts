// node tier.ts FILE...: plays modules metered and prints a digest for each. Run with V8's tiers forced, it must print the same.
import { readFileSync } from 'node:fs'
import { digestOf, playMetered } from './play.ts'

for (const file of process.argv.slice(2)) {
  const played = playMetered(new Uint8Array(readFileSync(file)))
  process.stdout.write(`${played ? digestOf(played) : 'refused'}\n`)
}
