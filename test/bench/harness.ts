import { cpus, totalmem } from 'node:os'

/** A bound that a figure must keep: `at-least` or `at-most` the limit, in the figure's unit. */
export type Goal = { bound: 'at-least' | 'at-most'; limit: number }

/** What a suite promises to measure; a figure that is missing afterwards fails the run. */
export type Figure = { name: string; unit: string; goal: Goal | null }

export type Measured = { value: number; baseline?: number }

export type Result = {
  name: string
  value: number
  unit: string
  baseline: number | null
  ratio: number | null
  goal: Goal | null
  met: boolean
}

export type Suite = {
  name: string
  figures: readonly Figure[]
  run(progress: (line: string) => void): Promise<Readonly<Record<string, Measured>>>
}

export type Report = {
  suite: string
  machine: { node: string; cpu: string; cores: number; memoryGiB: number }
  results: readonly Result[]
}

const isMet = (value: number, goal: Goal | null): boolean => {
  if (goal === null) return true
  return goal.bound === 'at-least' ? value >= goal.limit : value <= goal.limit
}

/** Sets what was measured beside what was promised. A figure without a measurement has the value NaN and is not met. */
export const resultsOf = (
  figures: readonly Figure[],
  measured: Readonly<Record<string, Measured>>,
): readonly Result[] => {
  const strangers = Object.keys(measured).filter((name) => !figures.some((f) => f.name === name))
  if (strangers.length > 0) throw new Error(`measured but not declared: ${strangers.join(', ')}`)
  return figures.map(({ name, unit, goal }) => {
    const found = measured[name]
    const value = found?.value ?? Number.NaN
    const baseline = found?.baseline ?? null
    const ratio = baseline === null ? null : value / baseline
    return {
      name,
      value,
      unit,
      baseline,
      ratio,
      goal,
      met: found !== undefined && isMet(value, goal),
    }
  })
}

/** The value below which the given share (0 to 1) of the samples lies. */
export const percentile = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** The mean of ratios: as many times more as less cancel out. */
export const geometricMean = (ratios: readonly number[]): number =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)

export const describeMachine = (): Report['machine'] => ({
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
})

const shown = (value: number | null): string => {
  if (value === null) return ''
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const goalText = (goal: Goal | null): string =>
  goal === null ? '' : `${goal.bound === 'at-least' ? '>=' : '<='} ${goal.limit}`

/** A report as an aligned table for people. */
export const tableOf = ({ suite, machine, results }: Report): string => {
  const head = [suite, 'value', 'unit', 'baseline', 'ratio', 'goal', 'met']
  const rows = results.map((result) => [
    result.name,
    shown(result.value),
    result.unit,
    shown(result.baseline),
    shown(result.ratio),
    goalText(result.goal),
    result.met ? 'yes' : 'NO',
  ])
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const about = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`
  return [about, '', line(head), ...rows.map(line)].join('\n')
}
