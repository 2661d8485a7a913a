import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, it } from 'mocha'
import { createBurst } from '../../../node/adapters/libp2p/burst.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

const listening = () => {
  const sent: Uint8Array[] = []
  return { sent, stream: { send: (data: Uint8Array) => void sent.push(data), lost: assert.fail } }
}

describe('frames of one turn of the event loop', () => {
  it('leave in one write, in their order', async () => {
    const { sent, stream } = listening()
    const { send } = createBurst(stream)
    send(bytes(1, 2))
    await Promise.resolve()
    send(bytes(3))
    assert.deepEqual(sent, [])
    await nextTurn()
    assert.deepEqual(sent, [bytes(1, 2, 3)])
  })

  it('leave before the turn ends once there are many bytes', () => {
    const { sent, stream } = listening()
    const { send } = createBurst(stream)
    for (let frame = 0; frame < 5; frame++) send(new Uint8Array(1 << 16))
    assert.deepEqual(
      sent.map(({ length }) => length),
      [1 << 18],
    )
  })
})

describe('frames of two turns', () => {
  it('leave in two writes', async () => {
    const { sent, stream } = listening()
    const { send } = createBurst(stream)
    send(bytes(1))
    await nextTurn()
    send(bytes(2))
    await nextTurn()
    assert.deepEqual(sent, [bytes(1), bytes(2)])
  })
})

describe('a stream that takes no more', () => {
  it('hands the reason on, and frames after it are tried again', async () => {
    const reasons: unknown[] = []
    const broken = new Error('closed')
    const { send } = createBurst({
      send: () => {
        throw broken
      },
      lost: (error) => reasons.push(error),
    })
    send(bytes(1))
    await nextTurn()
    send(bytes(2))
    await nextTurn()
    assert.deepEqual(reasons, [broken, broken])
  })
})
