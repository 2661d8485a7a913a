import type { StampedEvent } from './events.ts'
import { routes } from './routes.ts'

/** Sub-protocol that the server confirms; the token travels beside it as `bearer.<token>`, never in the URL. */
export const EVENTS_PROTOCOL = 'souk.events.1'
export const BEARER_PROTOCOL_PREFIX = 'bearer.'

/** What the stream sends: an event, or the news that what lay between `after` (as asked for) and `next` is gone. */
export type StreamMessage = StampedEvent | { type: 'stream.gap'; after: number; next: number }

/** The part of the standard WebSocket that following needs. */
export type EventSocket = {
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
  close(): void
}

export type EventStreamOptions = {
  url: string
  token: string
  open: (url: string, protocols: string[]) => EventSocket
  /** Resume behind this event; only new ones when left out. */
  after?: number
}

export type EventStreamListener = {
  onOpen?: () => void
  onMessage: (message: StreamMessage) => void
  /** Also called when the socket never opened. */
  onClose: (event: { code: number; reason: string }) => void
}

/** Follows a node's events until closed; the caller reconnects with `after` set to the last seq it saw. */
export const followEvents = (
  { url, token, open, after }: EventStreamOptions,
  { onOpen, onMessage, onClose }: EventStreamListener,
): { close(): void } => {
  const query = after === undefined ? '' : `?after=${after}`
  const address = `${url.replace(/^http/, 'ws').replace(/\/$/, '')}${routes.events.path}${query}`
  const socket = open(address, [EVENTS_PROTOCOL, `${BEARER_PROTOCOL_PREFIX}${token}`])
  socket.addEventListener('open', () => onOpen?.())
  socket.addEventListener('message', ({ data }) => onMessage(JSON.parse(String(data))))
  socket.addEventListener('close', onClose)
  // An error is always followed by a close.
  socket.addEventListener('error', () => undefined)
  return { close: () => socket.close() }
}
