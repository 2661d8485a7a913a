import {
  decodeInspect,
  decodeRun,
  encodeEnding,
  encodeInspected,
  encodeSlice,
  type Frame,
} from '../frames/index.ts'
import { prepareModule } from '../module/index.ts'
import { type GuestHooks, runGuest } from '../runner/index.ts'
import type { CreateWasiHost } from '../wasi/index.ts'
import type { Channel } from './channel.ts'
import { createLive, type Live } from './live-output.ts'
import type { ModuleCache } from './module-cache.ts'

export type ServeDeps = {
  channel: Channel
  modules: ModuleCache
  createHost: CreateWasiHost
  /** Ends the process when its owner is gone. */
  onBeat: () => void
  rssBytes: () => number
  now: () => number
  /** Called between two requests, with the guest's memory out of use. */
  onIdle: () => void
}

const obtain = ({ channel, modules }: ServeDeps, key: string): WebAssembly.Module => {
  const cached = modules.get(key)
  if (cached) return cached
  channel.send({ header: { type: 'need-module' }, parts: [] })
  const [metered = new Uint8Array(0)] = channel.receive().parts
  return modules.add(key, metered)
}

const holdAtSlice =
  (channel: Channel, live: Live | null): GuestHooks['onSlice'] =>
  (usage) => {
    live?.flush()
    channel.send(encodeSlice(usage))
    return channel.receive().header.type === 'continue' ? 'continue' : 'stop'
  }

const run = (deps: ServeDeps, request: Frame): void => {
  const { channel, createHost, rssBytes, now } = deps
  const { moduleKey, input, limits, sliceFuel, isLive } = decodeRun(request)
  const module = obtain(deps, moduleKey)
  channel.send({ header: { type: 'started' }, parts: [] })
  const live = isLive ? createLive({ send: channel.send, now }) : null
  const hooks: GuestHooks = {
    createHost,
    onSlice: holdAtSlice(channel, live),
    onBeat: (fuelUsed) => {
      deps.onBeat()
      live?.onBeat(fuelUsed)
    },
    ...(live && { onOutput: live.onOutput }),
  }
  const ending = runGuest({ module, input, limits, sliceFuel }, hooks)
  live?.flush()
  channel.send(encodeEnding({ ...ending, rssBytes: rssBytes() }))
}

const inspect = ({ channel }: ServeDeps, request: Frame): void => {
  const { module, memoryPages } = decodeInspect(request)
  channel.send(encodeInspected(prepareModule(module, { memoryPages })))
}

/** Answers one request. */
export const serveOne = (deps: ServeDeps, request: Frame): void => {
  if (request.header.type === 'inspect') inspect(deps, request)
  else run(deps, request)
}

/** Answers requests one after the other until the channel closes. */
export const serve = (deps: ServeDeps): never => {
  deps.channel.send({ header: { type: 'ready' }, parts: [] })
  for (;;) {
    serveOne(deps, deps.channel.receive())
    deps.onIdle()
  }
}
