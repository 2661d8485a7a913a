import { setTimeout as pause } from 'node:timers/promises'

const LOOK_MS = 100
const PATIENCE_MS = 60_000

/** Looks until the condition holds; fails with its name where that takes too long. */
export const until = async (
  name: string | (() => string),
  holds: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> => {
  const giveUpAt = Date.now() + patienceMs
  while (!(await holds())) {
    if (Date.now() > giveUpAt) {
      throw new Error(`waited in vain until ${typeof name === 'string' ? name : name()}`)
    }
    await pause(LOOK_MS)
  }
}
