import { type ChannelBook, observeChain } from '../../protocols/channel/index.ts'
import type { Hash } from '../../protocols/common/index.ts'
import type { Desk } from './desk.ts'

/** Takes over what the chain says of a channel. */
export const refresh = async (desk: Desk, channelId: Hash): Promise<void> => {
  const view = await desk.deps.chain.channel(channelId)
  const now = desk.deps.clock.now()
  await desk.shelf.change(channelId, ({ channel }) => ({
    channel: observeChain(channel, view, now),
    value: undefined,
  }))
}

/** Looks at the chain until the channel is as asked. */
export const refreshUntil = async (
  desk: Desk,
  channelId: Hash,
  isReached: (book: ChannelBook) => boolean,
): Promise<void> => {
  const { shelf, deps, options, stopping } = desk
  const done = new AbortController()
  const signal = AbortSignal.any([stopping, done.signal])
  const reached = shelf.until(channelId, isReached, signal)
  reached.catch(() => {})
  let isDone = false
  try {
    while (!isDone) {
      await refresh(desk, channelId)
      const pause = deps.clock.wait(options.tickMs, { signal }).then(() => false)
      pause.catch(() => {})
      isDone = await Promise.race([reached.then(() => true), pause])
    }
  } finally {
    done.abort(new Error('no longer waited for'))
  }
}

/** A chain call of this channel is known to have failed: the next attempt is a different one. */
export const countFailure = (desk: Desk, channelId: Hash): Promise<void> =>
  desk.shelf.change(channelId, ({ channel }) => ({
    channel: { ...channel, failedCalls: channel.failedCalls + 1 },
    value: undefined,
  }))
