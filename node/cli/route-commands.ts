import type { Command } from 'commander'
import type { ControlClient, Route, RouteName } from '../../protocols/control/index.ts'
import { routes } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { type GlobalOptions, reachNode } from './node-client.ts'
import { shortHex, tableOf } from './terminal.ts'

type Shape = { properties?: Record<string, { default?: unknown; type?: string }> }

const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return '-'
  if (typeof value === 'string') return shortHex(value)
  return Array.isArray(value) ? value.join(' ') : String(value)
}

const fieldsOf = (value: object, prefix = ''): [string, string][] =>
  Object.entries(value).flatMap(([name, field]): [string, string][] => {
    const isNested = typeof field === 'object' && field !== null && !Array.isArray(field)
    if (isNested) return fieldsOf(field, `${prefix}${name}.`)
    return [[prefix + name, Array.isArray(field) ? JSON.stringify(field) : String(field ?? '-')]]
  })

/** An answer as lines for people: a table for a list, a field a line for anything else. */
export const linesOf = (answer: unknown, columns: readonly string[] | undefined): string[] => {
  const { items, nextCursor } = answer as {
    items?: Record<string, unknown>[]
    nextCursor?: string | null
  }
  if (!items || !columns) {
    const fields = fieldsOf(answer as object)
    const width = Math.max(...fields.map(([name]) => name.length))
    return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  }
  if (items.length === 0) return ['(none)']
  const rows = items.map((item) => columns.map((name) => cellOf(item[name])))
  const more = nextCursor ? [`more: --cursor ${nextCursor}`] : []
  return [...tableOf(columns, rows), ...more]
}

const namesIn = (path: string): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

const groupOf = (program: Command, name: string): Command =>
  program.commands.find((command) => command.name() === name) ??
  program.command(name).description(`Everything about ${name}s of the running node`)

type AnyCall = (input: object, options: { idempotencyKey: string }) => Promise<unknown>

const call = (client: ControlClient, name: RouteName): AnyCall =>
  client[name as Exclude<RouteName, 'events'>] as AnyCall

const addCommand = (
  { program, deps }: { program: Command; deps: CliDeps },
  name: RouteName,
  { path, summary, query, cli }: Route & { cli: NonNullable<Route['cli']> },
): void => {
  const [group = '', verb = ''] = cli.command.split(' ')
  const command = groupOf(program, group).command(verb).description(summary)
  const parameters = namesIn(path)
  for (const parameter of parameters) command.argument(`<${parameter}>`)
  const { properties = {} } = (query?.toJSONSchema({ io: 'input' }) ?? {}) as Shape
  for (const option of Object.keys(properties)) command.option(`--${option} <${option}>`)
  command.action(async (...args: unknown[]) => {
    const options = command.optsWithGlobals<GlobalOptions & Record<string, string>>()
    const input: Record<string, unknown> = {}
    for (const [index, parameter] of parameters.entries()) input[parameter] = args[index]
    for (const option of Object.keys(properties)) input[option] = options[option]
    const { client } = await reachNode(deps, options)
    const answer = await call(client, name)(input, { idempotencyKey: deps.newKey() })
    const lines = options.json ? [JSON.stringify(answer)] : linesOf(answer, cli.columns)
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
