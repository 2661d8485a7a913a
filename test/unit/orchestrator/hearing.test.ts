import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'mocha'
import { createOutputListener } from '../../../node/orchestrator/hearing.ts'
import type { TaskRecord } from '../../../node/orchestrator/task-record.ts'
import type { Address, Hash } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import {
  decodeOutput,
  encodeOutput,
  MAX_OUTPUT_BYTES,
  type OutputMessage,
} from '../../../protocols/market/index.ts'

const agreementHash: Hash = `0x${'ab'.repeat(32)}`
const provider: Address = `0x${'b2'.repeat(20)}`
const from = { agent: provider, peerId: 'p' }

const aMessage = (change: Partial<OutputMessage> = {}): OutputMessage => ({
  agreementHash,
  stream: 'stdout',
  offset: 0,
  bytes: new TextEncoder().encode('hello'),
  ...change,
})

describe("a requester that hears its program's output", () => {
  let events: NodeEvent[]
  let listener: ReturnType<typeof createOutputListener>
  let phase: string
  beforeEach(() => {
    events = []
    phase = 'running'
    const record = { id: 'task-1', journey: { phase: 'running', deal: { provider } } }
    const current = () => ({ ...record, journey: { ...record.journey, phase } })
    listener = createOutputListener({
      book: {
        byAgreement: (hash: Hash) =>
          hash === agreementHash ? (current() as unknown as TaskRecord) : undefined,
      } as never,
      emit: (event) => events.push(event),
    })
  })
  const hear = (change: Partial<OutputMessage> = {}) =>
    listener(encodeOutput(aMessage(change)), from)

  it('tells of it, piece by piece', async () => {
    await hear()
    await hear({ offset: 5 })
    await hear({ stream: 'stderr' })
    assert.deepEqual(events[0], {
      ...{ type: 'task.output', taskId: 'task-1', role: 'requester' },
      ...{ stream: 'stdout', offset: 0, bytes: Buffer.from('hello').toString('base64') },
    })
    assert.equal(events.length, 3)
  })

  it('says nothing twice, and nothing beyond what a program may write', async () => {
    await hear()
    await hear()
    await hear({ offset: 1 << 20 })
    await hear({ offset: 9, bytes: new Uint8Array(0) })
    await hear({ stream: 'stderr', offset: 64 << 10 })
    assert.equal(events.length, 1)
  })

  it('hears nobody but the provider of a running deal', async () => {
    const stranger = { ...from, agent: `0x${'c3'.repeat(20)}` as const }
    const refused = { code: 'DEAL_UNKNOWN' }
    await assert.rejects(listener(encodeOutput(aMessage()), stranger), refused)
    await assert.rejects(hear({ agreementHash: `0x${'00'.repeat(32)}` }), refused)
    phase = 'delivered'
    await assert.rejects(hear(), refused)
    await assert.rejects(listener([1, 2], from), { code: 'DEAL_MALFORMED' })
    assert.deepEqual(events, [])
  })
})

describe('a message of output', () => {
  it('comes back as it was', () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      const message = aMessage({ stream, offset: 7 })
      assert.deepEqual(decodeOutput(encodeOutput(message)), message)
    }
  })

  it('is refused in any other form', () => {
    const [hash, stream, offset, bytes] = encodeOutput(aMessage()) as never[]
    const tooMuch = new Uint8Array(MAX_OUTPUT_BYTES + 1)
    for (const wrong of [
      [hash, stream, offset],
      [bytes, stream, offset, bytes],
      [hash, 2, offset, bytes],
      [hash, stream, -1, bytes],
      [hash, stream, offset, 'text'],
      [hash, stream, offset, tooMuch],
    ]) {
      assert.equal(decodeOutput(wrong as never), null)
    }
  })
})
