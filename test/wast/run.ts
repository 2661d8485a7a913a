// npm run test:wast -- FOLDER...: runs every WebAssembly specification script in the folders twice, with its modules as they are and metered.
// Whatever holds for the original must hold once metered; what this engine or the text's compiler does not know is left out, and counted.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { meterModule } from '../../node/adapters/wasm/module/index.ts'
import { readForms } from './expressions.ts'
import { type Outcome, runScript } from './script.ts'

const PAGES = 65_536

const folders = process.argv.slice(2)
if (folders.length === 0) {
  process.stderr.write('usage: npm run test:wast -- FOLDER...\n')
  process.exit(2)
}

// Some old scripts want the payload of a NaN after arithmetic, which the specification leaves open.
const OPEN: readonly string[] = ['old_float_exprs.wast:608']
const START_SECTION = 8

const refusals = new Map<string, number>()
const hasStart = (bytes: Uint8Array): boolean => {
  let at = 8
  while (at < bytes.length) {
    const id = bytes[at++]
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      size += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    if (id === START_SECTION) return true
    at += size
  }
  return false
}

// Code of a start section would run before it has fuel: no node takes such a module.
const meter = (bytes: Uint8Array): Uint8Array | null => {
  if (WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>) && hasStart(bytes)) {
    refusals.set('START_SECTION', (refusals.get('START_SECTION') ?? 0) + 1)
    return null
  }
  const { metered, inspection } = meterModule(bytes, { memoryPages: PAGES })
  for (const { code } of inspection.faults) refusals.set(code, (refusals.get(code) ?? 0) + 1)
  return metered
}

const count = { passed: 0, failed: 0, untried: 0 }
const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

const FIELDS = { held: 'passed', failed: 'failed', untried: 'untried' } as const

// A module that is not taken cannot write to what it shares with the others: what fails behind it shows nothing.
const outcomeOf = (original: Outcome, metered: Outcome, lacksModule: boolean): Outcome['kind'] => {
  if (original.kind !== 'held') return 'untried'
  return lacksModule && metered.kind === 'failed' ? 'untried' : metered.kind
}

const compare = (name: string, text: string): void => {
  const original = runScript(text, (bytes) => bytes)
  const metered = runScript(text, meter)
  const forms = readForms(text)
  const sharesState = text.includes('(register')
  let lacksModule = false
  for (const [index, before] of original.entries()) {
    const found = metered[index] as Outcome
    if (before.kind === 'held' && found.kind === 'untried') lacksModule = sharesState
    const kind = outcomeOf(before, found, lacksModule)
    const place = kind === 'failed' ? `${name}:${lineOf(text, forms[index]?.from ?? 0)}` : ''
    const isOpen = OPEN.some((open) => place.endsWith(open))
    count[isOpen ? 'untried' : FIELDS[kind]]++
    if (kind === 'failed' && !isOpen) process.stdout.write(`FAILED ${place}: ${found.detail}\n`)
  }
}

for (const folder of folders) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  for (const path of paths.filter((name) => name.endsWith('.wast')).sort()) {
    const name = join(folder, path)
    try {
      compare(relative(process.cwd(), name), readFileSync(name, 'utf8'))
    } catch (error) {
      process.stdout.write(`left out ${name}: ${String(error)}\n`)
    }
  }
}
const refused = [...refusals].map(([code, times]) => `${code} ${times}`).join(', ')
process.stdout.write(`left out: ${count.untried} commands; refused modules: ${refused}\n`)
process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`)
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1
