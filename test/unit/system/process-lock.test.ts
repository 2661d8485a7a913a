import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { keyLock, processLock } from '../../../node/adapters/system/index.ts'

const system = join(import.meta.dirname, '../../../node/adapters/system/index.ts')
const script = (folder: string) => `
  const { processLock } = await import(${JSON.stringify(system)})
  await processLock(${JSON.stringify(folder)}).then(
    () => console.log('taken'),
    (error) => console.log(error.code, error.details.pid),
  )`
const nodeArguments = (code: string) => ['--input-type=module', '-e', code]
const attempt = async (folder: string) => {
  const { stdout } = await promisify(execFile)(process.execPath, nodeArguments(script(folder)))
  return stdout.trim()
}

describe('a key on a chain', () => {
  const agent = `0x${process.pid.toString(16).padStart(40, '0')}` as const
  it('is for one process, wherever its data lies', async () => {
    const lock = await keyLock(agent, 31_337)
    await assert.rejects(keyLock(agent, 31_337), { code: 'KEY_IN_USE' })
    await lock.release()
    await (await keyLock(agent, 31_337)).release()
  })
})

describe('a data folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-lock-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is for one process: another is told whose it is', async () => {
    const lock = await processLock(folder)
    assert.equal(await attempt(folder), `DATA_FOLDER_IN_USE ${process.pid}`)
    await lock.release()
    assert.equal(await attempt(folder), 'taken')
  })

  it('is for one node within a process, too', async () => {
    const lock = await processLock(folder)
    await assert.rejects(processLock(folder), {
      code: 'DATA_FOLDER_IN_USE',
      message: new RegExp(`process ${process.pid}`),
    })
    await lock.release()
    await (await processLock(folder)).release()
    assert.deepEqual(await readdir(folder), [])
  })

  it('is free again when its process was killed', async () => {
    const code = `${script(folder)}; setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, nodeArguments(code))
    await once(child.stdout, 'data')
    await assert.rejects(processLock(folder), { code: 'DATA_FOLDER_IN_USE' })
    child.kill('SIGKILL')
    await once(child, 'close')
    await (await processLock(folder)).release()
  })

  it('is free when the pid in a lock is now another process, and stale locks are cleared away', async () => {
    await writeFile(join(folder, `node.${process.pid}.0badb007-12345.0.lock`), '')
    await writeFile(join(folder, 'node.2147483646.unknown.3.lock'), '')
    await (await processLock(folder)).release()
    assert.deepEqual(await readdir(folder), [])
  })

  it('is not locked by files of other kinds', async () => {
    await writeFile(join(folder, 'node.txt.lock'), '')
    await (await processLock(folder)).release()
    assert.deepEqual(await readdir(folder), ['node.txt.lock'])
  })

  it('never goes to two that start at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => processLock(folder)))
    const winners = attempts.filter(({ status }) => status === 'fulfilled')
    assert.ok(winners.length <= 1)
    assert.equal((await readdir(folder)).length, winners.length)
  })

  it('is not given up by a lock that was already released', async () => {
    const first = await processLock(folder)
    await first.release()
    await first.release()
    assert.deepEqual(await readdir(folder), [])
  })
})
