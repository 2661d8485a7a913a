import { z } from 'zod'
import { Config } from './schema.ts'

/** One setting, as documentation and messages show it. */
export type Field = {
  /** `chain.rpcUrls` */
  path: string
  section: string
  /** `SOUK_CHAIN_RPC_URLS` */
  environmentName: string
  type: 'text' | 'integer' | 'boolean' | 'list'
  isNullable: boolean
  kind: 'path' | 'secret' | null
  unit: string
  meaning: string
  /** What a value must be, in words. */
  expectation: string
  default: unknown
}

type Node = {
  type?: string | string[]
  properties?: Record<string, Node>
  enum?: string[]
  minimum?: number
  maximum?: number
  maxItems?: number
  default?: unknown
  description?: string
  unit?: string
  form?: string
  kind?: 'path' | 'secret'
  anyOf?: Node[]
}

const environmentNameOf = (path: string): string =>
  `SOUK_${path.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('.', '_')}`.toUpperCase()

const TYPES: Record<string, Field['type']> = {
  string: 'text',
  integer: 'integer',
  boolean: 'boolean',
  array: 'list',
}

const group = (digits: number): string => digits.toLocaleString('en-US')

const expectationOf = (node: Node, type: Field['type']): string => {
  if (node.enum) return `one of ${node.enum.join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') {
    return `a whole number from ${group(node.minimum ?? 0)} to ${group(node.maximum ?? 0)}`
  }
  if (type === 'list') return `at most ${node.maxItems} ${node.form}`
  return node.form ?? 'a text'
}

/** A nullable integer is `anyOf`; what is said of it stands beside. */
const flatten = (node: Node): { node: Node; types: string[] } => {
  const alternatives = node.anyOf ?? [node]
  const types = alternatives.flatMap(({ type = [] }) => type)
  return { node: Object.assign({}, ...alternatives, node) as Node, types }
}

const fieldOf = (path: string, schema: Node): Field => {
  const { node, types } = flatten(schema)
  const type = TYPES[types.find((name) => name !== 'null') ?? ''] ?? 'text'
  return {
    path,
    section: path.includes('.') ? path.slice(0, path.indexOf('.')) : '',
    environmentName: environmentNameOf(path),
    type,
    isNullable: types.includes('null'),
    kind: node.kind ?? null,
    unit: node.unit ?? '',
    meaning: node.description ?? '',
    expectation: expectationOf(node, type),
    default: node.default,
  }
}

const walk = (node: Node, prefix: string): Field[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    child.properties ? walk(child, `${prefix}${name}.`) : [fieldOf(prefix + name, child)],
  )

const root = z.toJSONSchema(Config, { io: 'input' }) as Node

/** All settings in the order of the schema. */
export const fields: readonly Field[] = walk(root, '')
export const fieldsByPath: ReadonlyMap<string, Field> = new Map(
  fields.map((field) => [field.path, field]),
)

/** Paths that hold other settings, such as `market.weights`, with what the section is about. */
export const sections: ReadonlyMap<string, string> = new Map(
  fields.flatMap(({ path }) =>
    path
      .split('.')
      .slice(0, -1)
      .map((_, at, parts): [string, string] => {
        const name = parts.slice(0, at + 1).join('.')
        return [name, root.properties?.[name]?.description ?? '']
      }),
  ),
)
