import type { WebSocket } from '@fastify/websocket'
import { Fault } from '../../protocols/common/index.ts'
import type { EventLog, StreamMessage } from '../../protocols/control/index.ts'
import type { Clock } from '../ports/index.ts'

export type EventHub = {
  start(): void
  stop(): void
  /** Throws TOO_MANY_STREAMS. */
  makeRoom(): void
  /** Sends what happened after `after` (undefined: nothing old), then everything new. */
  add(socket: WebSocket, after: number | undefined): void
}

type HubLimits = { maxStreams: number; maxBufferedBytes: number; pingMs: number }

const CLOSE_GOING_AWAY = 1001
const CLOSE_TRY_AGAIN = 1013

const missedSince = (events: EventLog, after: number): StreamMessage[] => {
  // A cursor from before a restart names events that no longer exist: start over.
  const from = after > events.last() ? 0 : after
  const kept = events.since(from)
  const next = kept[0]?.seq ?? events.last() + 1
  return next === after + 1 ? [...kept] : [{ type: 'stream.gap', after, next }, ...kept]
}

/** Passes the node's events on to every open WebSocket. A socket that does not read fast enough is closed and may resume. */
export const createEventHub = (
  { events, clock }: { events: EventLog; clock: Clock },
  { maxStreams, maxBufferedBytes, pingMs }: HubLimits,
): EventHub => {
  const sockets = new Map<WebSocket, { isAlive: boolean }>()
  let unsubscribe = () => {}
  let stopped = new AbortController()

  const send = (socket: WebSocket, text: string) => {
    if (socket.bufferedAmount > maxBufferedBytes) {
      sockets.delete(socket)
      socket.close(CLOSE_TRY_AGAIN, 'reading too slowly; resume with ?after=')
    } else socket.send(text)
  }
  const ping = () => {
    for (const [socket, state] of sockets) {
      if (!state.isAlive) socket.terminate()
      state.isAlive = false
      socket.ping()
    }
  }
  const keepPinging = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await clock.wait(pingMs, { signal }).catch(() => undefined)
      if (!signal.aborted) ping()
    }
  }

  return {
    start: () => {
      stopped = new AbortController()
      unsubscribe = events.subscribe((event) => {
        const text = JSON.stringify(event)
        for (const socket of sockets.keys()) send(socket, text)
      })
      void keepPinging(stopped.signal)
    },
    stop: () => {
      unsubscribe()
      stopped.abort()
      for (const socket of sockets.keys()) socket.close(CLOSE_GOING_AWAY, 'node stopping')
      sockets.clear()
    },
    makeRoom: () => {
      if (sockets.size < maxStreams) return
      throw new Fault('TOO_MANY_STREAMS', `${maxStreams} event streams are open already`)
    },
    add: (socket, after) => {
      const state = { isAlive: true }
      sockets.set(socket, state)
      socket.on('pong', () => {
        state.isAlive = true
      })
      socket.on('close', () => sockets.delete(socket))
      if (after === undefined) return
      for (const message of missedSince(events, after)) send(socket, JSON.stringify(message))
    },
  }
}
