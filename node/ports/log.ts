type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Structured log; messages are fixed texts, what varies goes into the fields. */
export type Log = {
  debug: Write
  info: Write
  warn: Write
  error: Write
  child(fields: Readonly<Record<string, unknown>>): Log
}
