import { toHex } from '../../../protocols/common/index.ts'

const SECRET_NAME =
  /pass(phrase|word)|private_?key|secret|seed|mnemonic|authorization|cookie|bearer|api_?key/i
const URL_NAME = /url/i
const MAX_DEPTH = 6

// Providers put the key of a paid endpoint into the path or the query.
const withoutKey = (url: string): string => {
  try {
    return new URL(url).origin
  } catch {
    return '[unreadable url]'
  }
}

const fromError = (error: Error): Record<string, unknown> => ({
  ...error,
  message: error.message,
  stack: error.stack,
  ...(error.cause === undefined ? {} : { cause: error.cause }),
})

const fromObject = (value: object, depth: number): unknown => {
  if (depth > MAX_DEPTH) return '[too deep]'
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map((item) => toLoggable(item, '', depth + 1))
  const fields = value instanceof Error ? fromError(value) : value
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, toLoggable(field, name, depth + 1)]),
  )
}

/** What may be written of a logged value: secrets and endpoint keys hidden by field name, amounts as decimal strings, bytes as hex. */
export const toLoggable = (value: unknown, name = '', depth = 0): unknown => {
  if (value === null || value === undefined) return value
  if (SECRET_NAME.test(name)) return '[hidden]'
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return URL_NAME.test(name) ? withoutKey(value) : value
  if (Array.isArray(value) && URL_NAME.test(name)) {
    return value.map((item) => toLoggable(item, name, depth + 1))
  }
  return typeof value === 'object' ? fromObject(value, depth) : value
}
