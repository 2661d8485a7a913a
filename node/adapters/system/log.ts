import { type Logger, destination as openDestination, pino } from 'pino'
import type { Log } from '../../ports/index.ts'
import { toLoggable } from './loggable.ts'

export type LogOptions = {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `json`: one object a line, for programs. `pretty`: for people. */
  format: 'json' | 'pretty'
  /** Standard error unless given. */
  destination?: { write(line: string): unknown }
}

const asText = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)

const prettyLine = (line: string): string => {
  const { time, level, message, ...fields } = JSON.parse(line) as Record<string, string>
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${asText(value)}`)
  const clockTime = new Date(time as string).toISOString().slice(11, 23)
  return `${[clockTime, level?.padEnd(5), message, ...pairs].join(' ')}\n`
}

const overPino = (logger: Logger): Log => {
  const fieldsOf = (fields: Readonly<Record<string, unknown>>) =>
    toLoggable(fields) as Record<string, unknown>
  return {
    debug: (fields, message) => {
      if (logger.isLevelEnabled('debug')) logger.debug(fieldsOf(fields), message)
    },
    info: (fields, message) => {
      if (logger.isLevelEnabled('info')) logger.info(fieldsOf(fields), message)
    },
    warn: (fields, message) => logger.warn(fieldsOf(fields), message),
    error: (fields, message) => logger.error(fieldsOf(fields), message),
    child: (fields) => overPino(logger.child(fieldsOf(fields))),
  }
}

/** The node's log. Secrets never get in, whatever a caller passes. */
export const createLog = ({ level, format, destination }: LogOptions): Log => {
  const sink = destination ?? openDestination({ fd: 2, sync: true })
  const stream =
    format === 'json' ? sink : { write: (line: string) => void sink.write(prettyLine(line)) }
  const settings = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return overPino(pino(settings, stream as { write(line: string): void }))
}
