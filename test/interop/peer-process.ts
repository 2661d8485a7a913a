import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '../e2e/kit/until.ts'
import { peersFolder } from './install.ts'

/** One line that a peer wrote: what happened, and facts about it. */
export type PeerEvent = { event: string } & Readonly<Record<string, unknown>>

/** A peer that runs as its own process on its own packages. */
export type PeerProcess = {
  events: readonly PeerEvent[]
  /** The first event of this name for which the condition holds; waits for it. */
  told(event: string, holds?: (told: PeerEvent) => boolean): Promise<PeerEvent>
  stop(): Promise<void>
  /** What it wrote besides events. */
  log(): string
}

export const startPeer = (script: string, settings: object): PeerProcess => {
  const child = spawn(process.execPath, [join(peersFolder, script), JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: PeerEvent[] = []
  let log = ''
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line)))
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const exited = once(child, 'exit')
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  const told: PeerProcess['told'] = async (event, holds = () => true) => {
    const find = () => events.find((told) => told.event === event && holds(told))
    await until(
      () => `${script} tells "${event}"; it told ${JSON.stringify(events)}\n${log}`,
      async () => {
        if (isGone() && !find()) throw new Error(`${script} is gone:\n${log}`)
        return find() !== undefined
      },
    )
    return find() as PeerEvent
  }
  return {
    events,
    told,
    stop: async () => {
      if (!isGone()) child.kill('SIGTERM')
      await exited
    },
    log: () => log,
  }
}
