import assert from 'node:assert/strict'
import type { WebSocket } from '@fastify/websocket'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createEventHub } from '../../../node/control/event-hub.ts'
import { faultCode } from '../../../protocols/common/index.ts'
import type { EventSocket, NodeEvent, StreamMessage } from '../../../protocols/control/index.ts'
import { EVENTS_PROTOCOL, followEvents } from '../../../protocols/control/index.ts'
import {
  aControlPort,
  type ControlKit,
  HOST,
  OWNER_TOKEN,
  stopControlPort,
} from '../../builders/control-app.ts'
import { createFakeClock, settle } from '../../fakes/clock.ts'
import { createFakeNodeApi } from '../../fakes/node-api.ts'

const anEvent = (taskId: string): NodeEvent => ({
  type: 'task.phase',
  taskId,
  role: 'requester',
  phase: 'created',
})
const bearer = `${EVENTS_PROTOCOL}, bearer.${OWNER_TOKEN}`

describe('the event stream of a control port', () => {
  let kit: ControlKit
  let socket: WebSocket | undefined
  let received: StreamMessage[]

  const connect = async (path: string, protocol?: string) => {
    const headers = { host: HOST, ...(protocol && { 'sec-websocket-protocol': protocol }) }
    socket = await kit.control.app.injectWS(path, { headers } as never, {
      onInit: (opening) => {
        opening.on('message', (data) => received.push(JSON.parse(String(data))))
      },
    })
    await settle()
    return socket
  }
  const seqs = () => received.map((message) => ('seq' in message ? message.seq : message.type))
  const rest = async () => {
    for (let turn = 0; turn < 5; turn++) await settle()
  }

  beforeEach(async () => {
    received = []
    kit = await aControlPort()
    kit.api.emit(anEvent('one'))
    kit.api.emit(anEvent('two'))
  })
  afterEach(async () => {
    socket?.terminate()
    await stopControlPort(kit)
  })

  it('starts with what is new', async () => {
    await connect('/api/v1/events', bearer)
    kit.api.emit(anEvent('three'))
    await rest()
    assert.deepEqual(seqs(), [3])
  })

  it('resumes behind a cursor', async () => {
    await connect('/api/v1/events?after=1', bearer)
    kit.api.emit(anEvent('three'))
    await rest()
    assert.deepEqual(seqs(), [2, 3])
  })

  it('says where events are gone, and starts over after a restart of the node', async () => {
    await connect('/api/v1/events?after=77', bearer)
    await rest()
    assert.deepEqual(received[0], { type: 'stream.gap', after: 77, next: 1 })
    assert.deepEqual(seqs(), ['stream.gap', 1, 2])
  })

  it('takes the token in the first message too', async () => {
    const opened = await connect('/api/v1/events?after=0')
    kit.api.emit(anEvent('three'))
    await rest()
    assert.deepEqual(seqs(), [])
    opened.send(JSON.stringify({ token: OWNER_TOKEN }))
    await rest()
    assert.deepEqual(seqs(), [1, 2, 3])
  })

  it('closes on a wrong first message, and on silence', async () => {
    const wrong = await connect('/api/v1/events')
    wrong.send('{"token":"x"}')
    await rest()
    assert.notEqual(wrong.readyState, wrong.OPEN)
    const silent = await connect('/api/v1/events')
    assert.equal(silent.readyState, silent.OPEN)
    await kit.clock.advance(5000)
    await rest()
    assert.notEqual(silent.readyState, silent.OPEN)
    silent.terminate()
    wrong.terminate()
  })

  it('refuses a wrong token, a malformed cursor and a plain request', async () => {
    const wrong = connect('/api/v1/events', `${EVENTS_PROTOCOL}, bearer.wrong`)
    await assert.rejects(wrong, /401/)
    await assert.rejects(connect('/api/v1/events?after=x', bearer), /400/)
    assert.equal((await kit.ask('/api/v1/events')).status, 400)
  })

  it('has room for so many and no more', async () => {
    await connect('/api/v1/events', bearer)
    const first = socket
    await connect('/api/v1/events', bearer)
    await assert.rejects(connect('/api/v1/events', bearer), /503/)
    first?.terminate()
  })
})

