import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { EXECUTION_PAGE } from '../docs/limits-table.ts'
import { textOf, verdictHere } from '../fixtures/wasm/run.ts'

const shell = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')

/** The blocks between fences, without the words behind them. */
const blocksOf = (page: string): string[] =>
  [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)

// What a reader of docs/execution.md types, with the module in a folder that goes away.
describe('the worked example of the page about execution', () => {
  const [commands = '', output = ''] = blocksOf(readFileSync(EXECUTION_PAGE, 'utf8'))
  let folder: string
  let module: string
  const type = async (prefix: string): Promise<string> => {
    const line = commands.split('\n').find((command) => command.startsWith(prefix)) ?? ''
    assert.notEqual(line, '', `the page has no line ${prefix}`)
    const { stdout } = await shell('sh', ['-c', line.replaceAll('words.wasm', module)], {
      cwd: root,
    })
    return stdout
  }
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'souk-worked-'))
    module = relative(root, join(folder, 'words.wasm'))
    await type('npx asc')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('is accepted by souk module inspect', async () => {
    const shown = await type('npm run --silent souk -- module inspect')
    assert.match(shown, /words\.wasm {2}accepted/)
    assert.match(shown, /exports +.*_start/)
  }).timeout(60_000)

  it('says what the page says', () => {
    const bytes = new Uint8Array(readFileSync(join(root, module)))
    const input = {
      args: ['words', '5'],
      stdin: readFileSync(join(root, 'examples', 'words', 'text.txt')),
    }
    const { kind, exitCode, stdout } = verdictHere(bytes, { input })
    assert.deepEqual([kind, exitCode, textOf(stdout)], ['exit', 0, output])
  })
}).timeout(60_000)
