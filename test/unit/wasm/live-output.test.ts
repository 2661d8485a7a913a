import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createLive } from '../../../node/adapters/wasm/child/live-output.ts'
import {
  decodeOutput,
  decodeProgress,
  type Frame,
} from '../../../node/adapters/wasm/frames/index.ts'

const openLive = () => {
  const clock = { ms: 1_000 }
  const sent: Frame[] = []
  const live = createLive({ send: (frame) => sent.push(frame), now: () => clock.ms })
  const write = (text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
    live.onOutput({ stream, bytes: new TextEncoder().encode(text) })
  const outputs = () =>
    sent
      .filter(({ header }) => header.type === 'output')
      .map(decodeOutput)
      .map(({ stream, bytes }) => `${stream} ${new TextDecoder().decode(bytes)}`)
  return { clock, live, outputs, sent, write }
}

describe('output told while a guest runs', () => {
  it('goes out at once after a pause, and gathered within one', () => {
    const { clock, live, outputs, write } = openLive()
    write('first')
    write('a')
    write('b')
    write('!', 'stderr')
    assert.deepEqual(outputs(), ['stdout first'])
    clock.ms += 20
    write('c')
    assert.deepEqual(outputs(), ['stdout first', 'stdout abc', 'stderr !'])
    write('rest')
    live.flush()
    live.flush()
    assert.deepEqual(outputs().slice(3), ['stdout rest'])
  })

  it('is cut into pieces of at most 16 KiB, nothing left out', () => {
    const { live, outputs, sent, write } = openLive()
    write('x'.repeat(40_000))
    live.flush()
    assert.ok(sent.every(({ parts }) => (parts[0]?.length ?? 0) <= 16 << 10))
    assert.equal(outputs().join('').replaceAll('stdout ', '').length, 40_000)
  })

  it('does not follow the guest when it writes over its memory', () => {
    const { live, sent } = openLive()
    const bytes = Uint8Array.of(1)
    live.onOutput({ stream: 'stdout', bytes })
    bytes[0] = 2
    assert.deepEqual(decodeOutput(sent[0] as Frame).bytes, Uint8Array.of(1))
  })
})

describe('progress told while a guest runs', () => {
  it('comes ten times a second at most, behind the output that led to it', () => {
    const { clock, live, sent, write } = openLive()
    write('first')
    live.onBeat(1n)
    clock.ms += 99
    live.onBeat(2n)
    clock.ms += 1
    write('then')
    live.onBeat(3n)
    live.onBeat(4n)
    assert.deepEqual(
      sent.map(({ header }) => header.type),
      ['output', 'output', 'progress'],
    )
    assert.deepEqual(decodeProgress(sent[2] as Frame), { fuelUsed: 3n })
  })
})
