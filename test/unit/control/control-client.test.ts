import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { faultCode } from '../../../protocols/common/index.ts'
import { createControlClient } from '../../../protocols/control/index.ts'
import { aControlPort, type ControlKit, stopControlPort } from '../../builders/control-app.ts'
import { TRANSACTION_HASH } from '../../fakes/chain-views.ts'
import { CHANNEL_ID, PROVIDER } from '../../fakes/node-api.ts'

const module = { bytesBase64: 'AGFzbQ==' }
const isCode = (code: string) => (error: unknown) => faultCode(error) === code

describe('a control client', () => {
  let kit: ControlKit
  beforeEach(async () => {
    kit = await aControlPort()
  })
  afterEach(() => stopControlPort(kit))

  it('buys, follows, completes and reads a task', async () => {
    const { client, api } = kit
    const { id } = await client.executeWithPayment({ body: { module, budget: '0.5' } })
    assert.equal((await client.task({ id })).budget, '500000')
    api.change(id, { phase: 'delivered', outcome: 'exit', exitCode: 3, provider: PROVIDER })
    const files = new Map([['out/x', new Uint8Array([1])]])
    const bytes = new TextEncoder().encode('hello')
    api.deliver(id, { outcome: 'exit', exitCode: 3, stdout: bytes, stderr: bytes, files })
    const result = await client.result({ id })
    assert.equal(Buffer.from(result.stdout, 'base64').toString(), 'hello')
    assert.deepEqual(result.files, { 'out/x': 'AQ==' })
    assert.equal((await client.complete({ id })).phase, 'accepted')
    const status = await client.economicStatus({ id })
    assert.equal(status.paymentMethod, 'channel')
    assert.equal(status.escrow, null)
    assert.equal(status.receipt?.exitCode, 3)
    await assert.rejects(client.complete({ id }), isCode('WRONG_PHASE'))
    assert.equal((await client.cancel({ id })).phase, 'cancelled')
  })

  it('pages through tasks', async () => {
    const body = { module, budget: '0.1' }
    for (let count = 0; count < 3; count++) await kit.client.executeWithPayment({ body })
    const first = await kit.client.tasks({ limit: 2 })
    assert.equal(first.items.length, 2)
    const rest = await kit.client.tasks({ cursor: first.nextCursor ?? '', limit: 2 })
    assert.equal(rest.items.length, 1)
    assert.equal(rest.nextCursor, null)
    await assert.rejects(kit.client.tasks({ limit: 0 }), isCode('REQUEST_INVALID'))
  })

  it('keeps and returns content', async () => {
    const bytes = new Uint8Array([0, 1, 255])
    const { cid, size } = await kit.client.putContent({ body: bytes })
    assert.equal(size, 3)
    assert.deepEqual(await kit.client.getContent({ cid }), bytes)
    const missing = `bafkrei${'z'.repeat(20)}`
    await assert.rejects(kit.client.getContent({ cid: missing }), isCode('CONTENT_UNAVAILABLE'))
    const large = { body: new Uint8Array(2000) }
    await assert.rejects(kit.client.putContent(large), isCode('BODY_TOO_LARGE'))
  })

  it('reads every other view', async () => {
    const { client } = kit
    assert.deepEqual((await client.auctions()).items, [])
    assert.equal((await client.channels()).items.length, 1)
    assert.equal((await client.peers()).items[0]?.agent, PROVIDER)
    assert.equal((await client.self()).chainId, 31337)
    assert.equal((await client.chainStatus()).balances.token, '5000000')
    assert.equal((await client.transactions({ subject: CHANNEL_ID })).items.length, 1)
    assert.equal((await client.transactions({ subject: PROVIDER })).items.length, 0)
    assert.equal((await client.transaction({ hash: TRANSACTION_HASH })).effect, 'settled')
    await assert.rejects(client.transaction({ hash: CHANNEL_ID }), isCode('NOT_FOUND'))
    await assert.rejects(client.transactions({ subject: 'x' }), isCode('REQUEST_INVALID'))
    assert.equal((await client.closeChannel({ id: CHANNEL_ID })).phase, 'closing')
    assert.equal((await client.claimChannel({ id: CHANNEL_ID })).phase, 'closing')
    assert.equal((await client.alive()).isAlive, true)
    assert.equal((await client.openapi()).openapi, '3.1.0')
  })

  it('marks a fault as the node’s own', async () => {
    await assert.rejects(kit.client.task({ id: 'none' }), {
      code: 'NOT_FOUND',
      details: { remote: true, status: 404 },
    })
  })

  describe('whose node is not there or is none', () => {
    const clientOf = (fetch: typeof globalThis.fetch) =>
      createControlClient({ url: 'http://127.0.0.1:1/', token: 't', fetch })

    it('says so', async () => {
      const dead = clientOf(() => Promise.reject(new TypeError('fetch failed')))
      await assert.rejects(dead.self(), isCode('NODE_UNREACHABLE'))
      const page = clientOf(async () => new Response('<html>'))
      await assert.rejects(page.self(), isCode('ANSWER_INVALID'))
      const other = clientOf(async () => Response.json({ agent: 1 }))
      await assert.rejects(other.self(), isCode('ANSWER_INVALID'))
      const teapot = clientOf(async () => Response.json({}, { status: 418 }))
      await assert.rejects(teapot.self(), isCode('ANSWER_INVALID'))
    })
  })
})
