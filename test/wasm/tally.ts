/** Counts what passed and what failed, and says each failure once. */
export type Tally = {
  passed: number
  failed: number
  check(name: string, work: () => void): void
  fail(name: string, error: unknown): void
  say(line: string): void
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

export const createTally = (say: (line: string) => void): Tally => {
  const tally: Tally = {
    passed: 0,
    failed: 0,
    say,
    check: (name, work) => {
      try {
        work()
        tally.passed += 1
      } catch (error) {
        tally.fail(name, error)
      }
    },
    fail: (name, error) => {
      tally.failed += 1
      say(`FAILED ${name}: ${messageOf(error)}`)
    },
  }
  return tally
}
