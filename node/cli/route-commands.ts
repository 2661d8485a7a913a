import type { Command } from 'commander'
import type { z } from 'zod'
import { formatAmount } from '../../protocols/common/index.ts'
import type { CliHint, ControlClient, Route, RouteName } from '../../protocols/control/index.ts'
import { routes } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { type GlobalOptions, reachNode } from './node-client.ts'
import { shortHex, tableOf } from './terminal.ts'

type Fields = Readonly<Record<string, unknown>>
type Shape = { properties?: Record<string, unknown>; required?: readonly string[] }

const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return '-'
  if (typeof value === 'string') return shortHex(value)
  return Array.isArray(value) ? value.join(' ') : String(value)
}

const isTable = (value: unknown): value is readonly Fields[] =>
  Array.isArray(value) && typeof value[0] === 'object'

/** Every field of a value with the path to it; lists of objects are left out. */
const fieldsOf = (value: Fields, prefix = ''): [string, string][] =>
  Object.entries(value).flatMap(([name, field]): [string, string][] => {
    if (isTable(field)) return []
    const isNested = typeof field === 'object' && field !== null && !Array.isArray(field)
    if (isNested) return fieldsOf(field as Fields, `${prefix}${name}.`)
    return [[prefix + name, Array.isArray(field) ? field.join(' ') : String(field ?? '-')]]
  })

/** Writes amounts in tokens where the hint says that they are money. */
type MoneyWriter = (name: string, text: string) => string

const tablesIn = (value: Fields): string[] =>
  Object.entries(value).flatMap(([name, rows]) => {
    if (!isTable(rows)) return []
    const header = Object.keys(rows[0] ?? {})
    const lines = rows.map((row) => header.map((column) => cellOf(row[column])))
    return ['', `${name}:`, ...tableOf(header, lines)]
  })

const detailLines = (answer: Fields, inTokens: MoneyWriter): string[] => {
  const fields = fieldsOf(answer)
  const width = Math.max(...fields.map(([name]) => name.length))
  const lines = fields.map(([name, text]) => `${name.padEnd(width)}  ${inTokens(name, text)}`)
  return [...lines, ...tablesIn(answer)]
}

/** An answer as lines for people: a table for a list, a field a line for anything else. */
export const linesOf = (
  answer: Fields,
  { columns }: Pick<CliHint, 'columns'>,
  inTokens: MoneyWriter,
): string[] => {
  const { items, nextCursor } = answer as { items?: Fields[]; nextCursor?: string | null }
  if (!items || !columns) return detailLines(answer, inTokens)
  if (items.length === 0) return ['(none)']
  const rows = items.map((item) =>
    columns.map((name, index) => {
      const value = item[name]
      // The first column is what other commands ask for.
      return index === 0 ? String(value) : inTokens(name, cellOf(value))
    }),
  )
  const more = nextCursor ? [`more: --cursor ${nextCursor}`] : []
  return [...tableOf(columns, rows), ...more]
}

const moneyWriter = async (client: ControlClient, { money }: CliHint): Promise<MoneyWriter> => {
  if (!money) return (_name, text) => text
  const { token } = await client.self()
  return (name, text) =>
    money.includes(name) && /^\d+$/.test(text) ? formatAmount(BigInt(text), token.decimals) : text
}

const namesIn = (path: string): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

const groupOf = (program: Command, name: string): Command =>
  program.commands.find((command) => command.name() === name) ??
  program
    .command(name)
    .alias(`${name}s`)
    .description(`Everything about ${name}s of the running node`)

type AnyCall = (input: object, options: { idempotencyKey: string }) => Promise<Fields>

const call = (client: ControlClient, name: RouteName): AnyCall =>
  client[name as Exclude<RouteName, 'events'>] as AnyCall

/** One option for each field; returns their names. */
const addOptions = (command: Command, schema: z.ZodType | undefined): string[] => {
  const { properties = {}, required = [] } = (schema?.toJSONSchema({ io: 'input' }) ?? {}) as Shape
  const names = Object.keys(properties)
  for (const name of names) {
    if (required.includes(name)) command.requiredOption(`--${name} <${name}>`)
    else command.option(`--${name} <${name}>`)
  }
  return names
}

const addCommand = (
  { program, deps }: { program: Command; deps: CliDeps },
  name: RouteName,
  { path, summary, query, body, cli }: Route & { cli: NonNullable<Route['cli']> },
): void => {
  const [group = '', verb = ''] = cli.command.split(' ')
  const command = groupOf(program, group).command(verb).description(summary)
  const parameters = namesIn(path)
  for (const parameter of parameters) command.argument(`<${parameter}>`)
  const asked = addOptions(command, query)
  const told = addOptions(command, body === 'bytes' ? undefined : body)
  command.action(async (...args: unknown[]) => {
    const options = command.optsWithGlobals<GlobalOptions & Record<string, string>>()
    const input: Record<string, unknown> = {}
    for (const [index, parameter] of parameters.entries()) input[parameter] = args[index]
    for (const option of asked) input[option] = options[option]
    if (told.length > 0) input.body = Object.fromEntries(told.map((name) => [name, options[name]]))
    const { client } = await reachNode(deps, options)
    const answer = await call(client, name)(input, { idempotencyKey: deps.newKey() })
    const lines = options.json
      ? [JSON.stringify(answer)]
      : linesOf(answer, cli, await moneyWriter(client, cli))
    deps.terminal.stdout.write(`${lines.join('\n')}\n`)
  })
}

/** One command for each route that names one. */
export const addRouteCommands = (program: Command, deps: CliDeps): void => {
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const { cli } = route
    if (cli) addCommand({ program, deps }, name, { ...route, cli })
  }
}
