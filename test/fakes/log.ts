import type { Log } from '../../node/ports/index.ts'

export type LogLine = {
  level: 'debug' | 'info' | 'warn' | 'error'
  fields: Readonly<Record<string, unknown>>
  message: string
}

/** Keeps every line, those of its children too, and prints none. */
export const createRecordingLog = (): Log & { lines: LogLine[]; messages(): string[] } => {
  const lines: LogLine[] = []
  const under = (inherited: Readonly<Record<string, unknown>>): Log => {
    const write = (level: LogLine['level']) => (fields: LogLine['fields'], message: string) => {
      lines.push({ level, fields: { ...inherited, ...fields }, message })
    }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => under({ ...inherited, ...fields }),
    }
  }
  return { ...under({}), lines, messages: () => lines.map(({ message }) => message) }
}

const drop = () => {}

export const silentLog: Log = {
  debug: drop,
  info: drop,
  warn: drop,
  error: drop,
  child: () => silentLog,
}
