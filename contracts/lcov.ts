/** What one source file's lines and branches were run; a branch that was never reached counts as not taken. */
export type FileCoverage = {
  file: string
  lines: ReadonlyMap<number, number>
  /** Line and number of each branch, and how often it was taken. */
  branches: readonly { line: number; taken: number }[]
}

const readLine = (
  text: string,
  into: { lines: Map<number, number>; branches: FileCoverage['branches'][number][] },
) => {
  const [kind, rest = ''] = text.split(/:(.*)/s)
  const fields = rest.split(',')
  if (kind === 'DA') into.lines.set(Number(fields[0]), Number(fields[1]))
  if (kind === 'BRDA') {
    into.branches.push({
      line: Number(fields[0]),
      taken: fields[3] === '-' ? 0 : Number(fields[3]),
    })
  }
}

/** Reads a report in the lcov format. */
export const readLcov = (report: string): FileCoverage[] =>
  report
    .split('end_of_record')
    .filter((record) => record.includes('SF:'))
    .map((record) => {
      const file = /^SF:(.*)$/m.exec(record)?.[1] ?? ''
      const into = { lines: new Map<number, number>(), branches: [] }
      for (const line of record.split('\n')) readLine(line, into)
      return { file, ...into }
    })
