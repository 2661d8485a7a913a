// Prints what every operation costs and fails where one costs over 2 % more than snapshot.json says; --write makes today's the measure.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { channelRows } from './channel-rows.ts'
import { courtRows } from './court-rows.ts'
import { escrowRows } from './escrow-rows.ts'
import { reputationRows } from './reputation-rows.ts'
import type { Measured, Rows } from './row.ts'
import { createStage } from './stage.ts'
import { renderTable } from './table.ts'

type Snapshot = Record<string, Record<string, number>>

// To add a contract: write its rows, name them here, and run with --write.
const ALL: readonly Rows[] = [channelRows, escrowRows, reputationRows, courtRows]
const ALLOWED = 1.02
const path = join(import.meta.dirname, 'snapshot.json')

const measure = async (rows: Rows): Promise<Measured[]> => {
  const stage = await createStage()
  try {
    return await rows.measureAll(stage)
  } finally {
    stage.stop()
  }
}

const complaints = (contract: string, rows: readonly Measured[], before: Snapshot): string[] =>
  rows.flatMap(({ name, gas }) => {
    const known = before[contract]?.[name]
    if (known === undefined) return [`${contract}, ${name}: not in the snapshot`]
    if (Number(gas) <= known * ALLOWED) return []
    return [`${contract}, ${name}: ${gas} gas, more than 2 % over ${known}`]
  })

const before = JSON.parse(readFileSync(path, 'utf8')) as Snapshot
const now: Snapshot = {}
const problems: string[] = []
for (const rows of ALL) {
  const measured = await measure(rows)
  now[rows.contract] = Object.fromEntries(measured.map(({ name, gas }) => [name, Number(gas)]))
  process.stdout.write(renderTable(rows.contract, measured))
  problems.push(...complaints(rows.contract, measured, before))
}
if (process.argv.includes('--write')) writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`)
else if (problems.length > 0) {
  process.stderr.write(
    `${problems.join('\n')}\nIf this is meant: npm run contracts:gas -- --write\n`,
  )
  process.exitCode = 1
}
