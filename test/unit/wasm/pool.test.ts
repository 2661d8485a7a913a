import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Child } from '../../../node/adapters/wasm/pool/child-process.ts'
import { createPool } from '../../../node/adapters/wasm/pool/pool.ts'
import {
  createStopwatch,
  residentBytes,
  watchMemory,
} from '../../../node/adapters/wasm/pool/watch.ts'
import { fakeChild } from './fake-child.ts'

describe('a pool', () => {
  const silent = { warn: () => undefined }
  const open = async (options = {}, startChild = async (): Promise<Child> => fakeChild()) => {
    const started: Child[] = []
    const pool = createPool(
      {
        log: silent,
        startChild: async () => {
          const child = await startChild()
          started.push(child)
          return child
        },
      },
      { workers: 1, maxQueue: 1, tasksPerChild: 100, ...options },
    )
    await pool.start()
    return { pool, started }
  }

  it('lends its children in the order they were asked for', async () => {
    const { pool, started } = await open({ maxQueue: 2 })
    const order: number[] = []
    await Promise.all([1, 2, 3].map((n) => pool.withChild(async () => void order.push(n))))
    assert.deepEqual(order, [1, 2, 3])
    assert.equal(started.length, 1)
    await pool.stop()
  })

  it('refuses when too many wait, and those who wait when it stops', async () => {
    const { pool } = await open()
    const { promise, resolve: finish } = Promise.withResolvers<void>()
    const held = pool.withChild(() => promise)
    const waiting = pool.withChild(async () => undefined)
    await assert.rejects(
      pool.withChild(async () => undefined),
      { code: 'SANDBOX_BUSY' },
    )
    const refused = assert.rejects(waiting, { code: 'SANDBOX_NOT_RUNNING' })
    await pool.stop()
    await refused
    finish()
    await held
    await assert.rejects(
      pool.withChild(async () => undefined),
      { code: 'SANDBOX_NOT_RUNNING' },
    )
  })

  it('replaces a child that died and one that has run its share', async () => {
    const { pool, started } = await open({ tasksPerChild: 2 })
    await pool.withChild(async (child) => child.kill('WALL_TIMEOUT'))
    assert.equal(await pool.withChild(async (child) => child === started[1]), true)
    await pool.withChild(async () => undefined)
    assert.equal(await pool.withChild(async (child) => child === started[2]), true)
    await pool.stop()
    assert.ok(started.every((child) => !child.alive()))
  })

  it('says so when no child can be started, and tries again for the next task', async () => {
    let broken = false
    const { pool } = await open({}, async () => {
      if (broken) throw new Error('no more processes')
      return fakeChild()
    })
    broken = true
    await pool.withChild(async (child) => child.kill('WALL_TIMEOUT'))
    await assert.rejects(
      pool.withChild(async () => undefined),
      { code: 'SANDBOX_UNAVAILABLE' },
    )
    broken = false
    assert.equal(await pool.withChild(async () => 'done'), 'done')
    await pool.stop()
    await assert.rejects(
      open({}, () => Promise.reject(new Error('none'))),
      { code: 'SANDBOX_UNAVAILABLE' },
    )
  })

  it('forgets a task that is cancelled while it waits', async () => {
    const { pool } = await open()
    const controller = new AbortController()
    const { promise, resolve: finish } = Promise.withResolvers<void>()
    const held = pool.withChild(() => promise)
    const waiting = pool.withChild(async () => 'never', controller.signal)
    controller.abort(new Error('cancelled'))
    await assert.rejects(waiting, /cancelled/)
    finish()
    await held
    assert.equal(await pool.withChild(async () => 'next'), 'next')
    await pool.stop()
  })
})

describe('the watch over a run', () => {
  it('knows the memory of a process, where the system tells', async () => {
    const bytes = await residentBytes(process.pid)
    if (process.platform === 'linux') assert.ok((bytes ?? 0) > 1 << 20)
    assert.equal(await residentBytes(2 ** 30), null)
  })

  it('calls out when a process takes more than it may', async () => {
    if (process.platform !== 'linux') return
    const watch = await new Promise<ReturnType<typeof watchMemory>>((resolve) => {
      const started = watchMemory(process.pid, { limitBytes: 1, onExceed: () => resolve(started) })
    })
    watch.stop()
    assert.ok(watch.peakBytes() > 1 << 20)
  })

  it('counts only the time that runs', async () => {
    const stopwatch = createStopwatch(60_000, () => assert.fail('too early'))
    assert.equal(stopwatch.elapsedMs(), 0)
    stopwatch.start()
    stopwatch.pause()
    const counted = stopwatch.elapsedMs()
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(stopwatch.elapsedMs(), counted)
  })
})
