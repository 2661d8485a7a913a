/** Callbacks for one kind of news; `add` returns the unsubscriber. */
export type Listeners<Args extends unknown[]> = {
  tell(...args: Args): void
  add(listener: (...args: Args) => void): () => void
}

export const createListeners = <Args extends unknown[]>(): Listeners<Args> => {
  const listeners = new Set<(...args: Args) => void>()
  return {
    tell: (...args) => {
      for (const listener of listeners) listener(...args)
    },
    add: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
