import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { type ControlServer, createControlServer, createTokens } from '../../node/control/index.ts'
import { ownerGrant } from '../../node/control/tokens.ts'
import {
  createControlClient,
  followEvents,
  type StreamMessage,
} from '../../protocols/control/index.ts'
import { createSeededChance } from '../fakes/chance.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createRecordingLog } from '../fakes/log.ts'
import { createFakeNodeApi, type FakeNodeApi } from '../fakes/node-api.ts'
import { createMemoryStore } from '../fakes/store.ts'

const TOKEN = 't'.repeat(43)

describe('a control server on a real port', () => {
  let api: FakeNodeApi
  let server: ControlServer
  let url: string
  const log = createRecordingLog()
  const serverOn = (options: { host?: string; port?: number }) =>
    createControlServer(
      {
        api,
        tokens: createTokens([{ ...ownerGrant(null), token: TOKEN }]),
        clock: createFakeClock(),
        chance: createSeededChance(1),
        log,
        store: createMemoryStore(),
      },
      options,
    )
  beforeEach(async () => {
    api = createFakeNodeApi()
    server = serverOn({})
    url = (await server.start()).url
  })
  afterEach(() => server.stop())

  it('serves the client', async () => {
    const client = createControlClient({ url, token: TOKEN, fetch })
    const body = { module: { bytesBase64: 'AGFzbQ==' }, budget: '0.50' }
    const options = { idempotencyKey: 'once', signal: AbortSignal.timeout(10_000) }
    const task = await client.executeWithPayment({ body }, options)
    assert.deepEqual(await client.executeWithPayment({ body }, options), task)
    assert.equal((await client.tasks()).items.length, 1)
    const { cid } = await client.putContent({ body: new Uint8Array(100_000).fill(7) })
    assert.equal((await client.getContent({ cid })).length, 100_000)
  })

  it('streams events and resumes where the follower left off', async () => {
    const follow = (after: number, count: number) =>
      new Promise<StreamMessage[]>((resolve, reject) => {
        const messages: StreamMessage[] = []
        const open = (address: string, protocols: string[]) => new WebSocket(address, protocols)
        const stream = followEvents(
          { url, token: TOKEN, open, after },
          {
            onMessage: (message) => {
              messages.push(message)
              if (messages.length < count) return
              stream.close()
              resolve(messages)
            },
            onClose: ({ code }) => reject(new Error(`closed with ${code}`)),
          },
        )
      })
    const event = { type: 'task.phase', taskId: 't', role: 'requester', phase: 'created' } as const
    api.emit(event)
    const first = await follow(0, 1)
    api.emit(event)
    api.emit(event)
    const rest = await follow(1, 2)
    const seqs = [...first, ...rest].map((message) => ('seq' in message ? message.seq : 0))
    assert.deepEqual(seqs, [1, 2, 3])
  })

  it('closes a stream whose first message holds no good token', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events`)
    const closed = new Promise<number>((resolve) => {
      socket.addEventListener('open', () => socket.send('{"token":"wrong"}'))
      socket.addEventListener('close', ({ code }) => resolve(code))
    })
    assert.equal(await closed, 4401)
  })

  it('closes its streams when it stops', async () => {
    const closed = new Promise<number>((resolve) => {
      const open = (address: string, protocols: string[]) => new WebSocket(address, protocols)
      followEvents(
        { url, token: TOKEN, open },
        {
          onOpen: () => void server.stop(),
          onMessage: () => undefined,
          onClose: ({ code }) => resolve(code),
        },
      )
    })
    assert.equal(await closed, 1001)
  })

  describe('whose port is taken', () => {
    let other: Server
    let port: number
    beforeEach(async () => {
      other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      port = (other.address() as { port: number }).port
    })
    afterEach(() => new Promise((resolve) => other.close(resolve)))

    it('says so with a code and what to do', async () => {
      const message = `Port ${port} of 127.0.0.1 is taken: stop the other program, or choose another port for the control port`
      await assert.rejects(serverOn({ port }).start(), { code: 'PORT_TAKEN', message })
    })
  })

  it('says when its address is not one of this machine', async () => {
    await assert.rejects(serverOn({ host: '192.0.2.1' }).start(), { code: 'ADDRESS_UNAVAILABLE' })
  })
})
