// A process of its own that submits one call and is killed as soon as the call has come to a given phase. Its order comes as JSON.
import type { Store } from '../../node/ports/index.ts'
import { silentLog } from '../fakes/log.ts'
import { fromPlain } from './plain-call.ts'
import { type AgentPlace, startAgent } from './settling-agent.ts'

type Order = { place: AgentPlace; key: string; call: unknown; phase: string }

const { place, key, call, phase } = JSON.parse(process.argv[2] ?? '') as Order

/** Once the phase is on disk the process is gone, before anything follows from it. */
const deadly = (store: Store): Store => ({
  ...store,
  commit: async (writes) => {
    await store.commit(writes)
    const isReached = writes.some(({ collection, value }) => {
      const entry = value as { key?: string; submission?: { phase: string } } | undefined
      return collection === 'outbox' && entry?.key === key && entry.submission?.phase === phase
    })
    if (isReached) process.kill(process.pid, 'SIGKILL')
  },
})

const agent = await startAgent(place, { log: silentLog, around: deadly })
await agent.settlement.submit(key, fromPlain(call))
