import type { Write } from '../../../node/ports/index.ts'

/**
 * Around an act: `before` it, `lost` when it was done but not synced to disk, `after` it when the process does not know yet. Only
 * writes to disk can be lost.
 */
export type Moment = 'before' | 'lost' | 'after'

/** The names of one act; a commit has one for each thing that it changes. */
export type Names = readonly string[]

/** Sees every act of a process as it comes, and says whether the process dies there. */
export type Fate = (names: Names, moment: Moment) => boolean

export const survive: Fate = () => false

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? ''

// A record that stands in a phase is another thing to lose in each of them.
const phaseOf = (value: unknown): string => {
  const phase = isRecord(value) ? (value.phase ?? value.status) : undefined
  return typeof phase === 'string' ? `=${phase}` : ''
}

const changedFields = (before: unknown, after: unknown): string[] => {
  if (!isRecord(after)) return ['value']
  const old = isRecord(before) ? before : {}
  return Object.keys(after)
    .filter((field) => textOf(old[field]) !== textOf(after[field]))
    .map((field) => `${field}${phaseOf(after[field])}`)
}

const changesOf = (before: unknown, after: unknown): string[] => {
  if (after === undefined) return ['removed']
  return before === undefined ? ['new'] : changedFields(before, after)
}

/** Names what commits change, field by field: the names come from the records that the code writes. */
export const createWriteNames = () => {
  const known = new Map<string, unknown>()
  return (writes: readonly Write[]): Names => {
    const names = new Set<string>()
    for (const { collection, key, value } of writes) {
      const at = `${collection} ${key}`
      for (const change of changesOf(known.get(at), value))
        names.add(`write ${collection}: ${change}`)
      known.set(at, value)
    }
    return [...names]
  }
}

export const nameOfAsk = (type: string): string => `ask ${type}`
export const nameOfAnswer = (type: string): string => `answer ${type}`
export const nameOfCall = (type: string): string => `call ${type}`
export const nameOfLook = (method: string): string => `chain ${method}`
