// Where the contracts of a chain stand, as config/networks/*.json says and keeps it.
import { open, readFile, rename } from 'node:fs/promises'
import { type ChainNetwork, readNetworkFile } from '../../config/index.ts'
import type { EarlierDeployment } from '../deployment.ts'

export type Places = {
  network: ChainNetwork
  /** What an earlier run placed, or was about to place. */
  earlier: EarlierDeployment
  /** Durable when it resolves. */
  keep(places: EarlierDeployment): Promise<void>
}

// Addresses in lower case, as everywhere: the same places are the same bytes.
const asText = (place: string | bigint | null | undefined) =>
  typeof place === 'bigint' ? Number(place) : (place?.toLowerCase() ?? null)

const asJson = (places: EarlierDeployment) =>
  Object.fromEntries(Object.entries(places).map(([name, place]) => [name, asText(place)]))

// All but the places keeps the look that somebody gave it.
const withContracts = (text: string, contracts: object): string => {
  const block = JSON.stringify(contracts, null, 2).replaceAll('\n', '\n  ')
  return text.replace(/"contracts": \{[^}]*\}/, () => `"contracts": ${block}`)
}

const replaceFile = async (path: string, text: string): Promise<void> => {
  const handle = await open(`${path}.new`, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.new`, path)
}

/** Reads a network's file. */
export const openPlaces = async (file: string): Promise<Places> => {
  const network = await readNetworkFile(file)
  const { block, ...addresses } = network.contracts
  return {
    network,
    earlier: { ...addresses, block: block === null ? null : BigInt(block) },
    keep: async (places) => {
      const text = await readFile(file, 'utf8')
      const { contracts } = JSON.parse(text) as { contracts: object }
      await replaceFile(file, withContracts(text, { ...contracts, ...asJson(places) }))
    },
  }
}
