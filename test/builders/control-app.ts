import {
  type AppLimits,
  type ControlApp,
  createControlApp,
} from '../../node/control/control-app.ts'
import { createTokens, type Grant } from '../../node/control/index.ts'
import { createControlClient } from '../../protocols/control/index.ts'
import { createSeededChance } from '../fakes/chance.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { createRecordingLog } from '../fakes/log.ts'
import { createFakeNodeApi, type FakeNodeApi } from '../fakes/node-api.ts'
import { createMemoryStore, type MemoryStore } from '../fakes/store.ts'

export const OWNER_TOKEN = 'o'.repeat(43)
export const READER_TOKEN = 'r'.repeat(43)
export const SPENDER_TOKEN = 's'.repeat(43)
export const HOST = '127.0.0.1:7700'

const grants: (Grant & { token: string })[] = [
  {
    name: 'owner',
    token: OWNER_TOKEN,
    scopes: ['read', 'write', 'spend'],
    spendPerDay: null,
  },
  { name: 'reader', token: READER_TOKEN, scopes: ['read'], spendPerDay: null },
  {
    name: 'spender',
    token: SPENDER_TOKEN,
    scopes: ['read', 'spend'],
    spendPerDay: 1_000_000n,
  },
]

export type Asked = { status: number; body: unknown; headers: Headers }

export type ControlKit = {
  control: ControlApp
  api: FakeNodeApi
  clock: FakeClock
  store: MemoryStore
  log: ReturnType<typeof createRecordingLog>
  fetch: typeof globalThis.fetch
  client: ReturnType<typeof createControlClient>
  ask(path: string, init?: RequestInit & { token?: string | null }): Promise<Asked>
}

const limits: AppLimits = {
  version: '0.1.0',
  maxContentBytes: 1000,
  maxOrderBytes: 10_000,
  requestsPerSecond: 1,
  requestBurst: 50,
  maxStreams: 2,
  maxBufferedBytes: 10_000,
}

// Hands a fetch to the application without a socket.
const injectedFetch =
  ({ app }: ControlApp): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const url = new URL(String(input))
    const headers: Record<string, string> = Object.fromEntries(new Headers(init.headers))
    const answer = await app.inject({
      method: (init.method ?? 'GET') as 'GET',
      url: url.pathname + url.search,
      headers: { host: url.host, ...headers },
      ...(init.body != null && {
        payload: typeof init.body === 'string' ? init.body : Buffer.from(init.body as Uint8Array),
      }),
    })
    const body = answer.statusCode === 204 ? null : new Uint8Array(answer.rawPayload)
    const replied = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
    return new Response(body, { status: answer.statusCode, headers: replied as [string, string][] })
  }

// Each port draws other request ids, as each process does.
let ports = 0

/** A control port in memory, with its parts in reach. */
export const aControlPort = async (
  changed: Partial<AppLimits> = {},
  { api = createFakeNodeApi(), store = createMemoryStore(), clock = createFakeClock() } = {},
): Promise<ControlKit> => {
  const log = createRecordingLog()
  const control = await createControlApp(
    {
      api,
      tokens: createTokens(grants),
      clock,
      chance: createSeededChance(`control ${++ports}`),
      log,
      store,
    },
    { ...limits, ...changed },
  )
  control.allowHosts([HOST])
  await control.app.ready()
  control.hub.start()
  const fetch = injectedFetch(control)
  return {
    control,
    api,
    clock,
    store,
    log,
    fetch,
    client: createControlClient({ url: `http://${HOST}`, token: OWNER_TOKEN, fetch }),
    ask: async (path, { token = OWNER_TOKEN, ...init } = {}) => {
      const headers = new Headers(init.headers)
      if (token !== null) headers.set('authorization', `Bearer ${token}`)
      const answer = await fetch(`http://${HOST}${path}`, { ...init, headers })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json')
      return {
        status: answer.status,
        body: isJson ? JSON.parse(text) : text,
        headers: answer.headers,
      }
    },
  }
}

/** Stops what a kit started. */
export const stopControlPort = async ({ control }: ControlKit): Promise<void> => {
  control.hub.stop()
  await control.app.close()
}

/** A body that buys a task for at most `budget` tokens. */
export const anOrder = (budget = '0.50', changed: object = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ module: { bytesBase64: 'AGFzbQ==' }, budget, ...changed }),
})
