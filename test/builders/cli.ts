import type {
  CliDeps,
  MachineReport,
  MadeIdentity,
  ModuleReport,
  RunningNode,
  Terminal,
} from '../../node/cli/index.ts'
import { runCli } from '../../node/cli/index.ts'
import { createControlClient, type EventSocket } from '../../protocols/control/index.ts'
import type { FakeNodeApi } from '../fakes/node-api.ts'
import { aControlPort, type ControlKit, HOST, OWNER_TOKEN } from './control-app.ts'

/** What a command wrote. */
export type Written = { stdout: string; stderr: string }

export type CliKit = {
  control: ControlKit
  deps: CliDeps
  written: Written
  files: Map<string, Uint8Array>
  /** Runs one command line; gives its exit code and what it wrote. */
  souk(...argv: string[]): Promise<Written & { code: number }>
  interrupt(): void
}

type CliOptions = {
  isTty?: boolean
  /** What is typed at hidden prompts, one after another; null where nobody can answer. */
  typed?: string[] | null
  passphrase?: string | null
  passphraseFile?: string | null
  input?: string
}

const TOKEN_FILE = '/data/token'

const aTerminal = (
  written: Written,
  { isTty = false, typed, input = '' }: CliOptions,
): Terminal => {
  const answers = [...(typed ?? [])]
  const outputTo = (name: keyof Written) => ({
    isTty,
    hasColors: isTty,
    columns: 80,
    write: (data: string | Uint8Array) => {
      written[name] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
    },
  })
  return {
    stdout: outputTo('stdout'),
    stderr: outputTo('stderr'),
    readInput: async () => Buffer.from(input),
    askHidden: async (question) => {
      if (!typed) return null
      written.stderr += question
      return answers.shift() ?? null
    },
  }
}

/** A socket that carries a fake node's events without a connection. */
export const socketOn = (api: FakeNodeApi): EventSocket => {
  let unsubscribe = () => {}
  return {
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type !== 'message') return
      unsubscribe = api.events.subscribe((event) =>
        listener({ data: JSON.stringify(event) } as never),
      )
    },
    close: () => unsubscribe(),
  }
}

export const anIdentity: MadeIdentity = {
  agent: `0x${'a1'.repeat(20)}`,
  did: 'did:key:zQ3sh',
  peerId: '12D3KooWself',
  folder: '/data',
  isNew: true,
}

/** What tools say of a module: refused where it begins with an R. */
export const aModuleReport = (bytes: Uint8Array): ModuleReport => {
  const accepted = bytes[0] !== 0x52
  return {
    accepted,
    faults: accepted ? [] : [{ code: 'THREADS', where: 'function 3', detail: 'an atomic load' }],
    imports: ['wasi_snapshot_preview1.fd_write', 'wasi_snapshot_preview1.proc_exit'],
    exports: ['memory', '_start'],
    codeBytes: 2_048,
    functions: 12,
    memoryPages: { min: 2, max: 16 },
    features: ['bulk-memory', 'sign-extension'],
    bytes: bytes.length,
    sha256: 'ab'.repeat(32),
    engineHash: `0x${'e1'.repeat(32)}`,
    cost: accepted ? { bytes: 100, meteredBytes: 150, milliseconds: 12 } : null,
  }
}

/** What tools say of a machine. */
export const aMachineReport: MachineReport = {
  kernels: [
    { name: 'mixing', about: 'arithmetic', fuelPerSecond: 3_577_000_000 },
    { name: 'chasing', about: 'reads that wait', fuelPerSecond: 46_000_000 },
  ],
  workers: 2,
  speedMfuelPerSecond: 91,
  mfuelPerHour: '327600',
  costPerHour: '0.05',
  utilisationPercent: 50,
  marginPercent: 20,
  exactPrice: '0.000000183150',
  pricePerMfuel: '0.000001',
}

const aNode = (api: FakeNodeApi, calls: string[], files: Map<string, Uint8Array>): RunningNode => ({
  api,
  control: { url: `http://${HOST}`, tokenFile: TOKEN_FILE },
  start: async () => {
    files.set(TOKEN_FILE, Buffer.from(`${OWNER_TOKEN}\n`))
    calls.push('start')
  },
  stop: async () => {
    calls.push('stop')
  },
})

/** A command line before a fake node, with everything in memory. */
export const aCommandLine = async (
  options: CliOptions = {},
): Promise<CliKit & { calls: string[]; secrets: string[] }> => {
  const control = await aControlPort({ maxContentBytes: 1e6 })
  const written: Written = { stdout: '', stderr: '' }
  const files = new Map<string, Uint8Array>()
  const calls: string[] = []
  const secrets: string[] = []
  const interruption = new AbortController()
  let keys = 0
  const deps: CliDeps = {
    terminal: aTerminal(written, options),
    clock: control.clock,
    version: '0.1.0',
    loadSettings: async ({ file, values }) => {
      calls.push(`settings ${JSON.stringify({ file, ...values })}`)
      return {
        config: {},
        control: { url: `http://${HOST}`, tokenFile: TOKEN_FILE },
        passphraseFile: values['identity.passphraseFile'] ?? options.passphraseFile ?? null,
        passphrase: options.passphrase ?? null,
      }
    },
    initIdentity: async (_config, passphrase) => {
      secrets.push(passphrase)
      return anIdentity
    },
    createNode: async (_config, { passphrase }) => {
      secrets.push(passphrase)
      return aNode(control.api, calls, files)
    },
    inspectModule: async (bytes) => aModuleReport(bytes),
    benchMachine: async (_config, { decimals, onSpeed }) => {
      calls.push(`bench ${decimals}`)
      for (const kernel of aMachineReport.kernels) onSpeed(kernel)
      return aMachineReport
    },
    writeSettings: async (file, values) => {
      calls.push(`write ${JSON.stringify({ file, ...values })}`)
      return file ?? 'souk.yaml'
    },
    runDemo: async (args) => {
      calls.push(`demo ${args.join(' ')}`)
      return 0
    },
    createClient: (target) => createControlClient({ ...target, fetch: control.fetch }),
    openSocket: () => socketOn(control.api),
    files: {
      read: async (path) => files.get(path) ?? null,
      write: async (path, bytes) => void files.set(path, bytes),
    },
    newKey: () => `key-${++keys}`,
    interrupted: interruption.signal,
  }
  return {
    control,
    deps,
    written,
    files,
    calls,
    secrets,
    interrupt: () => interruption.abort(),
    souk: async (...argv) => {
      written.stdout = ''
      written.stderr = ''
      const code = await runCli(argv, deps)
      return { code, ...written }
    },
  }
}

/** The token of the fake node's owner, where commands look for it. */
export const giveToken = ({ files }: CliKit): void => {
  files.set(TOKEN_FILE, Buffer.from(`${OWNER_TOKEN}\n`))
}
