import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import type { Cid } from '../../../protocols/common/index.ts'
import { taskHashOf } from '../../../protocols/execution/index.ts'
import { hash } from '../../builders/messages.ts'
import {
  aTask,
  BAD,
  createExecutionWorld,
  type ExecutionWorld,
  options,
  requester,
  withCode,
} from './execution-world.ts'

const utf8 = new TextEncoder()
let world: ExecutionWorld
beforeEach(() => {
  world = createExecutionWorld()
})

describe('a task whose parts are all there', () => {
  it('is prepared with everything that its manifest names', async () => {
    const { taskHash, manifest } = await aTask(world)
    const prepared = await world.executor.prepare(taskHash, requester, options)
    assert.deepEqual(prepared, {
      taskHash,
      manifest,
      module: utf8.encode('module'),
      stdin: utf8.encode('stdin'),
      files: new Map([
        ['in/a.txt', utf8.encode('file a')],
        ['in/b.txt', utf8.encode('file b')],
      ]),
    })
  })

  it('is prepared without input where there is none', async () => {
    const { taskHash } = await aTask(world, { stdin: null, files: {} })
    const { stdin, files } = await world.executor.prepare(taskHash, requester, options)
    assert.deepEqual([stdin.length, files.size], [0, 0])
  })
})

describe('a task that cannot be taken on', () => {
  it('has nothing that its hash names', async () => {
    await assert.rejects(
      world.executor.prepare(hash(77), requester, options),
      withCode('CONTENT_UNAVAILABLE'),
    )
  })

  it('has a manifest that is none', async () => {
    const bytes = utf8.encode('no manifest')
    await world.buyer.content.put(bytes)
    await assert.rejects(
      world.executor.prepare(taskHashOf(bytes), requester, options),
      withCode('MANIFEST_INVALID'),
    )
  })

  it('has a manifest that is too large', async () => {
    const bytes = new Uint8Array(65_537)
    await world.buyer.content.put(bytes)
    await assert.rejects(
      world.executor.prepare(taskHashOf(bytes), requester, options),
      withCode('CONTENT_TOO_LARGE'),
    )
  })

  it('is for another engine', async () => {
    const { taskHash } = await aTask(world, { engine: hash(99) })
    await assert.rejects(
      world.executor.prepare(taskHash, requester, options),
      withCode('ENGINE_MISMATCH'),
    )
  })

  const allowed = { fuel: 10n, memoryPages: 10, outputBytes: 10, wallMs: 10 }
  const above: [string, typeof allowed][] = [
    ['fuel', { ...allowed, fuel: 11n }],
    ['memoryPages', { ...allowed, memoryPages: 11 }],
    ['outputBytes', { ...allowed, outputBytes: 11 }],
    ['wallMs', { ...allowed, wallMs: 11 }],
  ]
  for (const [name, limits] of above) {
    it(`asks for more ${name} than the machine gives, and nothing is fetched for it`, async () => {
      world = createExecutionWorld({ limits: allowed })
      const { taskHash, manifest } = await aTask(world, { limits })
      await assert.rejects(
        world.executor.prepare(taskHash, requester, options),
        withCode('LIMITS_TOO_HIGH', new RegExp(name)),
      )
      assert.equal(await world.seller.content.has(manifest.module), false)
    })
  }

  it('asks for exactly what the machine gives, and is taken on', async () => {
    world = createExecutionWorld({ limits: allowed })
    const { taskHash } = await aTask(world, { limits: allowed })
    assert.equal((await world.executor.prepare(taskHash, requester, options)).taskHash, taskHash)
  })

  it('has a module that may not run: the fault is named, and no input is fetched', async () => {
    const { taskHash, manifest } = await aTask(world, {
      module: await world.buyer.content.put(Uint8Array.of(BAD)),
    })
    await assert.rejects(
      world.executor.prepare(taskHash, requester, options),
      withCode('MODULE_INVALID', /IMPORT_UNKNOWN at import 0: env\.exec/),
    )
    assert.equal(await world.seller.content.has(manifest.stdin as Cid), false)
  })

  it('has module and inputs that are too large together', async () => {
    const { taskHash } = await aTask(world)
    const bytes = 'module'.length + 'stdin'.length + 2 * 'file a'.length
    await world.executor.prepare(taskHash, requester, { maxInputBytes: bytes })
    await assert.rejects(
      world.executor.prepare(taskHash, requester, { maxInputBytes: bytes - 1 }),
      withCode('CONTENT_TOO_LARGE'),
    )
  })

  it('has an input that was changed on the way', async () => {
    const { taskHash, manifest } = await aTask(world)
    world.buyer.corrupt(manifest.stdin as Cid)
    await assert.rejects(
      world.executor.prepare(taskHash, requester, options),
      withCode('CONTENT_CORRUPT'),
    )
  })

  it('is given up when the signal aborts', async () => {
    const { taskHash } = await aTask(world)
    const signal = AbortSignal.abort()
    await assert.rejects(
      world.executor.prepare(taskHash, requester, { ...options, signal }),
      withCode('REQUEST_CANCELLED'),
    )
  })
})
