import { Fault } from '../../protocols/common/index.ts'
import type { CliDeps, ModuleReport } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import type { GlobalOptions } from './node-client.ts'
import { type Output, styled, tableOf } from './terminal.ts'

export type InspectOptions = GlobalOptions & { memoryPages?: string }

const KIB = 1024
const MIB = KIB * KIB
const PAGE_BYTES = 65_536
const LABEL_WIDTH = 10
const NAMES_SHOWN = 60
const WHERE_WIDTH = 44
// Names are a stranger's: none may steer the terminal.
const UNPRINTABLE = /[^\u0020-\u007e\u00a0-\uffff]/g

const plain = (name: string): string => name.replace(UNPRINTABLE, '?')
const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text

const sizeOf = (bytes: number): string => {
  if (bytes < KIB) return `${bytes} bytes`
  return bytes < MIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`
}

/** Words in lines of at most `width`. */
const wrapped = (words: readonly string[], width: number): string[] => {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

const namesOf = (names: readonly string[], width: number): string[] => {
  const shown = names.slice(0, NAMES_SHOWN).map(plain)
  const more = names.length - shown.length
  return wrapped(more > 0 ? [...shown, `and ${more} more`] : shown, width)
}

/** Imports under the module they come from. */
const importsOf = (imports: readonly string[], width: number): string[] => {
  const groups = new Map<string, string[]>()
  for (const name of imports) {
    const at = name.indexOf('.')
    const from = name.slice(0, at)
    groups.set(from, [...(groups.get(from) ?? []), name.slice(at + 1)])
  }
  return [...groups].flatMap(([from, names]) => [
    `${plain(from)}: ${names.length}`,
    ...namesOf(names, width - 2).map((line) => `  ${line}`),
  ])
}

const memoryOf = ({ memoryPages: { min, max } }: ModuleReport): string => {
  const mib = (pages: number) => `${((pages * PAGE_BYTES) / MIB).toFixed(1)} MiB`
  const most = max === null ? 'as many as the task allows' : `${max} pages (${mib(max)})`
  return `${min} pages (${mib(min)}) at the start, at most ${most}`
}

const codeOf = ({ codeBytes, functions, cost }: ModuleReport): string => {
  const code = `${sizeOf(codeBytes)} in ${functions} functions`
  if (!cost) return code
  const { bytes, meteredBytes, milliseconds } = cost
  const growth = (meteredBytes / bytes).toFixed(2)
  return `${code}; metered ${sizeOf(meteredBytes)} (${growth} times the module) in ${milliseconds.toFixed(0)} ms`
}

/** A name, then its lines under one another. */
const row = (output: Output, name: string, lines: readonly string[]): string[] =>
  lines.map(
    (line, index) =>
      `  ${styled(output, 'dim', (index === 0 ? name : '').padEnd(LABEL_WIDTH))} ${line}`,
  )

type Refusal = ModuleReport['faults'][number]

const placeOf = ({ where, offset }: Refusal): string => {
  const place = cut(plain(where), WHERE_WIDTH)
  return offset === undefined ? place : `${place}, byte ${offset}`
}

const reasonOf = ({ detail, value, limit }: Refusal): string => {
  const reason = plain(detail)
  return value === undefined || limit === undefined ? reason : `${reason} (${value} of ${limit})`
}

const faultLines = ({ faults }: ModuleReport): string[] =>
  tableOf(
    ['code', 'where', 'what'],
    faults.map((fault) => [fault.code, placeOf(fault), reasonOf(fault)]),
  )

/** What is known of a module, as lines for people. */
export const inspectionLines = (
  file: string,
  report: ModuleReport,
  output: Output,
): readonly string[] => {
  const width = Math.max(40, output.columns - LABEL_WIDTH - 4)
  const verdict = report.accepted
    ? styled(output, 'green', 'accepted')
    : styled(output, 'red', 'refused')
  const { features = [], functions, imports } = report
  const about = [
    ...row(output, 'code', [codeOf(report)]),
    ...row(output, 'memory', [memoryOf(report)]),
    ...row(output, 'features', wrapped(features, width)),
    ...row(output, 'imports', importsOf(imports, width)),
    ...row(output, 'exports', namesOf(report.exports, width)),
  ]
  return [
    `${styled(output, 'bold', file)}  ${verdict}`,
    ...row(output, 'size', [sizeOf(report.bytes)]),
    ...row(output, 'sha256', [report.sha256]),
    ...(functions + imports.length > 0 ? about : []),
    ...row(output, 'engine', [report.engineHash]),
    ...(report.accepted ? [] : ['', ...row(output, 'why not', faultLines(report))]),
  ]
}

const wholeNumber = (text: string | undefined): number | null => {
  if (text === undefined) return null
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new Fault('REQUEST_INVALID', `--memory-pages takes a whole number, not ${text}`)
}

/** souk module inspect: what a module asks for, what metering it costs, and whether nodes run it. Needs no node. */
export const inspectModule = async (
  deps: CliDeps,
  file: string,
  options: InspectOptions,
): Promise<number> => {
  const { stdout } = deps.terminal
  const memoryPages = wholeNumber(options.memoryPages)
  const bytes = await deps.files.read(file)
  if (bytes === null) throw new Fault('FILE_MISSING', `No file ${file}`, { file })
  const report = await deps.inspectModule(bytes, { memoryPages })
  const lines = options.json
    ? [JSON.stringify({ file, ...report })]
    : inspectionLines(file, report, stdout)
  stdout.write(`${lines.join('\n')}\n`)
  return report.accepted ? EXIT.ok : EXIT.badInput
}
