import type { Duplex } from 'node:stream'
import { encodeFrame, type Frame, HEADER_BYTES_MAX } from '../frames/index.ts'
import { Inbox } from './inbox.ts'

/** Why a child was ended by its owner. */
export type KillReason = 'WALL_TIMEOUT' | 'MEMORY_EXHAUSTED' | 'CANCELLED' | 'CLOSED'

/** The child is gone or mad, and how: by its owner (`reason`), or by itself. */
export class ChildGone extends Error {
  readonly reason: KillReason | null

  constructor(reason: KillReason | null, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.reason = reason
  }
}

/** The parent's end of the line to a child. Never blocks; refuses frames larger than the child was allowed to send. */
export type Line = {
  send(frame: Frame): void
  /** The next frame; rejects when the line breaks. */
  receive(bodyBytesMax: number): Promise<Frame>
  /** Makes every pending and later `receive` reject. */
  fail(reason: Error): void
  /** Calls back once when the line breaks; returns how to stop listening. */
  onFail(listener: (reason: Error) => void): () => void
}

type Waiting = {
  bodyBytesMax: number
  resolve: (frame: Frame) => void
  reject: (error: unknown) => void
}

/** A line over a two-way stream. */
export const createLine = (stream: Duplex): Line => {
  const inbox = new Inbox()
  const listeners = new Set<(reason: Error) => void>()
  const state: { waiting: Waiting | null; failure: Error | null } = { waiting: null, failure: null }

  const fail = (reason: Error) => {
    const failure = state.failure ?? reason
    state.failure = failure
    state.waiting?.reject(failure)
    state.waiting = null
    for (const listener of listeners) listener(failure)
    listeners.clear()
  }

  const deliver = () => {
    const { waiting } = state
    if (!waiting) return
    try {
      const frame = inbox.take(waiting.bodyBytesMax)
      if (!frame) return
      state.waiting = null
      waiting.resolve(frame)
    } catch (error) {
      fail(new ChildGone(null, String(error)))
    }
  }

  stream.on('data', (chunk: Uint8Array) => {
    inbox.push(chunk)
    if (state.waiting) deliver()
    else if (inbox.unread > HEADER_BYTES_MAX) fail(new ChildGone(null, 'flood of frames'))
  })
  // A line breaks when its child dies, and the child's owner hears of that with the reason.
  stream.on('error', () => undefined)
  return {
    send: (frame) => {
      if (state.failure) return
      stream.cork()
      for (const piece of encodeFrame(frame)) stream.write(piece)
      stream.uncork()
    },
    receive: (bodyBytesMax) =>
      new Promise((resolve, reject) => {
        if (state.failure) {
          reject(state.failure)
          return
        }
        state.waiting = { bodyBytesMax, resolve, reject }
        deliver()
      }),
    fail,
    onFail: (listener) => {
      if (state.failure) listener(state.failure)
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
