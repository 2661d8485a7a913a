import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { ChannelClosed, createChannel } from '../../../node/adapters/wasm/child/channel.ts'
import { createCompilerSwitch } from '../../../node/adapters/wasm/child/compiler.ts'
import { createModuleCache } from '../../../node/adapters/wasm/child/module-cache.ts'
import { serve } from '../../../node/adapters/wasm/child/serve.ts'
import {
  decodeEnding,
  decodeInspected,
  decodeOutput,
  encodeFrame,
  encodeInspect,
  encodeRun,
  type Frame,
} from '../../../node/adapters/wasm/frames/index.ts'
import { prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { createSoukHost } from '../../../node/adapters/wasm/wasi/index.ts'
import { anInput, smallLimits, textOf } from '../../fixtures/wasm/run.ts'
import { wasmFixture } from '../../fixtures/wasm/wat.ts'

const plain = (type: string, parts: Uint8Array[] = []): Frame => ({ header: { type }, parts })

const runFrame = (moduleKey: string, sliceFuel = smallLimits.fuel, isLive = false): Frame =>
  encodeRun({ moduleKey, input: anInput(), limits: smallLimits, sliceFuel, isLive })

const metered = (name: string): Uint8Array => {
  const { metered } = prepareModule(wasmFixture(name), smallLimits)
  return metered ?? assert.fail(`${name} may not run`)
}

// Lets a child's loop read these frames, one after the other, and answers what it sent.
const talkTo = (frames: Frame[]): Frame[] => {
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
        modules: createModuleCache(() => undefined),
        createHost: createSoukHost,
        onBeat: () => undefined,
        onIdle: () => undefined,
        rssBytes: () => 1,
        now: () => 0,
      }),
    ChannelClosed,
  )
  return sent
}

const typesOf = (frames: Frame[]): string[] => frames.map(({ header }) => header.type)

describe('a child', () => {
  it('asks for a module once and runs it as often as it is told', () => {
    const sent = talkTo([runFrame('h'), plain('module', [metered('hello')]), runFrame('h')])
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
    const frames = [runFrame('h', 4_000_000n), plain('module', [metered('count')])]
    const sent = talkTo([...frames, plain('continue'), plain('continue')])
    assert.deepEqual(typesOf(sent).slice(2), ['started', 'slice', 'slice', 'ended'])
    const stopped = talkTo([...frames, plain('stop')])
    const ending = decodeEnding(stopped.at(-1) as Frame)
    assert.ok(ending.kind === 'failure' && ending.code === 'STOPPED')
  })

  it('judges a module and meters it without running it', () => {
    const ask = (module: Uint8Array) => encodeInspect({ module, memoryPages: 64 })
    const sent = talkTo([ask(wasmFixture('hello')), ask(Uint8Array.of(1))])
    assert.deepEqual(typesOf(sent), ['ready', 'inspected', 'inspected'])
    const good = decodeInspected(sent[1] as Frame)
    assert.equal(good.inspection.accepted, true)
    assert.deepEqual(good.metered, metered('hello'))
    const bad = decodeInspected(sent[2] as Frame)
    assert.deepEqual([bad.inspection.faults[0]?.code, bad.metered], ['NOT_WASM', null])
  })

  it('tells what a guest writes while it runs, if it is asked to', () => {
    const module = plain('module', [metered('hello')])
    const sent = talkTo([runFrame('h', smallLimits.fuel, true), module])
    assert.deepEqual(typesOf(sent).slice(2), ['started', 'output', 'ended'])
    assert.equal(textOf(decodeOutput(sent[3] as Frame).bytes), 'hello\n')
  })
})

describe('the modules a child keeps', () => {
  it('are the ones used last, within a number', () => {
    const chosen: number[] = []
    const cache = createModuleCache(({ bytes }) => chosen.push(bytes))
    const module = metered('hello')
    for (let index = 0; index < 16; index++) cache.add(`m${index}`, module)
    assert.ok(cache.get('m0'))
    cache.add('m16', module)
    assert.ok(cache.get('m0'))
    assert.equal(cache.get('m1'), undefined)
    cache.add('m16', module)
    assert.ok(cache.get('m16'))
    assert.deepEqual(new Set(chosen), new Set([module.length]))
  })

  it('are compiled well where they are small, and quickly where they are large', () => {
    const flags: string[] = []
    const choose = createCompilerSwitch((flag) => flags.push(flag))
    for (const bytes of [1_000, 65_536, 65_537, 1 << 24, 10]) choose({ bytes })
    assert.deepEqual(flags, ['--no-liftoff', '--liftoff', '--no-liftoff'])
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
