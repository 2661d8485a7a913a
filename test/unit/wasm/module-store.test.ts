import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createDisk } from '../../../node/adapters/wasm/cache/disk.ts'
import { createModuleStore } from '../../../node/adapters/wasm/cache/index.ts'
import { sha256 } from '../../../node/adapters/wasm/digest.ts'
import type { Inspected } from '../../../node/adapters/wasm/frames/index.ts'

const inspection = {
  ...{ accepted: true, faults: [], imports: [], exports: ['memory'], codeBytes: 3, functions: 1 },
  memoryPages: { min: 1, max: null },
}
const aModule = (
  byte: number,
  size = 100,
): { inspection: typeof inspection; metered: Uint8Array } => ({
  inspection,
  metered: new Uint8Array(size).fill(byte),
})
const refused: Inspected = {
  inspection: { ...inspection, accepted: false },
  metered: null,
}

describe('metered modules in memory', () => {
  const counting = (inspected: Inspected) => {
    const made = { times: 0 }
    const make = async () => {
      made.times += 1
      return inspected
    }
    return { made, make }
  }

  it('are made once, however many ask at the same time', async () => {
    const store = createModuleStore({ disk: null }, { memoryBytes: 1e6 })
    await store.open()
    const { made, make } = counting(aModule(1))
    const all = await Promise.all([1, 2, 3].map(() => store.obtain('k', make)))
    assert.deepEqual(all[2], await store.obtain('k', make))
    assert.equal(made.times, 1)
  })

  it('are remembered when they are refused, too', async () => {
    const store = createModuleStore({ disk: null }, { memoryBytes: 1e6 })
    const { made, make } = counting(refused)
    await store.obtain('k', make)
    assert.equal((await store.obtain('k', make)).inspection.accepted, false)
    assert.equal(made.times, 1)
  })

  it('are asked for again after a failure', async () => {
    const store = createModuleStore({ disk: null }, { memoryBytes: 1e6 })
    await assert.rejects(
      store.obtain('k', () => Promise.reject(new Error('no child'))),
      /no child/,
    )
    assert.deepEqual(await store.obtain('k', async () => aModule(1)), aModule(1))
  })

  it('give way to newer ones by weight', async () => {
    const store = createModuleStore({ disk: null }, { memoryBytes: 20_000 })
    const { made, make } = counting(aModule(1, 5_000))
    for (const key of ['a', 'b', 'a', 'c']) await store.obtain(key, make)
    assert.equal(made.times, 3)
    await store.obtain('a', make)
    assert.equal(made.times, 3)
    await store.obtain('b', make)
    assert.equal(made.times, 4)
  })
})

describe('metered modules on disk', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'modules-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const warnings: unknown[] = []
  const log = { warn: (...said: unknown[]) => void warnings.push(said) }
  const open = async (maxBytes = 1e6) => {
    const disk = createDisk({ digest: sha256, log }, { folder, maxBytes })
    await disk.open()
    return disk
  }
  const fileOf = (key: string) => join(folder, `${key}.metered`)

  it('come back after a restart, as they were', async () => {
    await (await open()).put('k', aModule(7))
    assert.deepEqual(await (await open()).get('k'), aModule(7))
    assert.equal(await (await open()).get('other'), null)
  })

  it('are made again by a store that finds them damaged, and used by one that does not', async () => {
    const disk = await open()
    const store = () => createModuleStore({ disk }, { memoryBytes: 0 })
    await store().obtain('k', async () => aModule(7))
    const kept = await store().obtain('k', () => assert.fail('it is on disk'))
    assert.deepEqual(kept, aModule(7))
    const bytes = readFileSync(fileOf('k'))
    bytes[bytes.length - 1] = 8
    writeFileSync(fileOf('k'), bytes)
    assert.deepEqual(await store().obtain('k', async () => aModule(9)), aModule(9))
  })

  it('are believed only whole, unchanged and under their own name', async () => {
    const disk = await open()
    for (const spoil of [
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 1),
      (bytes: Buffer) => bytes.subarray(0, 20),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]),
      (bytes: Buffer) => Buffer.from(bytes).fill(1, 0, 1),
    ]) {
      await disk.put('k', aModule(7))
      writeFileSync(fileOf('k'), spoil(readFileSync(fileOf('k'))))
      assert.equal(await disk.get('k'), null)
      assert.deepEqual(readdirSync(folder), [])
    }
    await disk.put('k', aModule(7))
    writeFileSync(fileOf('j'), readFileSync(fileOf('k')))
    assert.equal(await (await open()).get('j'), null)
  })

  it('give way to those used since, within their bytes', async () => {
    const disk = await open(1_000)
    await disk.put('a', aModule(1))
    const [size] = [readFileSync(fileOf('a')).length]
    const roomy = await open(2 * size)
    await roomy.put('b', aModule(2))
    await roomy.get('a')
    await roomy.put('c', aModule(3))
    assert.deepEqual(readdirSync(folder).sort(), ['a.metered', 'c.metered'])
    await roomy.put('d', aModule(4, 10_000))
    assert.equal(await roomy.get('d'), null)
    const narrow = await open(size)
    assert.equal(readdirSync(folder).length, 1)
    assert.ok((await narrow.get('c')) ?? (await narrow.get('a')))
  })

  it('are free of what a crash left half written', async () => {
    writeFileSync(join(folder, 'draft'), 'half')
    await open()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('are done without where the disk fails', async () => {
    const disk = await open()
    rmSync(folder, { recursive: true })
    await disk.put('k', aModule(1))
    assert.equal(await disk.get('k'), null)
    assert.ok(warnings.length > 0)
    writeFileSync(folder, 'a file stands in the way')
    const store = createModuleStore({ disk: await open() }, { memoryBytes: 1e6 })
    assert.deepEqual(await store.obtain('k', async () => aModule(1)), aModule(1))
  })
})

describe('a digest', () => {
  it('is the same on another thread', async () => {
    const bytes = new Uint8Array(300_000).fill(5)
    const here = createHash('sha256').update(bytes).digest()
    assert.deepEqual(Buffer.from(await sha256(bytes)), here)
  })
})
