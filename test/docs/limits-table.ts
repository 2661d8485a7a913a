// The limits of docs/execution.md, from the code that holds tasks to them. node test/docs/limits-table.ts writes them into the page; a test
// compares.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MODULE_BOUNDS } from '../../node/adapters/wasm/module/index.ts'
import { WASI_BOUNDS } from '../../node/adapters/wasm/wasi/bounds.ts'
import {
  DEFAULT_LIMITS,
  INPUT_BYTES_MAX,
  MODULE_BYTES_MAX,
} from '../../protocols/execution/index.ts'

/** The page that the table stands in. */
export const EXECUTION_PAGE = join(import.meta.dirname, '..', '..', 'docs', 'execution.md')

const PAGE_BYTES = 65_536
const count = (value: number | bigint): string => value.toLocaleString('en-US')
const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes / 2 ** 10} KiB` : `${bytes / 2 ** 20} MiB`

type Row = readonly [what: string, most: string, beyond: string]

const REFUSED = 'refused before money moves'

const rows: readonly Row[] = [
  ['module', size(MODULE_BYTES_MAX), REFUSED],
  ['code of the module', size(MODULE_BOUNDS.codeBytes), REFUSED],
  ['one function', size(MODULE_BOUNDS.bodyBytes), REFUSED],
  ['functions', count(MODULE_BOUNDS.functions), REFUSED],
  ['locals of a function', count(MODULE_BOUNDS.locals), REFUSED],
  ['nesting of blocks', count(MODULE_BOUNDS.nesting), REFUSED],
  ['targets of one `br_table`', count(MODULE_BOUNDS.branchTableEntries), REFUSED],
  ['entries of a table', count(MODULE_BOUNDS.tableEntries), REFUSED],
  ['data segments', count(MODULE_BOUNDS.dataSegments), REFUSED],
  ['work for a compiler, one function', count(MODULE_BOUNDS.compileWork), REFUSED],
  ['input: stdin and files', size(INPUT_BYTES_MAX), 'the order is refused'],
  ['fuel', count(DEFAULT_LIMITS.fuel), 'verdict `out-of-fuel`'],
  [
    'memory',
    `${count(DEFAULT_LIMITS.memoryPages)} pages (${size(DEFAULT_LIMITS.memoryPages * PAGE_BYTES)})`,
    '`memory.grow` answers -1',
  ],
  ['stack', `${count(DEFAULT_LIMITS.stackUnits)} units`, 'verdict `stack-overflow`'],
  ['standard output', size(DEFAULT_LIMITS.stdoutBytes), 'verdict `output-limit`'],
  ['standard error', size(DEFAULT_LIMITS.stderrBytes), 'verdict `output-limit`'],
  ['written files together', size(DEFAULT_LIMITS.fileBytes), 'verdict `output-limit`'],
  ['files and directories', count(WASI_BOUNDS.nodes), 'the call fails with `ENOSPC`'],
  ['open descriptors', count(WASI_BOUNDS.descriptors), 'the call fails with `EMFILE`'],
  ['a path', `${count(WASI_BOUNDS.pathBytes)} bytes`, 'the call fails with `ENAMETOOLONG`'],
  ['wall time', `${count(DEFAULT_LIMITS.wallMs / 60_000)} minutes`, 'host failure `WALL_TIMEOUT`'],
]

/** The table, in Markdown. */
export const limitsTable = (): string =>
  [
    '| what | most | beyond |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')

const BETWEEN = /(<!-- limits -->\n)[\s\S]*?(<!-- end -->)/

/** The page with a fresh table. */
export const withLimits = (page: string): string => page.replace(BETWEEN, `$1${limitsTable()}\n$2`)

if (import.meta.main) {
  const page = await readFile(EXECUTION_PAGE, 'utf8')
  await writeFile(EXECUTION_PAGE, withLimits(page))
}
