import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { ChannelClosed, createChannel } from '../../../node/adapters/wasm/child/channel.ts'
import { createModuleCache } from '../../../node/adapters/wasm/child/module-cache.ts'
import { serve } from '../../../node/adapters/wasm/child/serve.ts'
import {
  decodeEnding,
  decodeInspection,
  encodeFrame,
  encodeRun,
  type Frame,
} from '../../../node/adapters/wasm/frames/index.ts'
import { createSoukHost } from '../../../node/adapters/wasm/wasi/index.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'
import { wasmFixture } from '../../fixtures/wasm/wat.ts'

const plain = (type: string, parts: Uint8Array[] = []): Frame => ({ header: { type }, parts })

const runFrame = (moduleHash: string, sliceFuel = smallLimits.fuel): Frame =>
  encodeRun({ moduleHash, input: anInput(), limits: smallLimits, sliceFuel })

// Lets a child's loop read these frames, one after the other, and answers what it sent.
const talkTo = (frames: Frame[], { compile = true } = {}): Frame[] => {
  const sent: Frame[] = []
  const pending = [...frames]
  const receive = () => {
    const next = pending.shift()
    if (!next) throw new ChannelClosed()
    return next
  }
  assert.throws(
    () =>
      serve({
        channel: { receive, send: (frame) => sent.push(frame) },
        modules: createModuleCache({ compile }),
        createHost: createSoukHost,
        onBeat: () => undefined,
        onIdle: () => undefined,
        rssBytes: () => 1,
      }),
    ChannelClosed,
  )
  return sent
}

const typesOf = (frames: Frame[]): string[] => frames.map(({ header }) => header.type)

describe('a child', () => {
  it('asks for a module once and runs it as often as it is told', () => {
    const sent = talkTo([runFrame('h'), plain('module', [wasmFixture('hello')]), runFrame('h')])
    assert.deepEqual(typesOf(sent), [
      'ready',
      'need-module',
      'started',
      'ended',
      'started',
      'ended',
    ])
    const ending = decodeEnding(sent[3] as Frame)
    assert.equal(ending.kind, 'exit')
  })

  it('stands still at a slice until it is answered', () => {
    const frames = [runFrame('h', 4_000_000n), plain('module', [wasmFixture('count')])]
    const sent = talkTo([...frames, plain('continue'), plain('continue')])
    assert.deepEqual(typesOf(sent).slice(2), ['started', 'slice', 'slice', 'ended'])
    const stopped = talkTo([...frames, plain('stop')])
    const ending = decodeEnding(stopped.at(-1) as Frame)
    assert.ok(ending.kind === 'failure' && ending.code === 'STOPPED')
  })

  it('refuses a module that may not run, with its faults', () => {
    const sent = talkTo([runFrame('h'), plain('module', [Uint8Array.of(1)])])
    assert.equal(sent.at(-1)?.header.type, 'refused')
    assert.equal(decodeInspection(sent.at(-1) as Frame).faults[0]?.code, 'NOT_WASM')
  })

  it('judges a module without running it', () => {
    const ask: Frame = { header: { type: 'inspect', moduleHash: 'h', memoryPages: 9 }, parts: [] }
    const sent = talkTo([ask, plain('module', [wasmFixture('hello')]), ask], { compile: false })
    assert.deepEqual(typesOf(sent), ['ready', 'need-module', 'inspected', 'inspected'])
    assert.equal(decodeInspection(sent[2] as Frame).accepted, true)
  })
})

describe('the modules a child keeps', () => {
  it('are the ones used last', () => {
    const cache = createModuleCache({ compile: false })
    const module = wasmFixture('hello')
    for (let index = 0; index < 16; index++) cache.add(`m${index}`, 1, module)
    assert.ok(cache.get('m0', 1))
    cache.add('m16', 1, module)
    assert.ok(cache.get('m0', 1))
    assert.equal(cache.get('m1', 1), undefined)
    assert.equal(cache.get('m16', 2), undefined)
  })
})

describe("a child's channel", () => {
  it('reads and writes whole frames over a descriptor, and notices its end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'channel-'))
    const path = join(folder, 'line')
    const frame = { header: { type: 'x' }, parts: [Uint8Array.of(1, 2, 3)] }
    try {
      writeFileSync(path, Buffer.concat(encodeFrame(frame)))
      const input = openSync(path, 'r')
      const channel = createChannel(input)
      assert.deepEqual(channel.receive(), frame)
      assert.throws(() => channel.receive(), ChannelClosed)
      closeSync(input)
      const output = openSync(path, 'w')
      createChannel(output).send(frame)
      closeSync(output)
      assert.deepEqual(readFileSync(path), Buffer.concat(encodeFrame(frame)))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
