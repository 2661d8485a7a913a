import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'mocha'
import { openLevelStore } from '../../node/adapters/store/index.ts'
import { silentLog } from '../fakes/log.ts'

const writer = join(import.meta.dirname, 'store-writer.ts')
const owner = { agent: `0x${'cd'.repeat(20)}` as const, chainId: 31337 }
const ENOUGH = 200

/** Starts a writer and kills it without warning in the middle of its work. */
const writeUntilKilled = async (folder: string): Promise<string[]> => {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, [writer, folder, owner.agent], { stdio })
  const ended = once(child, 'close')
  const acknowledged: string[] = []
  for await (const id of createInterface(child.stdout)) {
    acknowledged.push(id)
    if (acknowledged.length === ENOUGH) child.kill('SIGKILL')
  }
  await ended
  return acknowledged
}

describe('a level store whose process is killed while it commits', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-store-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('holds everything acknowledged, and of the rest whole commits only', async () => {
    const acknowledged = [await writeUntilKilled(folder), await writeUntilKilled(folder)].flat()
    assert.ok(acknowledged.length >= 2 * ENOUGH)
    const store = await openLevelStore({ folder, owner, log: silentLog })
    const pairs = store.collection<{ bytes: Uint8Array }>({ name: 'pairs', version: 1 })
    const found = new Set<string>()
    for await (const [key, { bytes }] of pairs.list()) {
      assert.deepEqual(bytes, new Uint8Array(2_000).fill(7))
      found.add(key)
    }
    await store.stop()
    for (const id of acknowledged) assert.ok(found.has(`${id}-left`), `${id} is lost`)
    for (const key of found) {
      const other = key.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left'))
      assert.ok(found.has(other), `half of ${key} is lost`)
    }
  })
})
