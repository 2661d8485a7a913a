/** What was opened, closed in reverse order: also when a later part of the start fails. */
export const createClosers = () => {
  const closers: (() => Promise<void>)[] = []
  return {
    add: (close: () => Promise<void>) => void closers.push(close),
    closeAll: async () => {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}
export type Closers = ReturnType<typeof createClosers>
