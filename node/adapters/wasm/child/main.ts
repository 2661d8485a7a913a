// Entry of a child process: waits for work on an inherited descriptor, runs it, answers. Holds no network code.
import { createSoukHost } from '../wasi/index.ts'
import { ChannelClosed, createChannel } from './channel.ts'
import { createCompilerSwitch } from './compiler.ts'
import { createModuleCache } from './module-cache.ts'
import { serve } from './serve.ts'

const CHANNEL_DESCRIPTOR = 3
// A guest's memory stays until it is collected; a run that left less behind is not worth the pause.
const COLLECT_AFTER_BYTES = 32 << 20

const [hostName] = process.argv.slice(2)
const owner = process.ppid
for (const name of ['fetch', 'WebSocket', 'EventSource']) Reflect.deleteProperty(globalThis, name)

const createHost =
  hostName === 'wasmer' ? (await import('../wasmer/index.ts')).createWasmerHost : createSoukHost

const collect = (globalThis as { gc?: () => void }).gc
const resident = () => process.memoryUsage.rss()
let collectedAt = resident()
try {
  serve({
    channel: createChannel(CHANNEL_DESCRIPTOR),
    modules: createModuleCache(createCompilerSwitch()),
    createHost,
    onBeat: () => {
      if (process.ppid !== owner) process.exit(1)
    },
    rssBytes: resident,
    now: () => performance.now(),
    onIdle: () => {
      if (resident() < collectedAt + COLLECT_AFTER_BYTES) return
      collect?.()
      collectedAt = resident()
    },
  })
} catch (error) {
  if (!(error instanceof ChannelClosed)) throw error
}
