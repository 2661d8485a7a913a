import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import type { Remote } from '../../../node/ports/index.ts'
import { type CborValue, Fault } from '../../../protocols/common/index.ts'
import { settle } from '../../fakes/clock.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import {
  createFixture,
  hello,
  never,
  remote,
  request,
  type SessionFixture,
} from './session-fixture.ts'

describe('a session', () => {
  let at: SessionFixture
  beforeEach(() => {
    at = createFixture()
  })

  it('says hello first and is open once the other side was proven', async () => {
    assert.deepEqual(at.sent, [hello()])
    assert.equal(at.session.isOpen(), false)
    assert.equal(at.session.isAlive(), true)
    await at.open()
    assert.equal(at.session.isOpen(), true)
    assert.deepEqual(await at.session.ready, remote)
    at.session.end(new Fault('PEER_UNREACHABLE', 'over'))
    assert.equal(at.session.isAlive(), false)
  })

  it('answers what came while the hello was verified, in order', async () => {
    const { promise, resolve } = Promise.withResolvers<Remote>()
    at.identify = () => promise
    at.feed(hello())
    at.feed(request(1))
    at.feed(request(2))
    await settle()
    assert.equal(at.sent.length, 1)
    resolve(remote)
    await settle()
    assert.deepEqual(at.sent.slice(1), [
      { kind: 'answer', id: 1, body: 1 },
      { kind: 'answer', id: 2, body: 2 },
    ])
    at.session.end(new Fault('PEER_UNREACHABLE', 'over'))
  })

  const endings: [what: string, code: string, act: () => void | Promise<void>][] = [
    ['a frame before the hello', 'HELLO_MISSING', () => at.feed(request(1))],
    ['a hello of another network', 'WRONG_NETWORK', () => at.feed(hello({ network: 'other' }))],
    ['a hello of another version', 'WRONG_VERSION', () => at.feed(hello({ version: 9 }))],
    [
      'a proof that fails',
      'BINDING_INVALID',
      () => {
        at.identify = async () => {
          throw new Fault('BINDING_INVALID', 'no')
        }
        at.feed(hello())
      },
    ],
    [
      'our own error while proving',
      'PEER_UNREACHABLE',
      () => {
        at.identify = async () => {
          throw new Error('bug')
        }
        at.feed(hello())
      },
    ],
    [
      'too much before the proof',
      'TOO_MANY_REQUESTS',
      () => {
        at.identify = () => never
        at.feed(hello())
        for (let id = 0; id < 5; id += 1) at.feed(request(id))
      },
    ],
    [
      'bytes that are no frame',
      'FRAME_TOO_LARGE',
      () => at.session.feed(new Uint8Array(9).fill(255)),
    ],
    [
      'a second hello',
      'FRAME_INVALID',
      async () => {
        await at.open()
        at.feed(hello())
      },
    ],
    [
      'a flood that goes on after refusals',
      'TOO_MANY_REQUESTS',
      async () => {
        await at.open()
        at.refusals = 4
        at.feed(request(1))
      },
    ],
  ]
  for (const [what, code, act] of endings) {
    it(`ends with ${code} for ${what}`, async () => {
      await act()
      await settle()
      assert.deepEqual(at.ended, [code])
      assert.equal(at.aborted, true)
      assert.equal(at.session.isAlive(), false)
      // Whatever still comes changes nothing.
      at.feed(request(1))
      at.session.end(new Fault('PEER_UNREACHABLE', 'again'))
      assert.equal(at.ended.length, 1)
    })
  }

  it('ends when the other side does not say hello in time', async () => {
    at = createFixture({}, { helloTimeoutMs: 1 })
    await assert.rejects(at.session.ready, hasCode('HELLO_MISSING'))
  })

  it('ends at once on a wire that is already gone', async () => {
    at = createFixture({
      wire: {
        send: () => {
          throw new Error('closed')
        },
        abort: () => {},
      },
    })
    await assert.rejects(at.session.ready, hasCode('PEER_UNREACHABLE'))
  })

  describe('that is open, asked by the other side', () => {
    const lastSent = () => at.sent.at(-1)
    beforeEach(() => at.open())

    it('refuses what is over the rate', () => {
      at.refusals = 1
      at.feed(request(9))
      assert.deepEqual(lastSent(), {
        kind: 'fault',
        id: 9,
        code: 'TOO_MANY_REQUESTS',
        message: 'Too many requests at a time',
      })
    })

    it('works on a few requests at a time, and on more once those are answered', async () => {
      const { promise, resolve } = Promise.withResolvers<CborValue>()
      at.answers = [promise, never, never, never]
      for (let id = 0; id < 5; id += 1) at.feed(request(id, 'wait'))
      assert.deepEqual(
        at.sent.slice(1).map((frame) => frame.kind),
        ['fault'],
      )
      resolve('done')
      await settle()
      assert.deepEqual(lastSent(), { kind: 'answer', id: 0, body: 'done' })
      at.feed(request(6))
      await settle()
      assert.deepEqual(lastSent(), { kind: 'answer', id: 6, body: 6 })
    })

    it('tells a fault by code and message, another error by nothing', async () => {
      at.answers = [
        Promise.reject(new Fault('NO_CAPACITY', 'Full')),
        Promise.reject(new Error('x')),
      ]
      at.feed(request(1, 'wait'))
      at.feed(request(2, 'wait'))
      await settle()
      assert.deepEqual(at.sent.slice(1), [
        { kind: 'fault', id: 1, code: 'NO_CAPACITY', message: 'Full' },
        { kind: 'fault', id: 2, code: 'INTERNAL', message: 'The other side failed' },
      ])
    })

    it('answers with a fault where the answer does not fit a frame', async () => {
      at.answers = [Promise.resolve(new Uint8Array(70_000))]
      at.feed(request(1, 'wait'))
      await settle()
      assert.deepEqual(lastSent(), {
        kind: 'fault',
        id: 1,
        code: 'FRAME_TOO_LARGE',
        message: 'A frame holds at most 64 KiB',
      })
    })

    it('keeps an answer to itself once the stream is gone', async () => {
      const { promise, resolve } = Promise.withResolvers<CborValue>()
      at.answers = [promise]
      at.feed(request(1, 'wait'))
      at.session.end(new Fault('PEER_UNREACHABLE', 'over'))
      resolve('late')
      await settle()
      assert.equal(at.sent.length, 1)
    })
  })
})
