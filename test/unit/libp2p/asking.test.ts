import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { Fault } from '../../../protocols/common/index.ts'
import type { Frame } from '../../../protocols/network/index.ts'
import { settle } from '../../fakes/clock.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { createFixture, hello, type SessionFixture } from './session-fixture.ts'

const ask = { timeoutMs: 10_000 }

describe('a session', () => {
  let at: SessionFixture
  beforeEach(() => {
    at = createFixture()
  })

  describe('that asks', () => {
    const idOf = (index: number) => (at.sent.slice(1)[index] as Frame & { id: number }).id

    it('gives each answer to its question, in whatever order they come', async () => {
      await at.open()
      const [one, two] = [at.session.request('a', 1, ask), at.session.request('b', 2, ask)]
      at.feed({ kind: 'answer', id: idOf(1), body: 'to b' })
      at.feed({ kind: 'fault', id: idOf(0), code: 'REFUSED', message: 'no' })
      await assert.rejects(one, (error: Fault) => {
        assert.deepEqual(
          [error.code, error.message, error.details],
          ['REFUSED', 'no', { remote: true }],
        )
        return true
      })
      assert.equal(await two, 'to b')
    })

    it('asks once it is open, and then a few at a time', async () => {
      const questions = Array.from({ length: 6 }, (_, index) => at.session.request('a', index, ask))
      assert.equal(at.sent.length, 1)
      at.feed(hello({ maxInFlight: 2 }))
      await settle()
      assert.equal(at.sent.length, 3)
      for (let index = 0; index < 6; index += 1) {
        at.feed({ kind: 'answer', id: idOf(index), body: index })
        await settle()
      }
      assert.deepEqual(await Promise.all(questions), [0, 1, 2, 3, 4, 5])
    })

    it('drops at.answers that nobody waits for', async () => {
      await at.open()
      at.feed({ kind: 'answer', id: 99, body: null })
      at.feed({ kind: 'fault', id: 98, code: 'X', message: '' })
      assert.equal(at.session.isOpen(), true)
    })

    it('gives up on time, and makes room for the next', async () => {
      at.feed(hello({ maxInFlight: 1 }))
      await at.session.ready
      const late = at.session.request('a', null, { timeoutMs: 1 })
      const next = at.session.request('b', null, ask)
      await assert.rejects(late, hasCode('REQUEST_TIMEOUT'))
      await settle()
      at.feed({ kind: 'answer', id: idOf(1), body: 'ok' })
      assert.equal(await next, 'ok')
    })

    it('gives up when told to, before or after asking', async () => {
      await at.open()
      const stop = new AbortController()
      const question = at.session.request('a', null, { ...ask, signal: stop.signal })
      stop.abort()
      await assert.rejects(question, hasCode('REQUEST_CANCELLED'))
      await assert.rejects(
        at.session.request('a', null, { ...ask, signal: stop.signal }),
        hasCode('REQUEST_CANCELLED'),
      )
    })

    it('fails everything open and everything later when the stream is lost', async () => {
      await at.open()
      const questions = Array.from({ length: 6 }, () => at.session.request('a', null, ask))
      at.session.end(new Fault('PEER_UNREACHABLE', 'over'))
      for (const question of questions) await assert.rejects(question, hasCode('PEER_UNREACHABLE'))
      await assert.rejects(at.session.request('a', null, ask), hasCode('PEER_UNREACHABLE'))
    })

    it('refuses a question that fits no frame, and goes on', async () => {
      await at.open()
      await assert.rejects(
        at.session.request('a', new Uint8Array(70_000), ask),
        hasCode('FRAME_TOO_LARGE'),
      )
      assert.equal(at.session.isOpen(), true)
    })

    it('fails a question that the wire does not take', async () => {
      let isBroken = false
      at = createFixture({
        wire: {
          send: () => {
            if (isBroken) throw new Error('closed')
          },
          abort: () => {},
        },
      })
      await at.open()
      isBroken = true
      await assert.rejects(at.session.request('a', null, ask), hasCode('PEER_UNREACHABLE'))
    })

    it('lets only so many questions wait', async () => {
      const waiting = Array.from({ length: 1_024 }, () => at.session.request('a', null, ask))
      await assert.rejects(at.session.request('a', null, ask), hasCode('TOO_MANY_REQUESTS'))
      at.session.end(new Fault('PEER_UNREACHABLE', 'over'))
      const outcomes = await Promise.allSettled(waiting)
      assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    })
  })
})
