import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'mocha'
import {
  decodeEnding,
  decodeInspect,
  decodeInspected,
  decodeOutput,
  decodeProgress,
  decodeRun,
  decodeSlice,
  encodeEnding,
  encodeFrame,
  encodeInspect,
  encodeInspected,
  encodeOutput,
  encodeProgress,
  encodeRun,
  encodeSlice,
  type Frame,
  type RunEnding,
} from '../../../node/adapters/wasm/frames/index.ts'
import { createLine } from '../../../node/adapters/wasm/pool/line.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'

// Sends a frame through a stream in pieces of `size` bytes.
const travel = async (frame: Frame, size = 7): Promise<Frame> => {
  const stream = new PassThrough()
  const line = createLine(stream)
  const bytes = Buffer.concat(encodeFrame(frame))
  const received = line.receive(1_000_000)
  for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
  return received
}

const aHeader = (header: string, body = 0): Uint8Array => {
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32LE(Buffer.byteLength(header), 0)
  prefix.writeUInt32LE(body, 4)
  return Buffer.concat([prefix, Buffer.from(header)])
}

describe('a frame', () => {
  it('arrives as it was sent, in whatever pieces', async () => {
    const frame = { header: { type: 'x', n: 1 }, parts: [Uint8Array.of(1, 2), new Uint8Array(0)] }
    for (const size of [1, 3, 1_000]) assert.deepEqual(await travel(frame, size), frame)
  })

  it('carries a request to run', async () => {
    const request = {
      moduleKey: 'ab',
      isLive: true,
      input: anInput({
        args: ['a', 'b'],
        env: { A: '1' },
        stdin: Uint8Array.of(1),
        files: new Map([
          ['f', Uint8Array.of(2)],
          ['g', new Uint8Array(0)],
        ]),
        outputs: ['o'],
      }),
      limits: smallLimits,
      sliceFuel: 5n,
    }
    assert.deepEqual(decodeRun(await travel(encodeRun(request))), request)
  })

  it('carries an ending of either kind', async () => {
    const endings: RunEnding[] = [
      {
        kind: 'exit',
        exitCode: 3,
        detail: '',
        fuelUsed: 1n << 63n,
        stdout: Uint8Array.of(1),
        stderr: new Uint8Array(0),
        files: new Map([['o', Uint8Array.of(9)]]),
        rssBytes: 10,
      },
      { kind: 'failure', code: 'STOPPED', detail: 'd', fuelUsed: 4n, rssBytes: 11 },
    ]
    for (const ending of endings) {
      assert.deepEqual(decodeEnding(await travel(encodeEnding(ending))), ending)
    }
  })

  it('carries a module there and back', async () => {
    const request = { module: Uint8Array.of(1, 2), memoryPages: 3 }
    assert.deepEqual(decodeInspect(await travel(encodeInspect(request))), request)
  })

  it('carries what a guest writes and how far it is', async () => {
    const output = { stream: 'stderr', bytes: Uint8Array.of(1) } as const
    assert.deepEqual(decodeOutput(await travel(encodeOutput(output))), output)
    assert.deepEqual(decodeProgress(await travel(encodeProgress(1n << 60n))), {
      fuelUsed: 1n << 60n,
    })
    const usage = { slice: 7, fuelUsed: 9n }
    assert.deepEqual(decodeSlice(await travel(encodeSlice(usage))), usage)
    assert.throws(() => decodeSlice(encodeSlice({ ...usage, slice: 0.5 })))
  })

  it('cuts what an inspection lists to a size that can be shown', async () => {
    const inspection = {
      accepted: false,
      faults: [{ code: 'IMPORT_UNKNOWN', where: 'w'.repeat(5_000), detail: 'd'.repeat(5_000) }],
      imports: Array<string>(5_000).fill('i'.repeat(5_000)),
      exports: ['memory'],
      codeBytes: 1,
      functions: 1,
      memoryPages: { min: 1, max: null },
    }
    const frame = encodeInspected({ inspection, metered: null })
    const { inspection: shown, metered } = decodeInspected(await travel(frame, 1e6))
    assert.equal(metered, null)
    assert.equal(shown.imports.length, 500)
    assert.equal(shown.imports[0]?.length, 256)
    assert.equal(shown.faults[0]?.where.length, 256)
    assert.deepEqual(shown.exports, ['memory'])
  })
})

describe('the line to a child gone mad', () => {
  const broken = async (bytes: Uint8Array): Promise<void> => {
    const stream = new PassThrough()
    const line = createLine(stream)
    const received = line.receive(100)
    stream.write(bytes)
    await assert.rejects(received)
    await assert.rejects(line.receive(100))
  }

  it('breaks on what is no frame', async () => {
    await broken(aHeader('not json'))
    await broken(aHeader('{"type":1,"sizes":[]}'))
    await broken(aHeader('{"type":"x"}'))
  })

  it('breaks on parts that do not add up', async () => {
    await broken(Buffer.concat([aHeader('{"type":"x","sizes":[1]}', 2), Buffer.alloc(2)]))
  })

  it('breaks on a frame larger than was asked for, before it is read', async () => {
    await broken(aHeader('{"type":"x","sizes":[101]}', 101).subarray(0, 8))
    await broken(Buffer.from('ffffffff00000000', 'hex'))
  })

  it('breaks on a flood nobody asked for', async () => {
    const stream = new PassThrough({ highWaterMark: 1 << 24 })
    const line = createLine(stream)
    const failure = new Promise((resolve) => line.onFail(resolve))
    stream.write(Buffer.alloc(5 << 20))
    assert.match(String(await failure), /flood/)
    line.send({ header: { type: 'late' }, parts: [] })
  })

  it('tells those who listen, unless they stopped', () => {
    const line = createLine(new PassThrough())
    const heard: string[] = []
    line.onFail(() => heard.push('first'))
    line.onFail(() => heard.push('second'))()
    line.fail(new Error('gone'))
    line.onFail(() => heard.push('late'))
    assert.deepEqual(heard, ['first', 'late'])
  })
})
