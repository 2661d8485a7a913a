import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StartedNode } from '../../../node/cli/index.ts'
import { type ControlClient, createControlClient } from '../../../protocols/control/index.ts'

const main = join(import.meta.dirname, '..', '..', '..', 'node', 'main.ts')
const STOP_MS = 20_000

export const PASSPHRASE = 'open sesame'

export type NodeSettings = Readonly<Record<string, string | number | boolean>>

export type NodeProcess = StartedNode & {
  name: string
  folder: string
  token: string
  client: ControlClient
  /** SIGTERM, and waits until it is gone; gives its exit code. */
  stop(): Promise<number | null>
  /** SIGKILL: no goodbye, no flush. */
  kill(): Promise<void>
  isRunning(): boolean
  /** What it wrote to standard error. */
  log(): string
}

export type CommandEnd = { code: number | null; stdout: string; stderr: string }

export const argumentsFor = (folder: string, settings: NodeSettings): string[] => [
  ...['--data', folder],
  ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
]

const launch = (args: readonly string[], passphrase = PASSPHRASE): ChildProcess =>
  spawn(process.execPath, [main, ...args], {
    env: { ...process.env, SOUK_PASSPHRASE: passphrase, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const firstLine = (child: ChildProcess): Promise<string | null> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    lines.once('line', (line) => resolve(line))
    lines.once('close', () => resolve(null))
  })

const isGone = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (isGone(child)) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exit
  clearTimeout(timer)
  return child.exitCode
}

/** Starts a node as its own process and waits until it serves. */
export const startNode = async (
  name: string,
  folder: string,
  settings: NodeSettings,
): Promise<NodeProcess> => {
  await mkdir(folder, { recursive: true })
  const child = launch([...argumentsFor(folder, settings), '--json', 'start'])
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log += chunk
  })
  const line = await firstLine(child)
  if (line === null) {
    await end(child, 'SIGTERM')
    throw new Error(`node ${name} did not start (exit code ${child.exitCode}):\n${log}`)
  }
  const started = JSON.parse(line) as StartedNode
  const token = (await readFile(started.control.tokenFile, 'utf8')).trim()
  return {
    ...started,
    name,
    folder,
    token,
    client: createControlClient({ url: started.control.url, token, fetch }),
    stop: () => end(child, 'SIGTERM'),
    kill: async () => void (await end(child, 'SIGKILL')),
    isRunning: () => !isGone(child),
    log: () => log,
  }
}

/** Runs one command of the CLI to its end. */
export const runCommand = async (
  args: readonly string[],
  passphrase?: string,
): Promise<CommandEnd> => {
  const child = launch(args, passphrase)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Such as `souk status`, asked of this node. */
export const ask = (node: NodeProcess, args: readonly string[]): Promise<CommandEnd> =>
  runCommand(['--url', node.control.url, '--token-file', node.control.tokenFile, ...args])
