// Entry of a child process: waits for work on an inherited descriptor, runs it, answers. Holds no network code.
import { createSoukHost } from '../wasi/index.ts'
import { ChannelClosed, createChannel } from './channel.ts'
import { createModuleCache } from './module-cache.ts'
import { serve } from './serve.ts'

const CHANNEL_DESCRIPTOR = 3
// A run whose guest memory was smaller leaves little behind.
const COLLECT_ABOVE_BYTES = 96 << 20

const [role, hostName] = process.argv.slice(2)
const owner = process.ppid
for (const name of ['fetch', 'WebSocket', 'EventSource']) Reflect.deleteProperty(globalThis, name)

const createHost =
  hostName === 'wasmer' ? (await import('../wasmer/index.ts')).createWasmerHost : createSoukHost

const collect = (globalThis as { gc?: () => void }).gc
try {
  serve({
    channel: createChannel(CHANNEL_DESCRIPTOR),
    modules: createModuleCache({ compile: role === 'run' }),
    createHost,
    onBeat: () => {
      if (process.ppid !== owner) process.exit(1)
    },
    rssBytes: () => process.memoryUsage.rss(),
    onIdle: () => {
      if (process.memoryUsage.rss() > COLLECT_ABOVE_BYTES) collect?.()
    },
  })
} catch (error) {
  if (!(error instanceof ChannelClosed)) throw error
}
