import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Field } from './fields.ts'
import type { Given } from './sources.ts'

const TRUTHS: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false }
const NOTHING = new Set(['', 'null', '~'])

// What cannot be read stays as it is: the schema says what is wrong with it.
const fromText = (text: string, { type, isNullable }: Field): unknown => {
  if (isNullable && NOTHING.has(text)) return null
  if (type === 'boolean') return TRUTHS[text.toLowerCase()] ?? text
  if (type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text
  if (type === 'list') {
    const items = text.split(',').map((item) => item.trim())
    return items.filter((item) => item !== '')
  }
  return text
}

const absolute = (path: string, folder: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folder, path)

/** A given value as the schema takes it: text read by the field's type, paths made absolute. */
export const readValue = (field: Field, { value, folder }: Given): unknown => {
  const read = typeof value === 'string' ? fromText(value, field) : value
  const isPath = field.kind === 'path' && typeof read === 'string' && read !== ''
  return isPath ? absolute(read, folder) : read
}
