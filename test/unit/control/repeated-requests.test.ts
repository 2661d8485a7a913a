import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Fault } from '../../../protocols/common/index.ts'
import type { Problem, TaskView } from '../../../protocols/control/index.ts'
import { routes } from '../../../protocols/control/index.ts'
import {
  aControlPort,
  anOrder,
  type ControlKit,
  SPENDER_TOKEN,
  stopControlPort,
} from '../../builders/control-app.ts'

const EXECUTE = routes.executeWithPayment.path
const DAY_MS = 24 * 3600 * 1000
const codeOf = ({ body }: { body: unknown }) => (body as Problem).code
const withKey = (key: string, init: RequestInit = anOrder()): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), 'idempotency-key': key },
})

describe('a request with an Idempotency-Key', () => {
  let kit: ControlKit
  beforeEach(async () => {
    kit = await aControlPort()
  })
  afterEach(() => stopControlPort(kit))

  it('acts once and gets the same answer again', async () => {
    const first = await kit.ask(EXECUTE, withKey('k1'))
    const again = await kit.ask(EXECUTE, withKey('k1'))
    assert.deepEqual(again.body, first.body)
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    assert.equal(kit.api.orders.length, 1)
  })

  it('acts once when it comes twice at the same time', async () => {
    const asked = [kit.ask(EXECUTE, withKey('k1')), kit.ask(EXECUTE, withKey('k1'))]
    const [first, second] = await Promise.all(asked)
    assert.deepEqual(first?.body, second?.body)
    assert.equal(kit.api.orders.length, 1)
  })

  it('conflicts with another request under the same key, also at the same time', async () => {
    const [, other] = await Promise.all([
      kit.ask(EXECUTE, withKey('k1')),
      kit.ask(EXECUTE, withKey('k1', anOrder('0.7'))),
    ])
    assert.deepEqual([other?.status, other && codeOf(other)], [422, 'IDEMPOTENCY_CONFLICT'])
    const later = await kit.ask(EXECUTE, withKey('k1', anOrder('0.8')))
    assert.equal(codeOf(later), 'IDEMPOTENCY_CONFLICT')
  })

  it('belongs to its token', async () => {
    await kit.ask(EXECUTE, withKey('k1'))
    await kit.ask(EXECUTE, { ...withKey('k1'), token: SPENDER_TOKEN })
    assert.equal(kit.api.orders.length, 2)
  })

  it('gets a refusal again, but may act after a failure of the node', async () => {
    kit.api.refuseNext(new Fault('MODULE_INVALID', 'no'))
    assert.equal((await kit.ask(EXECUTE, withKey('k1'))).status, 422)
    assert.equal((await kit.ask(EXECUTE, withKey('k1'))).status, 422)
    kit.api.refuseNext(new Error('broken'))
    assert.equal((await kit.ask(EXECUTE, withKey('k2'))).status, 500)
    assert.equal((await kit.ask(EXECUTE, withKey('k2'))).status, 200)
  })

  it('is remembered over a restart, and finds its task when the answer was not', async () => {
    const first = await kit.ask(EXECUTE, withKey('k1'))
    const { api, store } = kit
    const next = await aControlPort({}, { api, store: store.reopen() })
    assert.deepEqual((await next.ask(EXECUTE, withKey('k1'))).body, first.body)

    // Two commits: the key, the budget set aside. Then the process dies with the task begun.
    next.store.crashAfter(2)
    void next.ask(EXECUTE, withKey('k2'))
    await next.clock.advance(0)
    assert.equal(api.orders.length, 2)
    const last = await aControlPort({}, { api, store: next.store.reopen() })
    assert.equal((await last.ask(EXECUTE, withKey('k2'))).status, 200)
    assert.equal(api.orders.length, 2)
    await stopControlPort(next)
    await stopControlPort(last)
  })

  it('is forgotten after two days', async () => {
    await kit.ask(EXECUTE, withKey('k1'))
    await kit.control.idempotency.prune()
    await kit.ask(EXECUTE, withKey('k1'))
    assert.equal(kit.api.orders.length, 1)
    await kit.clock.advance(2 * DAY_MS + 1)
    await kit.control.idempotency.prune()
    assert.equal((await kit.ask(EXECUTE, withKey('k1', anOrder('0.9')))).status, 200)
  })

  it('must be a short line of printable characters', async () => {
    assert.equal(codeOf(await kit.ask(EXECUTE, withKey('k'.repeat(201)))), 'REQUEST_INVALID')
  })
})

describe('a token with a spending limit of 1.00', () => {
  let kit: ControlKit
  const buy = (budget: string) =>
    kit.ask(EXECUTE, { ...anOrder(budget), token: SPENDER_TOKEN }) as Promise<{
      status: number
      body: TaskView & Problem
    }>
  beforeEach(async () => {
    kit = await aControlPort()
  })
  afterEach(() => stopControlPort(kit))

  it('may not set aside more than that', async () => {
    assert.equal((await buy('0.70')).status, 200)
    const refused = await buy('0.40')
    assert.deepEqual([refused.status, refused.body.code], [403, 'SPENDING_LIMIT_REACHED'])
    assert.match(refused.body.detail, /0\.40 tUSD is above the 0\.30 tUSD/)
    assert.equal((await buy('0.30')).status, 200)
  })

  it('never shows the same room to two requests at once', async () => {
    const answers = await Promise.all([buy('0.60'), buy('0.60'), buy('0.60')])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403, 403])
  })

  it('gets back what a finished task did not cost', async () => {
    const { body } = await buy('0.90')
    kit.api.change(body.id, { phase: 'settled', paid: '150000', refunded: '50000' })
    assert.equal((await buy('0.90')).status, 200)
    assert.equal((await buy('0.01')).status, 403)
  })

  it('gets everything back for a refused task', async () => {
    kit.api.refuseNext(new Fault('MODULE_INVALID', 'no'))
    await buy('1.00')
    assert.equal((await buy('1.00')).status, 200)
  })

  it('may spend again a day later, over a restart too', async () => {
    const { body } = await buy('1.00')
    kit.api.change(body.id, { phase: 'settled', paid: '1000000' })
    const { api, store, clock } = kit
    await stopControlPort(kit)
    kit = await aControlPort({}, { api, store: store.reopen(), clock })
    assert.equal((await buy('0.10')).status, 403)
    await kit.clock.advance(DAY_MS + 1)
    assert.equal((await buy('1.00')).status, 200)
  })

  it('keeps the whole budget aside while the node does not know how it went', async () => {
    kit.api.refuseNext(new Error('broken'))
    await buy('0.90')
    assert.equal((await buy('0.20')).status, 403)
  })
})
