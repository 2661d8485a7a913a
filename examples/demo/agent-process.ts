import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { StartedNode } from '../../node/cli/index.ts'
import { Fault } from '../../protocols/common/index.ts'
import { type ControlClient, createControlClient } from '../../protocols/control/index.ts'

/** An agent's node in a process of its own. */
export type AgentProcess = StartedNode & {
  name: string
  token: string
  client: ControlClient
  stop(): Promise<void>
}

const STOP_MS = 10_000
const node = join(import.meta.dirname, '..', '..', 'node')
const main = join(node, 'main.ts')
const wiring = join(node, 'create-node.ts')

const firstLine = (child: ChildProcess): Promise<string | null> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    lines.once('line', resolve)
    lines.once('close', () => resolve(null))
  })

const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(impatience)
}

// Five processes load the same code: compiled once, it loads in half the time.
const cachedIn = (folder: string): string[] => {
  const script = `import m from 'node:module'; m.enableCompileCache(${JSON.stringify(folder)})`
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
}

/** Compiles a node's code into the cache. */
export const fillCache = async (cache: string): Promise<void> => {
  const script = `import(${JSON.stringify(pathToFileURL(wiring).href)})`
  const child = spawn(process.execPath, [...cachedIn(cache), '-e', script], { stdio: 'ignore' })
  await once(child, 'exit')
}

/** `cache` holds compiled code. */
export type AgentFiles = { name: string; settingsFile: string; logFile: string; cache: string }

/** Starts a node and waits until it serves; `onSpawn` gets the way to end it at once, before anything can go wrong. */
export const startAgent = async (
  { name, settingsFile, logFile, cache }: AgentFiles,
  onSpawn: (stop: () => Promise<void>) => void,
): Promise<AgentProcess> => {
  const log = await open(logFile, 'w')
  const args = ['start', '--config', settingsFile, '--json', '--stop-with-input']
  const child = spawn(process.execPath, [...cachedIn(cache), main, ...args], {
    // It ends with its standard input, so also when this process is killed.
    stdio: ['pipe', 'pipe', log.fd],
    // A process group of its own: Ctrl-C reaches this process only, which then stops all in order.
    detached: true,
  })
  const stop = () => endProcess(child)
  onSpawn(stop)
  const line = await firstLine(child)
  await log.close()
  if (line === null) {
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
    throw new Fault('DEMO_AGENT_FAILED', `Agent ${name} did not start: ${lines.at(-1)}`)
  }
  const started = JSON.parse(line) as StartedNode
  const { url, tokenFile } = started.control
  const token = (await readFile(tokenFile, 'utf8')).trim()
  return { ...started, name, token, client: createControlClient({ url, token, fetch }), stop }
}
