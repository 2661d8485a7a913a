import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { Fault, type Hex } from '../../../protocols/common/index.ts'
import type { Log } from '../../ports/index.ts'
import { findAnvil } from './binary.ts'
import type { AnvilFault } from './faults.ts'
import { endStale, removePid, waitUntilGone, writePid } from './stale.ts'
import {
  adoptWallet,
  preparePlace,
  readWallet,
  reportPath,
  statePath,
  type Wallet,
} from './wallet.ts'

export type LocalChainOptions = {
  /** Holds the chain's state and its keys; made if need be. */
  folder: string
  log: Log
  /** Unset: any free one. */
  port?: number
  blockTimeSeconds?: number
}

/** A running chain of one's own. `deployerKey` belongs to its first account, which owns plenty of native coin. */
export type RunningChain = { rpcUrl: string; deployerKey: Hex; pid: number; stop(): Promise<void> }

const CHAIN_ID = 31337
const START_MS = 15_000
const LOOK_MS = 25
const KEPT_STATES = 100

const fault = (code: AnvilFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault(code, message, details)

/** A port nobody listens on; the given one if that is so. Throws Fault CHAIN_PORT_TAKEN. */
const freePort = (port: number): Promise<number> =>
  new Promise((done, failed) => {
    const server = createServer()
    server.once('error', (cause) =>
      failed(fault('CHAIN_PORT_TAKEN', `port ${port} is in use`, { port, cause })),
    )
    server.listen({ port, host: '127.0.0.1' }, () => {
      const { port: free } = server.address() as { port: number }
      server.close(() => done(free))
    })
  })

/** How anvil is called. Without --no-cors any web page could spend from its unlocked accounts. */
export const anvilArguments = (
  wallet: Wallet | null,
  { folder, port, blockTimeSeconds }: { folder: string; port: number; blockTimeSeconds: number },
): string[] => [
  ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(CHAIN_ID)],
  // Mining at once loses transactions that are sent in parallel; blocks in a fixed time do not.
  ...['--block-time', String(blockTimeSeconds), '--no-cors', '--silent'],
  // Without the last states a question that a new block overtakes would fail.
  ...['--prune-history', String(KEPT_STATES)],
  ...['--state', statePath(folder), '--state-interval', '5'],
  ...(wallet === null
    ? ['--mnemonic-random', '12', '--config-out', reportPath(folder)]
    : ['--mnemonic', wallet.mnemonic]),
]

// Ends the chain, having let it save, as soon as this process is gone: then the pipe to the shell closes. First line: the chain's pid.
const GUARD = `exec 3<&0
"$@" 3<&- & chain=$!
echo $chain
(read -r _ <&3; kill -TERM $chain 2>/dev/null) >/dev/null & guard=$!
exec 3<&-
wait $chain; code=$?
kill $guard 2>/dev/null
exit $code`

const spawnGuarded = (command: readonly string[]): ChildProcess =>
  spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own process group: an interrupt typed at the terminal reaches this process, which then stops the chain in order.
    detached: true,
  })

const spawnPlain = ([program = '', ...args]: readonly string[]): ChildProcess =>
  spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })

type Spawned = { child: ChildProcess; pid: number; complaint: () => string }

const spawnAnvil = async (command: readonly string[]): Promise<Spawned> => {
  const isGuarded = process.platform !== 'win32'
  const child = isGuarded ? spawnGuarded(command) : spawnPlain(command)
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2_000)
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) =>
      reject(fault('CHAIN_START_FAILED', 'anvil did not start', { cause })),
    )
    child.once('exit', () =>
      reject(fault('CHAIN_START_FAILED', 'anvil ended at once', { complaint })),
    )
  })
  failed.catch(() => undefined)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const firstLine = new Promise<number>((done) => lines.once('line', (line) => done(Number(line))))
  const pid = isGuarded ? await Promise.race([firstLine, failed]) : (child.pid as number)
  // The rest of the output is drained so that the pipe never fills.
  lines.on('line', () => undefined)
  return { child, pid, complaint: () => complaint.trim() }
}

const answers = async (rpcUrl: string): Promise<true | null> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(1_000)
  try {
    const response = await fetch(rpcUrl, { method: 'POST', headers, body, signal })
    const { result } = (await response.json()) as { result?: string }
    return Number(result) === CHAIN_ID || null
  } catch {
    return null
  }
}

/** Asks until there is an answer; anvil writes its report only after it has begun to listen. */
const until = async <T>(
  ask: () => Promise<T | null>,
  { child, complaint }: Spawned,
): Promise<T> => {
  for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
    if (child.exitCode !== null || child.signalCode !== null) break
    const answer = await ask()
    if (answer !== null) return answer
    await wait(LOOK_MS)
  }
  const message = 'the local chain does not answer'
  throw fault('CHAIN_START_FAILED', message, { complaint: complaint() })
}

const createStop =
  ({ child, pid }: Spawned, folder: string) =>
  async () => {
    if (child.exitCode === null && child.signalCode === null) {
      try {
        // Anvil saves its state on this signal, and only then ends.
        process.kill(pid, 'SIGTERM')
      } catch {
        // It is gone already.
      }
      if (!(await waitUntilGone(pid))) process.kill(pid, 'SIGKILL')
    }
    child.stdin?.destroy()
    await removePid(folder)
  }

/** Starts anvil on a folder and waits until it answers. It ends, saved, with `stop` or with this process. */
export const startLocalChain = async (options: LocalChainOptions): Promise<RunningChain> => {
  const { log, blockTimeSeconds = 1 } = options
  const folder = resolve(options.folder)
  const ended = await endStale(folder)
  if (ended !== null) log.warn({ pid: ended }, 'local chain of an earlier run ended')
  const known = await readWallet(folder)
  await preparePlace(folder, known)
  const port = await freePort(options.port ?? 0)
  const args = anvilArguments(known, { folder, port, blockTimeSeconds })
  const spawned = await spawnAnvil([...findAnvil(), ...args])
  const rpcUrl = `http://127.0.0.1:${port}`
  const stop = createStop(spawned, folder)
  try {
    await writePid(folder, spawned.pid)
    await until(() => answers(rpcUrl), spawned)
    const { deployerKey } = known ?? (await until(() => adoptWallet(folder), spawned))
    spawned.child.once('exit', (code) => log.info({ code }, 'local chain ended'))
    log.info({ rpcUrl, pid: spawned.pid }, 'local chain started')
    return { rpcUrl, deployerKey, pid: spawned.pid, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
