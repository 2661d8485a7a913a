import { decodeRun, encodeEnding, encodeInspection, type Frame } from '../frames/index.ts'
import { runGuest } from '../runner/index.ts'
import type { CreateWasiHost } from '../wasi/index.ts'
import type { Channel } from './channel.ts'
import type { CachedModule, ModuleCache } from './module-cache.ts'

export type ServeDeps = {
  channel: Channel
  modules: ModuleCache
  createHost: CreateWasiHost
  /** Ends the process when its owner is gone. */
  onBeat: () => void
  rssBytes: () => number
  /** Called between two requests, with the guest's memory out of use. */
  onIdle: () => void
}

type Wanted = { moduleHash: string; memoryPages: number }

const obtain = ({ channel, modules }: ServeDeps, wanted: Wanted): CachedModule => {
  const { moduleHash, memoryPages } = wanted
  const cached = modules.get(moduleHash, memoryPages)
  if (cached) return cached
  channel.send({ header: { type: 'need-module' }, parts: [] })
  const [bytes = new Uint8Array(0)] = channel.receive().parts
  return modules.add(moduleHash, memoryPages, bytes)
}

const holdAtSlice =
  (channel: Channel) =>
  ({ slice, fuelUsed }: { slice: number; fuelUsed: bigint }): 'continue' | 'stop' => {
    channel.send({
      header: { type: 'slice', slice, fuelUsed: fuelUsed.toString() },
      parts: [],
    })
    return channel.receive().header.type === 'continue' ? 'continue' : 'stop'
  }

const run = (deps: ServeDeps, request: Frame): void => {
  const { channel, createHost, onBeat, rssBytes } = deps
  const { moduleHash, input, limits, sliceFuel } = decodeRun(request)
  const { module, inspection } = obtain(deps, { moduleHash, memoryPages: limits.memoryPages })
  if (!module) {
    channel.send(encodeInspection('refused', inspection))
    return
  }
  channel.send({ header: { type: 'started' }, parts: [] })
  const onSlice = holdAtSlice(channel)
  const hooks = { onSlice, onBeat, createHost }
  const ending = runGuest({ module, input, limits, sliceFuel }, hooks)
  channel.send(encodeEnding({ ...ending, rssBytes: rssBytes() }))
}

const inspect = (deps: ServeDeps, { header }: Frame): void => {
  const wanted = {
    moduleHash: header.moduleHash as string,
    memoryPages: header.memoryPages as number,
  }
  deps.channel.send(encodeInspection('inspected', obtain(deps, wanted).inspection))
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
