import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ran } from './order.ts'

/** What every machine must find for one program. */
export type Pin = { verdict: string; exitCode: number; fuelUsed: string; resultHash: string }

/** What was pinned, and for which engine: other costs or another host mean other fuel and other hashes. */
export type Pins = { engine: string; programs: Readonly<Record<string, Pin>> }

const file = join(import.meta.dirname, 'pins.json')

/** The pins that are checked in. */
export const readPins = async (): Promise<Pins> => JSON.parse(await readFile(file, 'utf8')) as Pins

export const writePins = (pins: Pins): Promise<void> =>
  writeFile(file, `${JSON.stringify(pins, null, 2)}\n`)

/** The part of a run that must be the same everywhere. */
export const pinOf = ({ verdict, exitCode, fuelUsed, resultHash }: Ran): Pin => ({
  verdict,
  exitCode,
  fuelUsed,
  resultHash,
})

const FIELDS = ['verdict', 'exitCode', 'fuelUsed', 'resultHash'] as const

/** How two that should be equal differ, in words; null where they do not. */
export const differenceOf = (found: Pin, wanted: Pin): string | null => {
  const different = FIELDS.filter((field) => found[field] !== wanted[field])
  if (different.length === 0) return null
  return different.map((field) => `${field} ${found[field]} instead of ${wanted[field]}`).join(', ')
}
