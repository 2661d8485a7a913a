import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigError } from './config-error.ts'
import type { Config } from './schema.ts'

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => text.toLowerCase() as `0x${string}`)

const Contracts = z.strictObject({
  paymentChannel: address.nullable(),
  disputeArbiter: address.nullable(),
  // Deployments made before there were escrows do not name them.
  escrow: address.nullable().default(null),
  reputation: address.nullable().default(null),
  token: address.nullable(),
  /** Block of the deployment: events are looked for from there on. */
  block: z.int().min(0).nullable(),
})

const NetworkFile = z.strictObject({
  chainId: z.int().min(1),
  name: z.string().min(1).max(64),
  explorer: z.url({ protocol: /^https$/ }).nullable(),
  nativeSymbol: z.string().min(1).max(16),
  confirmations: z.int().min(1).max(1_000),
  minWindowSeconds: z.int().min(1),
  contracts: Contracts,
  rpcUrls: z.array(z.url()),
})

/** A chain that nodes may use: what is known of it and where the contracts stand, null where nobody deployed them. */
export type ChainNetwork = z.output<typeof NetworkFile>

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

const readAs = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> => {
  const json = await readJson(path)
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issues = json === undefined ? [] : parsed.error.issues
  const unreadable = { path: 'file', given: '', expected: 'JSON that can be read', source: path }
  throw new ConfigError(
    issues.length === 0
      ? [unreadable]
      : issues.map((issue) => ({
          path: issue.path.join('.') || 'file',
          given: '',
          expected: `something else: ${issue.message}`,
          source: path,
        })),
  )
}

/** What the file of a chain says. */
export const readNetworkFile = (path: string): Promise<ChainNetwork> => readAs(path, NetworkFile)

/** The chain of `config/networks/<network>.json`, with the contracts of a deployment file where one is given. */
export const readNetwork = async ({
  network,
  deployment,
}: Pick<Config['chain'], 'network' | 'deployment'>): Promise<ChainNetwork> => {
  const file = join(import.meta.dirname, 'networks', `${network}.json`)
  const known = await readNetworkFile(file)
  if (deployment === null) return known
  return { ...known, contracts: await readAs(deployment, Contracts) }
}
