import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { ConfigFault } from './config-error.ts'
import { show } from './config-error.ts'
import { type Field, fields, fieldsByPath, sections } from './fields.ts'
import { suggest } from './suggest.ts'

/** A value and where it was found. `folder`: what relative paths start from. */
export type Given = { value: unknown; source: string; folder: string }
export type Found = { values: Map<string, Given>; faults: ConfigFault[] }

const MAX_FILE_BYTES = 1_048_576
const nothing = (): Found => ({ values: new Map(), faults: [] })

const unknownSetting = (path: string, names: Iterable<string>, source: string): ConfigFault => {
  const meant = suggest(path, names)
  const expected = meant === null ? 'a setting that exists' : `another name: did you mean ${meant}?`
  return { path, given: '', expected, source }
}

const broken = (source: string, expected: string): Found => ({
  values: new Map(),
  faults: [{ path: 'file', given: '', expected, source }],
})

const known = [...fieldsByPath.keys(), ...sections.keys()]

const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const leavesOf = (tree: object, prefix = ''): [path: string, value: unknown][] =>
  Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    const path = prefix + name
    return sections.has(path) && isTree(value) ? leavesOf(value, `${path}.`) : [[path, value]]
  })

const fromTree = (tree: object, at: Omit<Given, 'value'>): Found => {
  const found = nothing()
  for (const [path, value] of leavesOf(tree)) {
    if (fieldsByPath.has(path)) found.values.set(path, { value, ...at })
    else if (!sections.has(path)) found.faults.push(unknownSetting(path, known, at.source))
    else if (value !== '') {
      found.faults.push({ path, given: show(value), expected: 'a section', source: at.source })
    }
  }
  return found
}

const readText = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return null
  }
}

// Throws on aliases that multiply the file.
const toTree = (document: Document.Parsed): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return null
  }
}

/** The settings in a YAML or JSON file. Every scalar is kept as text: an amount must not become a float on the way. */
export const fromFile = async (file: string | undefined): Promise<Found> => {
  if (file === undefined) return nothing()
  const text = await readText(file)
  if (text === null) return broken(file, 'a file that can be read')
  if (text.length > MAX_FILE_BYTES) return broken(file, 'a file of at most 1 MiB')
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines })
  const [error] = document.errors
  if (error) {
    const { line } = lines.linePos(error.pos[0])
    return broken(`${file}:${line}`, `YAML or JSON (${error.code})`)
  }
  const tree = document.contents === null ? {} : toTree(document)
  if (!isTree(tree)) return broken(file, 'sections with settings')
  return fromTree(tree, { source: file, folder: dirname(file) })
}

const byEnvironmentName: ReadonlyMap<string, Field> = new Map(
  fields.map((field) => [field.environmentName, field]),
)

/** The settings among environment variables; others that begin with SOUK_ are faults. */
export const fromEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Found => {
  const found = nothing()
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('SOUK_') || value === undefined) continue
    const field = byEnvironmentName.get(name)
    const source = `environment ${name}`
    if (field) found.values.set(field.path, { value, source, folder })
    else found.faults.push(unknownSetting(name, byEnvironmentName.keys(), source))
  }
  return found
}

/** Settings given by path, `{ 'chain.network': 'local' }`; those that are undefined were not given. */
export const fromFlags = (flags: Readonly<Record<string, unknown>>, folder: string): Found => {
  const found = nothing()
  for (const [path, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const source = `flag ${path}`
    if (fieldsByPath.has(path)) found.values.set(path, { value, source, folder })
    else found.faults.push(unknownSetting(path, fieldsByPath.keys(), source))
  }
  return found
}
