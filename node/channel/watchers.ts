import type { Hash } from '../../protocols/common/index.ts'

/** Those who wait for a channel to become something. */
export type Watchers = {
  wake(channelId: Hash): void
  /** Resolves once the question is answered yes; rejects with the signal's reason. */
  until(channelId: Hash, isReached: () => boolean, signal: AbortSignal): Promise<void>
}

export const createWatchers = (): Watchers => {
  const waiting = new Map<Hash, Set<() => void>>()
  return {
    wake: (channelId) => {
      for (const look of waiting.get(channelId) ?? []) look()
    },
    until: (channelId, isReached, signal) =>
      new Promise((resolve, reject) => {
        const looks = waiting.get(channelId) ?? new Set()
        waiting.set(channelId, looks)
        const end = () => {
          looks.delete(look)
          if (looks.size === 0 && waiting.get(channelId) === looks) waiting.delete(channelId)
          signal.removeEventListener('abort', abort)
        }
        const look = () => {
          if (!isReached()) return
          end()
          resolve()
        }
        const abort = () => {
          end()
          reject(signal.reason)
        }
        looks.add(look)
        signal.addEventListener('abort', abort, { once: true })
        if (signal.aborted) abort()
        else look()
      }),
  }
}
