/** How many letters must change, go or come to turn one text into the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let at = 1; at <= to.length; at++) {
      const changed = (row[at - 1] as number) + (from[line - 1] === to[at - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[at] as number) + 1, (next[at - 1] as number) + 1))
    }
    row = next
  }
  return row[to.length] as number
}

const MAX_LENGTH = 80
const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The known name that was probably meant; null where none is near. */
export const suggest = (name: string, known: Iterable<string>): string | null => {
  if (name.length > MAX_LENGTH) return null
  const given = name.toLowerCase()
  let best: string | null = null
  let least = Math.max(2, Math.floor(name.length / 4)) + 1
  for (const candidate of known) {
    const target = candidate.toLowerCase()
    // The right name in the wrong section is nearer than any misspelling.
    const isMisplaced = lastPart(target) === lastPart(given)
    const changes = isMisplaced ? 1 : distance(given, target)
    if (changes < least) {
      least = changes
      best = candidate
    }
  }
  return best
}
