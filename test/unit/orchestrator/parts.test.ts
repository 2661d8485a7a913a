import assert from 'node:assert/strict'
import { unlessAborted, waitUntil } from '../../../node/orchestrator/deadline.ts'
import { createEventLog } from '../../../node/orchestrator/index.ts'
import { createSerial } from '../../../node/orchestrator/serial.ts'
import type { StampedEvent } from '../../../protocols/control/index.ts'
import { createFakeClock, settle } from '../../fakes/clock.ts'

describe('jobs of one key', () => {
  it('run one after another, those of another key beside them', async () => {
    const serial = createSerial()
    const log: string[] = []
    const first = Promise.withResolvers<void>()
    const job = (name: string, until?: Promise<void>) => async () => {
      log.push(`${name} begins`)
      await until
      log.push(`${name} ends`)
      return name
    }
    const a = serial('x', job('a', first.promise))
    const b = serial('x', job('b'))
    const c = serial('y', job('c'))
    await c
    assert.deepEqual(log, ['a begins', 'c begins', 'c ends'])
    first.resolve()
    assert.deepEqual(await Promise.all([a, b]), ['a', 'b'])
    assert.deepEqual(log.slice(3), ['a ends', 'b begins', 'b ends'])
  })

  it('go on after one that failed', async () => {
    const serial = createSerial()
    const failed = serial('x', () => Promise.reject(new Error('no')))
    const next = serial('x', async () => 'yes')
    await assert.rejects(failed, /no/)
    assert.equal(await next, 'yes')
  })
})

describe('a job with a deadline', () => {
  const hanging = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const open = () => new AbortController().signal

  it('hands on what it brings in time, and leaves no wait behind', async () => {
    const clock = createFakeClock(1_000)
    const result = await waitUntil(clock, { deadline: 1_010, signal: open() }, async () => 'done')
    assert.equal(result, 'done')
    assert.equal(clock.pending(), 0)
  })

  it('brings null when the deadline comes first, however it ends then', async () => {
    const clock = createFakeClock(1_000)
    const own = waitUntil(clock, { deadline: 1_010, signal: open() }, (signal) =>
      hanging(signal).catch(() => Promise.reject(new Error('given up'))),
    )
    await clock.advance(9_999)
    assert.equal(clock.pending(), 1)
    await clock.advance(1)
    assert.equal(await own, null)
  })

  it('is not begun after the deadline', async () => {
    const clock = createFakeClock(1_000)
    const never = () => Promise.reject(new Error('begun'))
    assert.equal(await waitUntil(clock, { deadline: 1_000, signal: open() }, never), null)
  })

  it('fails with its own failure, or with the reason it was called off for', async () => {
    const clock = createFakeClock(1_000)
    const failing = () => Promise.reject(new Error('own'))
    await assert.rejects(waitUntil(clock, { deadline: 1_010, signal: open() }, failing), /own/)
    const calledOff = new AbortController()
    const { signal } = calledOff
    const job = waitUntil(clock, { deadline: 1_010, signal }, hanging)
    calledOff.abort(new Error('called off'))
    await assert.rejects(job, /called off/)
    await assert.rejects(waitUntil(clock, { deadline: 1_010, signal }, hanging), /called off/)
    assert.equal(clock.pending(), 0)
  })
})

describe('work that knows no signal', () => {
  it('is waited for until it ends or the signal comes', async () => {
    const signal = new AbortController().signal
    assert.equal(await unlessAborted(Promise.resolve(1), signal), 1)
    await assert.rejects(unlessAborted(Promise.reject(new Error('own')), signal), /own/)
    const abort = new AbortController()
    const waiting = unlessAborted(new Promise(() => {}), abort.signal)
    abort.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    await assert.rejects(unlessAborted(new Promise(() => {}), abort.signal), /enough/)
    await settle()
  })
})

describe('a log of events', () => {
  const event = {
    type: 'bid.declined',
    auctionId: `0x${'00'.repeat(32)}`,
    code: 'TOO_SLOW',
  } as const

  it('numbers them, with their time, and gives those after a number', () => {
    const log = createEventLog({ clock: createFakeClock(7) })
    assert.equal(log.last(), 0)
    log.emit(event)
    log.emit(event)
    assert.equal(log.last(), 2)
    assert.deepEqual(log.since(1), [{ ...event, seq: 2, at: 7_000 }])
    assert.deepEqual(log.since(2), [])
  })

  it('keeps the last ones only', () => {
    const log = createEventLog({ clock: createFakeClock() }, { capacity: 3 })
    for (let count = 0; count < 10; count++) log.emit(event)
    assert.deepEqual(
      log.since(0).map(({ seq }) => seq),
      [8, 9, 10],
    )
  })

  it('tells every subscriber until it leaves', () => {
    const log = createEventLog({ clock: createFakeClock() })
    const heard: StampedEvent[] = []
    const leave = log.subscribe((stamped) => void heard.push(stamped))
    log.emit(event)
    leave()
    log.emit(event)
    assert.deepEqual(
      heard.map(({ seq }) => seq),
      [1],
    )
  })
})
