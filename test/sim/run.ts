// npm run sim -- market [--agents N] [--seed S] [--scenario TEXT]: plays each scenario, prints what it had to show, and fails where it did not.
import { parseArgs } from 'node:util'
import { fairWeather } from './market/fair-weather.ts'
import { growth } from './market/growth.ts'
import { insiders } from './market/insiders.ts'
import { outsiders } from './market/outsiders.ts'
import type { Expectation, Scenario } from './scenario.ts'

const suites: Readonly<Record<string, readonly Scenario[]>> = {
  market: [...fairWeather, ...outsiders, ...insiders, growth],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    agents: { type: 'string', default: '60' },
    seed: { type: 'string', default: 'souk' },
    scenario: { type: 'string', default: '' },
  },
})
const { scenario: wanted, seed } = values
const agents = Number(values.agents)
const scenarios = suites[positionals[0] ?? '']?.filter(({ name }) => name.includes(wanted))
if (!scenarios || !Number.isInteger(agents) || agents < 20 || agents > 1_000) {
  process.stderr.write(
    `usage: npm run sim -- ${Object.keys(suites).join('|')} [--agents 20..1000] [--seed TEXT] [--scenario TEXT]\n`,
  )
  process.exit(2)
}

const show = ({ what, held, shown }: Expectation): string =>
  `  ${held ? 'ok    ' : 'BROKEN'}  ${what.padEnd(52)} ${shown}\n`

let passed = 0
let failed = 0
for (const { name, run } of scenarios) {
  process.stdout.write(`${name}\n`)
  for (const expectation of await run({ seed, agents })) {
    process.stdout.write(show(expectation))
    if (expectation.held) passed += 1
    else failed += 1
  }
}
process.stdout.write(`\nseed ${seed}, ${agents} agents: ${passed} held, ${failed} broken\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
