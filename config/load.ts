import { ConfigError, type ConfigFault, show } from './config-error.ts'
import { type Field, fields, fieldsByPath } from './fields.ts'
import { readValue } from './read-value.ts'
import { rules } from './rules.ts'
import { Config } from './schema.ts'
import { type Found, fromEnvironment, fromFile, fromFlags, type Given } from './sources.ts'

export type ConfigSources = {
  /** A YAML or JSON file. */
  file?: string | undefined
  /** Environment variables; those that do not begin with SOUK_ are ignored. */
  env?: Readonly<Record<string, string | undefined>>
  /** Settings by path, as text or typed: `{ 'control.port': 0 }`. */
  flags?: Readonly<Record<string, unknown>>
  /** Where relative paths in environment and flags start; the working directory unless given. */
  folder?: string
}

type Tree = { [name: string]: unknown }

const nest = (values: Iterable<[path: string, value: unknown]>): Tree => {
  const root: Tree = {}
  for (const [path, value] of values) {
    const names = path.split('.')
    const last = names.pop() as string
    let node = root
    for (const name of names) {
      node[name] ??= {}
      node = node[name] as Tree
    }
    node[last] = value
  }
  return root
}

const deepFreeze = <T extends object>(value: T): T => {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child)
  }
  return Object.freeze(value)
}

const faultOf = (field: Field, given: Given | undefined): ConfigFault => ({
  path: field.path,
  given: field.kind === 'secret' ? 'something else' : show(given?.value),
  expected: field.expectation,
  source: given?.source ?? 'default',
})

/** The settings whose values the schema refuses. */
const refusedBy = (tree: Tree): Set<string> => {
  const { error } = Config.safeParse(tree)
  const refused = new Set<string>()
  for (const { path } of error?.issues ?? []) {
    // An item of a list is longer than the path of its setting.
    const names = path.map(String)
    while (names.length > 0 && !fieldsByPath.has(names.join('.'))) names.pop()
    refused.add(names.join('.'))
  }
  return refused
}

const ruleFaults = (config: Config, refused: Set<string>, given: Map<string, Given>) =>
  rules
    .filter(({ paths, isKept }) => !paths.some((path) => refused.has(path)) && !isKept(config))
    .map(({ paths, expected }): ConfigFault => {
      const path = paths.find((candidate) => given.has(candidate)) ?? paths[0]
      const value = given.get(path)
      return { path, given: '', expected, source: value?.source ?? 'default' }
    })

const findAll = async ({ file, env = {}, flags = {}, folder }: ConfigSources): Promise<Found[]> => {
  const start = folder ?? process.cwd()
  const defaults = fields
    .filter(({ kind, default: value }) => kind === 'path' && value !== null)
    .map(({ path, default: value }): [string, Given] => [
      path,
      { value, source: 'default', folder: start },
    ])
  return [
    { values: new Map(defaults), faults: [] },
    await fromFile(file),
    fromEnvironment(env, start),
    fromFlags(flags, start),
  ]
}

/** The node's settings: defaults under file under environment under flags. Throws one ConfigError (CONFIG_INVALID) with everything that is wrong. */
export const loadConfig = async (sources: ConfigSources): Promise<Config> => {
  const found = await findAll(sources)
  const given = new Map(found.flatMap(({ values }) => [...values]))
  const values = [...given].map(([path, value]): [string, unknown] => [
    path,
    readValue(fieldsByPath.get(path) as Field, value),
  ])
  const refused = refusedBy(nest(values))
  const config = Config.parse(nest(values.filter(([path]) => !refused.has(path))))
  const faults = [
    ...found.flatMap((source) => source.faults),
    ...fields
      .filter(({ path }) => refused.has(path))
      .map((field) => faultOf(field, given.get(field.path))),
    ...ruleFaults(config, refused, given),
  ]
  if (faults.length > 0) throw new ConfigError(faults)
  return deepFreeze(config)
}
