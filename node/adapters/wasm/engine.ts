import { fileURLToPath } from 'node:url'
import { keccak256, toHex } from '../../../protocols/common/index.ts'
import { meteringText } from './module/index.ts'
import { wasiText } from './wasi/index.ts'

/** Which implementation of WASI preview 1 guests get. Results of the two are not comparable. */
export type EngineOptions = { wasiHost: 'souk' | 'wasmer' }

const wasmerText = JSON.stringify({ host: 'wasmer', version: '1.2.2' })

/** Names the rules of metering: equal hashes mean that equal modules become equal bytes. */
export const meteringHash: `0x${string}` = toHex(keccak256(new TextEncoder().encode(meteringText)))

/** Names the engine: equal hashes mean equal fuel, verdicts and outputs for equal tasks. */
export const engineHashOf = ({ wasiHost }: EngineOptions): `0x${string}` => {
  const host = wasiHost === 'souk' ? wasiText : wasmerText
  return toHex(keccak256(new TextEncoder().encode(`${meteringText}\n${host}`)))
}

/** Folders a child may read beside this one. */
export const readableFolders = (wasiHost: EngineOptions['wasiHost']): readonly string[] => {
  if (wasiHost === 'souk') return []
  const entry = fileURLToPath(import.meta.resolve('@wasmer/wasi'))
  return [entry.slice(0, entry.lastIndexOf('@wasmer') + '@wasmer/wasi'.length)]
}
