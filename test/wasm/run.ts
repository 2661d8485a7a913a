// npm run test:wasm [-- --long | --write | --check]: programs and tests that nobody here wrote, against the metered engine. Real programs must
// give the same hash and the same fuel in every Node and every tier of V8. --long: a hundred runs of each instead of three. --check: one run
// of each, here. --write: pins fuel and hashes anew, where costs were changed on purpose.
import { parseArgs } from 'node:util'
import { CORPORA, runCorpus } from './corpora.ts'
import { pinAnew, runGolden, runHere } from './golden/golden.ts'
import { runReactors } from './golden/reactors.ts'
import { createTally } from './tally.ts'

const RUNS = 3
const RUNS_LONG = 100

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const tally = createTally(say)

const runAll = async (): Promise<void> => {
  await runGolden(tally, { runs: values.long ? RUNS_LONG : RUNS })
  await runReactors(tally)
  for (const corpus of CORPORA) await runCorpus(tally, corpus)
}

const work = (): Promise<void> => {
  if (values.write) return pinAnew(say)
  return values.check ? runHere(tally) : runAll()
}

await work().catch((error: unknown) => tally.fail('test:wasm', error))
if (!values.write || tally.failed > 0) say(`${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 ? 0 : 1
