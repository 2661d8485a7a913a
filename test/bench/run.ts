// npm run bench -- SUITE [--json FILE]: measures, prints a table, and fails where a goal is missed or a figure is missing.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { channelsSuite } from './channels.ts'
import { contentSuite } from './content.ts'
import { executionSuite } from './execution.ts'
import { describeMachine, type Report, resultsOf, type Suite, tableOf } from './harness.ts'
import { marketSuite } from './market.ts'

const suites: readonly Suite[] = [channelsSuite, contentSuite, executionSuite, marketSuite]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
})
const suite = suites.find(({ name }) => name === positionals[0])
if (!suite) {
  process.stderr.write(
    `usage: npm run bench -- SUITE [--json FILE]; suites: ${suites.map(({ name }) => name).join(', ')}\n`,
  )
  process.exit(2)
}

const measured = await suite.run((line) => process.stderr.write(`${line}\n`))
const report: Report = {
  suite: suite.name,
  machine: describeMachine(),
  results: resultsOf(suite.figures, measured),
}
process.stdout.write(`${tableOf(report)}\n`)
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
process.exit(report.results.every(({ met }) => met) ? 0 : 1)
