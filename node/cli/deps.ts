import type { ControlClient, EventSocket, NodeApi } from '../../protocols/control/index.ts'
import type { Clock, ModuleInspection } from '../ports/index.ts'
import type { Output, Terminal } from './terminal.ts'

/** Where settings come from, besides the environment: a file and single values by dotted name. */
export type SettingSources = { file?: string; values: Readonly<Record<string, string>> }

/** What commands need to know of the settings; `config` itself is only handed on. */
export type CliSettings<Config> = {
  config: Config
  control: { url: string; tokenFile: string }
  passphraseFile: string | null
  /** From the environment, null where it holds none. */
  passphrase: string | null
}

export type RunningNode = {
  start(): Promise<void>
  stop(): Promise<void>
  api: Pick<NodeApi, 'self' | 'chainStatus'>
  /** Known once started. */
  control: { url: string; tokenFile: string }
}

export type MadeIdentity = {
  agent: string
  did: string
  peerId: string
  folder: string
  isNew: boolean
}

/**
 * A judged module: its size in bytes, its hash, the engine that judged it. `cost` is what metering came to: size before and after and the
 * time it took; null for a module that was refused.
 */
export type ModuleReport = ModuleInspection & {
  bytes: number
  sha256: string
  engineHash: string
  cost: { bytes: number; meteredBytes: number; milliseconds: number } | null
  features?: readonly string[]
}

/** Speed of one kind of work, in fuel per second of one worker. */
export type KernelReport = {
  name: string
  about: string
  fuelPerSecond: number
}

/** A machine's speed and the price that pays for it. Amounts in tokens; `exactPrice` is the price before it is rounded up. */
export type MachineReport = {
  kernels: readonly KernelReport[]
  workers: number
  speedMfuelPerSecond: number
  mfuelPerHour: string
  costPerHour: string
  utilisationPercent: number
  marginPercent: number
  exactPrice: string
  pricePerMfuel: string
}

/** Everything that commands do to the world; main.ts hands in the real things. */
export type CliDeps<Config = unknown> = {
  terminal: Terminal
  clock: Pick<Clock, 'wait'>
  version: string
  /** Throws Fault with every complaint at once. */
  loadSettings(sources: SettingSources): Promise<CliSettings<Config>>
  initIdentity(config: Config, passphrase: string): Promise<MadeIdentity>
  createNode(config: Config, secrets: { passphrase: string }): Promise<RunningNode>
  /** Judges a module in a process without rights; null memory is the network's default. */
  inspectModule(bytes: Uint8Array, limits: { memoryPages: number | null }): Promise<ModuleReport>
  /** Measures this machine with as many workers as the settings name. */
  benchMachine(
    config: Config,
    options: { decimals: number; onSpeed: (speed: KernelReport) => void },
  ): Promise<MachineReport>
  /** Changes the settings file in use and gives its path. Throws Fault CONFIG_FILE_MISSING where none is named. */
  writeSettings(
    file: string | undefined,
    values: Readonly<Record<string, string | number>>,
  ): Promise<string>
  runDemo(args: readonly string[]): Promise<number>
  createClient(target: { url: string; token: string }): ControlClient
  openSocket(url: string, protocols: string[]): EventSocket
  files: {
    /** Null where there is no such file. */
    read(path: string): Promise<Uint8Array | null>
    write(path: string, bytes: Uint8Array): Promise<void>
  }
  /** A fresh Idempotency-Key. */
  newKey(): string
  /** Aborts at the first Ctrl-C or SIGTERM. */
  interrupted: AbortSignal
}

export type { Output, Terminal }
