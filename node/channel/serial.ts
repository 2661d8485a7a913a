/** Runs jobs of one key one after another, and jobs of different keys side by side. */
export type Serial = <T>(key: string, job: () => Promise<T>) => Promise<T>

export const createSerial = (): Serial => {
  const tails = new Map<string, Promise<void>>()
  return (key, job) => {
    const run = (tails.get(key) ?? Promise.resolve()).then(job)
    const forget = () => {
      if (tails.get(key) === tail) tails.delete(key)
    }
    const tail: Promise<void> = run.then(forget, forget)
    tails.set(key, tail)
    return run
  }
}
