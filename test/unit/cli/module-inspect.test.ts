import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { EXIT } from '../../../node/cli/exit-codes.ts'
import { inspectionLines } from '../../../node/cli/module-inspect.ts'
import { aCommandLine, aModuleReport } from '../../builders/cli.ts'
import { stopControlPort } from '../../builders/control-app.ts'

type Kit = Awaited<ReturnType<typeof aCommandLine>>

describe('souk module inspect', () => {
  let kit: Kit
  beforeEach(async () => {
    kit = await aCommandLine()
    kit.files.set('good.wasm', Buffer.from('a module'))
    kit.files.set('bad.wasm', Buffer.from('Refused'))
  })
  afterEach(() => stopControlPort(kit.control))

  it('shows what an accepted module asks for and what metering it comes to', async () => {
    const { code, stdout } = await kit.souk('module', 'inspect', 'good.wasm')
    assert.equal(code, 0)
    assert.match(stdout, /good\.wasm {2}accepted/)
    assert.match(stdout, /size +8 bytes/)
    assert.match(stdout, /2\.0 KiB in 12 functions; metered 150 bytes \(1\.50 times the module\)/)
    assert.match(stdout, /memory +2 pages \(0\.1 MiB\) at the start, at most 16 pages \(1\.0 MiB\)/)
    assert.match(stdout, /features +bulk-memory sign-extension/)
    assert.match(stdout, /imports +wasi_snapshot_preview1: 2\n +fd_write proc_exit/)
    assert.doesNotMatch(stdout, /why not/)
  })

  it('says why a module is refused, and where, and ends with the code for bad input', async () => {
    const { code, stdout } = await kit.souk('module', 'inspect', 'bad.wasm')
    assert.equal(code, EXIT.badInput)
    assert.match(stdout, /refused/)
    assert.match(stdout, /why not +code +where +what/)
    assert.match(stdout, /THREADS +function 3 +an atomic load/)
  })

  it('gives everything to programs', async () => {
    const { stdout } = await kit.souk('module', 'inspect', 'bad.wasm', '--json')
    const report = JSON.parse(stdout)
    assert.deepEqual(report, { file: 'bad.wasm', ...aModuleReport(Buffer.from('Refused')) })
  })

  it('does not show names without end, nor lines wider than the terminal', () => {
    const names = Array.from({ length: 500 }, (_, index) => `function_${index}`)
    const report = { ...aModuleReport(Buffer.from('x')), exports: names }
    const output = { ...kit.deps.terminal.stdout, columns: 72 }
    const lines = inspectionLines('x.wasm', { ...report, imports: [] }, output)
    assert.ok(lines.some((line) => line.includes('and 440 more')))
    const listed = lines.filter((line) => line.includes('function_'))
    assert.ok(listed.every((line) => line.length <= 72))
  })

  it('lets no name of a stranger steer the terminal', () => {
    const report = { ...aModuleReport(Buffer.from('R')), exports: ['\u001b[2Jgone', '\u009b31m'] }
    const faults = [{ code: 'THREADS', where: '\u001b]0;title\u0007', detail: 'x\ny' }]
    const { stdout } = kit.deps.terminal
    const text = inspectionLines('x.wasm', { ...report, faults }, stdout).join('\n')
    assert.match(text, /\?\[2Jgone \?31m/)
    assert.match(text, /THREADS +\?\]0;title\? +x\?y/)
  })

  it('names the byte, and how far a limit was passed', () => {
    const excess = { offset: 77, value: 20_000, limit: 10_000 }
    const fault = { code: 'TOO_MANY_LOCALS', where: 'function 3', detail: 'locals', ...excess }
    const report = { ...aModuleReport(Buffer.from('R')), faults: [fault] }
    const text = inspectionLines('x.wasm', report, kit.deps.terminal.stdout).join('\n')
    assert.match(text, /TOO_MANY_LOCALS +function 3, byte 77 +locals \(20000 of 10000\)/)
  })

  it('says nothing of parts that a file without code does not have', () => {
    const nothing = { imports: [], exports: [], functions: 0, codeBytes: 0, features: [] }
    const report = { ...aModuleReport(Buffer.from('R')), ...nothing }
    const text = inspectionLines('x.wasm', report, kit.deps.terminal.stdout).join('\n')
    assert.doesNotMatch(text, /code +0 bytes|imports|memory/)
  })

  it('refuses a file that is not there and a memory that is no number', async () => {
    assert.equal((await kit.souk('module', 'inspect', 'none.wasm')).code, EXIT.noInput)
    const { code } = await kit.souk('module', 'inspect', 'good.wasm', '--memory-pages', 'much')
    assert.equal(code, EXIT.badInput)
  })
})
