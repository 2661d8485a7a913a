// Fails where the tests run fewer than 95 % of the contracts' lines, or leave a branch that moves money untaken; says which.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileCoverage, readLcov } from './lcov.ts'

const MIN_LINES = 0.95
/**
 * Money neither moves here nor is it decided where it goes: all other sources count as moving it. Of MarketTypes, forge sees no line run, for
 * its functions share one name; `test/TypedData.t.sol` compares what each answers.
 */
const NO_MONEY = ['src/TestToken.sol', 'src/MarketDomain.sol', 'src/libraries/MarketTypes.sol']

const contracts = import.meta.dirname
const modules = join(contracts, '../node_modules')

const measure = (): FileCoverage[] => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-coverage-'))
  try {
    const report = join(folder, 'lcov.info')
    const { status, stdout, stderr } = spawnSync(
      join(modules, '.bin/forge'),
      [
        ...['coverage', '--report', 'lcov', '--report-file', report],
        ...['--no-match-coverage', '(test|node_modules)'],
        ...['-R', `@openzeppelin/=${realpathSync(modules)}/@openzeppelin/`],
      ],
      {
        cwd: contracts,
        env: { FOUNDRY_PROFILE: 'coverage', PATH: '/usr/bin:/bin' },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    )
    if (status !== 0) throw new Error(`forge coverage failed\n${stdout}${stderr}`)
    return readLcov(readFileSync(report, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Part = { hit: number; all: number }
const linesOf = ({ lines }: FileCoverage): Part => ({
  hit: [...lines.values()].filter((count) => count > 0).length,
  all: lines.size,
})
const branchesOf = ({ branches }: FileCoverage): Part => ({
  hit: branches.filter(({ taken }) => taken > 0).length,
  all: branches.length,
})
const total = (parts: readonly Part[]): Part =>
  parts.reduce((a, b) => ({ hit: a.hit + b.hit, all: a.all + b.all }), { hit: 0, all: 0 })
const shown = ({ hit, all }: Part): string => {
  const percent = all === 0 ? 100 : (100 * hit) / all
  return `${`${hit} of ${all}`.padStart(13)} ${percent.toFixed(1).padStart(5)} %`
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const movesMoney = ({ file }: FileCoverage) => !NO_MONEY.includes(file)

const missesOf = (file: FileCoverage): string[] => [
  ...[...file.lines]
    .filter(([, count]) => count === 0)
    .map(([line]) => `${file.file}:${line} is never run`),
  ...file.branches
    .filter(({ taken }) => taken === 0)
    .map(({ line }) => `${file.file}:${line} has a branch that is never taken`),
]

const files = measure().sort((a, b) => (a.file < b.file ? -1 : 1))
for (const file of files) {
  say(`${file.file.padEnd(36)} lines ${shown(linesOf(file))}   branches ${shown(branchesOf(file))}`)
}
for (const miss of files.flatMap(missesOf)) say(miss)
const lines = total(files.map(linesOf))
const money = total(files.filter(movesMoney).map(branchesOf))
say(`lines: ${shown(lines).trim()} (at least ${MIN_LINES * 100} %)`)
say(`branches that move money: ${shown(money).trim()} (all)`)
const isEnough = lines.hit >= lines.all * MIN_LINES && money.hit === money.all && lines.all > 0
say(isEnough ? 'enough' : 'NOT ENOUGH')
process.exitCode = isEnough ? 0 : 1
