import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createSystemChance, createSystemClock } from '../../../node/adapters/system/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'

describe('the system clock', () => {
  const clock = createSystemClock()

  it('tells the time in whole seconds and in milliseconds', () => {
    assert.ok(Number.isInteger(clock.now()))
    assert.ok(Math.abs(clock.now() * 1000 - clock.nowMs()) <= 2000)
    assert.ok(Math.abs(clock.nowMs() - Date.now()) <= 2000)
  })

  it('ends a wait', () => clock.wait(1))
  it('ends a wait of less than nothing', () => clock.wait(-5))

  it('ends an aborted wait with the reason', async () => {
    const aborter = new AbortController()
    const reason = new Error('enough')
    const waiting = clock.wait(2 ** 40, { signal: aborter.signal })
    aborter.abort(reason)
    await assert.rejects(waiting, reason)
    await assert.rejects(clock.wait(1, { signal: aborter.signal }), reason)
  })
})

describe('the clock that tests turn', () => {
  it('ends waits in the order they are due, letting each have its effect', async () => {
    const clock = createFakeClock(100)
    const seen: string[] = []
    const note = async (name: string, ms: number) => {
      await clock.wait(ms)
      seen.push(`${name} at ${clock.nowMs()}`)
    }
    const notes = [note('late', 3000), note('early', 1000).then(() => note('next', 500))]
    await clock.advance(2999)
    assert.deepEqual(seen, ['early at 101000', 'next at 101500'])
    assert.equal(clock.pending(), 1)
    await clock.set(200)
    await Promise.all(notes)
    assert.deepEqual([seen.at(-1), clock.now(), clock.pending()], ['late at 103000', 200, 0])
  })

  it('ends an aborted wait with the reason', async () => {
    const clock = createFakeClock()
    const aborter = new AbortController()
    const waiting = clock.wait(5, { signal: aborter.signal })
    aborter.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    await assert.rejects(clock.wait(5, { signal: aborter.signal }), /enough/)
    assert.equal(clock.pending(), 0)
  })
})

describe('chance', () => {
  it('gives as many bytes as asked for, never the same', () => {
    const chance = createSystemChance()
    assert.equal(chance.bytes(33).length, 33)
    assert.notDeepEqual(chance.bytes(32), chance.bytes(32))
  })
})