type FakeSocket = {
  bufferedAmount: number
  sent: string[]
  pings: number
  closedWith: number | null
  isTerminated: boolean
  listeners: Map<string, () => void>
}

const aSocket = () => {
  const state: FakeSocket = {
    bufferedAmount: 0,
    sent: [],
    pings: 0,
    closedWith: null,
    isTerminated: false,
    listeners: new Map(),
  }
  const socket = {
    get bufferedAmount() {
      return state.bufferedAmount
    },
    send: (text: string) => state.sent.push(text),
    ping: () => {
      state.pings += 1
    },
    close: (code: number) => {
      state.closedWith = code
    },
    terminate: () => {
      state.isTerminated = true
    },
    on: (type: string, listener: () => void) => state.listeners.set(type, listener),
  }
  return { state, socket: socket as never as WebSocket }
}

describe('an event hub', () => {
  const limits = { maxStreams: 1, maxBufferedBytes: 100, pingMs: 1000 }

  it('closes a socket that reads too slowly', async () => {
    const api = createFakeNodeApi()
    const hub = createEventHub({ events: api.events, clock: createFakeClock() }, limits)
    hub.start()
    const { state, socket } = aSocket()
    hub.add(socket, undefined)
    assert.throws(
      () => hub.makeRoom(),
      (error) => faultCode(error) === 'TOO_MANY_STREAMS',
    )
    api.emit(anEvent('one'))
    state.bufferedAmount = 101
    api.emit(anEvent('two'))
    api.emit(anEvent('three'))
    assert.equal(state.sent.length, 1)
    assert.equal(state.closedWith, 1013)
    hub.makeRoom()
    hub.stop()
  })

  it('drops a socket that no longer answers, and says goodbye to the others', async () => {
    const clock = createFakeClock()
    const hub = createEventHub(
      { events: createFakeNodeApi().events, clock },
      { ...limits, maxStreams: 2 },
    )
    hub.start()
    const dead = aSocket()
    const alive = aSocket()
    hub.add(dead.socket, undefined)
    hub.add(alive.socket, undefined)
    await clock.advance(1000)
    assert.equal(alive.state.pings, 1)
    alive.state.listeners.get('pong')?.()
    await clock.advance(1000)
    assert.deepEqual([dead.state.isTerminated, alive.state.isTerminated], [true, false])
    dead.state.listeners.get('close')?.()
    hub.stop()
    assert.equal(alive.state.closedWith, 1001)
    assert.equal(dead.state.closedWith, null)
  })
})

describe('following events', () => {
  it('opens a WebSocket with the token beside the protocol and hands messages on', () => {
    const opened: { url: string; protocols: string[] }[] = []
    const listeners = new Map<string, (event: never) => void>()
    let isClosed = false
    const socket = {
      addEventListener: (type: string, listener: (event: never) => void) =>
        listeners.set(type, listener),
      close: () => {
        isClosed = true
      },
    } as EventSocket
    const seen: unknown[] = []
    const options = { url: 'http://127.0.0.1:7700/', token: 'tok', after: 5 }
    const stream = followEvents(
      {
        ...options,
        open: (url, protocols) => {
          opened.push({ url, protocols })
          return socket
        },
      },
      {
        onOpen: () => seen.push('open'),
        onMessage: (message) => seen.push(message.type),
        onClose: ({ code }) => seen.push(code),
      },
    )
    assert.deepEqual(opened, [
      {
        url: 'ws://127.0.0.1:7700/api/v1/events?after=5',
        protocols: [EVENTS_PROTOCOL, 'bearer.tok'],
      },
    ])
    listeners.get('open')?.({} as never)
    listeners.get('message')?.({ data: '{"type":"stream.gap","after":5,"next":9}' } as never)
    listeners.get('error')?.({} as never)
    listeners.get('close')?.({ code: 1006, reason: '' } as never)
    assert.deepEqual(seen, ['open', 'stream.gap', 1006])
    stream.close()
    assert.ok(isClosed)
  })
})
