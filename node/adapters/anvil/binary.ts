import { createRequire } from 'node:module'
import { Fault } from '../../../protocols/common/index.ts'
import type { AnvilFault } from './faults.ts'

type Machine = { platform: string; arch: string }

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The package that holds anvil for a machine, and the file in it. */
export const nativeBinary = ({ platform, arch }: Machine): string => {
  const suffix = platform === 'win32' ? '.exe' : ''
  return `@foundry-rs/anvil-${platform}-${ARCHITECTURES[arch] ?? arch}/bin/anvil${suffix}`
}

/** The anvil of this machine: the native program, or the wrapper that finds it more slowly. */
export const findAnvil = (machine: Machine = process): readonly string[] => {
  const require = createRequire(import.meta.url)
  try {
    return [require.resolve(nativeBinary(machine))]
  } catch {
    // Not every installer lays the packages out flat.
  }
  try {
    return [process.execPath, require.resolve('@foundry-rs/anvil/bin.mjs')]
  } catch (error) {
    throw notInstalled(error)
  }
}

const notInstalled = (cause: unknown) =>
  new Fault<AnvilFault>('CHAIN_START_FAILED', 'anvil is not installed', { cause })
