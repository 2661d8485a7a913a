import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { Fault } from '../../../protocols/common/index.ts'
import type { Problem, TaskView } from '../../../protocols/control/index.ts'
import { routes } from '../../../protocols/control/index.ts'
import {
  aControlPort,
  anOrder,
  type ControlKit,
  OWNER_TOKEN,
  READER_TOKEN,
  stopControlPort,
} from '../../builders/control-app.ts'
import { CHANNEL_ID } from '../../fakes/node-api.ts'

const EXECUTE = routes.executeWithPayment.path
const codeOf = ({ body }: { body: unknown }) => (body as Problem).code

describe('a control port', () => {
  let kit: ControlKit
  beforeEach(async () => {
    kit = await aControlPort()
  })
  afterEach(() => stopControlPort(kit))

  describe('asked by a stranger', () => {
    it('refuses a request without a token, and one with a wrong token', async () => {
      const bare = await kit.ask('/api/v1/tasks', { token: null })
      assert.deepEqual([bare.status, codeOf(bare)], [401, 'TOKEN_MISSING'])
      const wrong = await kit.ask('/api/v1/tasks', { token: 'x'.repeat(43) })
      assert.deepEqual([wrong.status, codeOf(wrong)], [401, 'TOKEN_UNKNOWN'])
    })

    it('still says that it is alive and ready, and describes itself', async () => {
      assert.equal((await kit.ask('/healthz', { token: null })).status, 200)
      assert.equal((await kit.ask('/readyz', { token: null })).status, 200)
      const { body } = await kit.ask('/openapi.json', { token: null })
      assert.equal((body as { openapi: string }).openapi, '3.1.0')
    })

    it('refuses another name for this machine and pages of other origins', async () => {
      const rebound = await kit.ask('/healthz', { headers: { host: 'evil.example:7700' } })
      assert.deepEqual([rebound.status, codeOf(rebound)], [403, 'HOST_NOT_ALLOWED'])
      for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:7701']) {
        const page = await kit.ask('/healthz', { headers: { origin } })
        assert.deepEqual([page.status, codeOf(page)], [403, 'ORIGIN_NOT_ALLOWED'])
      }
      const own = await kit.ask('/healthz', { headers: { origin: 'http://127.0.0.1:7700' } })
      assert.equal(own.status, 200)
    })

    it('answers 503 while a part of the node does not work', async () => {
      kit.api.setReady(false)
      const { status, body } = await kit.ask('/readyz')
      assert.equal(status, 503)
      assert.equal((body as { isReady: boolean }).isReady, false)
      assert.equal((await kit.client.health()).isReady, false)
    })
  })

  describe('asked with a token of smaller scope', () => {
    it('shows but does not spend or write', async () => {
      assert.equal((await kit.ask('/api/v1/tasks', { token: READER_TOKEN })).status, 200)
      const bought = await kit.ask(EXECUTE, { ...anOrder(), token: READER_TOKEN })
      assert.deepEqual([bought.status, codeOf(bought)], [403, 'SCOPE_MISSING'])
      const closing = await kit.ask(`/api/v1/channels/${CHANNEL_ID}/close`, {
        method: 'POST',
        token: READER_TOKEN,
      })
      assert.equal(codeOf(closing), 'SCOPE_MISSING')
      assert.equal(kit.api.orders.length, 0)
    })
  })

  describe('asked something malformed', () => {
    it('names the faulty fields', async () => {
      const { status, body } = await kit.ask(EXECUTE, anOrder('lots'))
      assert.equal(status, 400)
      const problem = body as Problem
      assert.equal(problem.code, 'REQUEST_INVALID')
      assert.deepEqual(
        problem.errors?.map(({ path }) => path),
        ['budget'],
      )
    })

    it('refuses a budget finer than the token', async () => {
      assert.equal(codeOf(await kit.ask(EXECUTE, anOrder('0.0000001'))), 'REQUEST_INVALID')
    })

    it('has a code for every other kind of nonsense', async () => {
      const json = { 'content-type': 'application/json' }
      const asked = {
        REQUEST_INVALID: kit.ask(EXECUTE, { method: 'POST', headers: json, body: '{' }),
        CONTENT_TYPE_UNSUPPORTED: kit.ask(EXECUTE, {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: 'x',
        }),
        BODY_TOO_LARGE: kit.ask(EXECUTE, anOrder('1', { args: ['x'.repeat(20_000)] })),
        ROUTE_UNKNOWN: kit.ask('/api/v1/nothing?x=1'),
      }
      for (const [code, answer] of Object.entries(asked)) {
        assert.equal(codeOf(await answer), code)
        assert.match((await answer).headers.get('content-type') ?? '', /problem\+json/)
      }
    })

    it('refuses ids that cannot be ids and says 404 for unknown ones', async () => {
      assert.equal(codeOf(await kit.ask('/api/v1/tasks/..%2Fx')), 'REQUEST_INVALID')
      assert.equal(codeOf(await kit.ask('/api/v1/tasks/unknown')), 'NOT_FOUND')
    })
  })

  describe('asked to buy a task', () => {
    it('hands a checked order to the node and shows the task', async () => {
      const { status, body } = await kit.ask(
        EXECUTE,
        anOrder('0.50', {
          args: ['a'],
          stdin: { text: 'hi' },
          limits: { fuel: '9007199254740993' },
        }),
      )
      assert.equal(status, 200)
      assert.equal((body as TaskView).phase, 'created')
      const [order] = kit.api.orders
      assert.equal(order?.budget, 500_000n)
      assert.equal(order?.limits.fuel, 9_007_199_254_740_993n)
      assert.deepEqual(order?.stdin, { bytes: new TextEncoder().encode('hi') })
      assert.deepEqual(order?.module, { bytes: new Uint8Array([0, 97, 115, 109]) })
    })

    it('passes a refusal on with its code', async () => {
      kit.api.refuseNext(new Fault('MODULE_INVALID', 'not WebAssembly'))
      const answer = await kit.ask(EXECUTE, anOrder())
      assert.deepEqual([answer.status, codeOf(answer)], [422, 'MODULE_INVALID'])
    })

    it('keeps what an unexpected error says in the log', async () => {
      kit.api.refuseNext(new Error('secret path'))
      const answer = await kit.ask(EXECUTE, anOrder())
      assert.deepEqual([answer.status, codeOf(answer)], [500, 'INTERNAL'])
      assert.doesNotMatch(JSON.stringify(answer.body), /secret/)
      assert.deepEqual(kit.log.messages(), ['request failed'])
    })
  })

  describe('asked too often', () => {
    it('says when to come back, and lets the caller in again then', async () => {
      await stopControlPort(kit)
      kit = await aControlPort({ requestBurst: 2 })
      await kit.ask('/api/v1/tasks')
      await kit.ask('/api/v1/tasks')
      const refused = await kit.ask('/api/v1/tasks')
      assert.deepEqual([refused.status, codeOf(refused)], [429, 'RATE_LIMITED'])
      assert.equal(refused.headers.get('retry-after'), '1')
      await kit.clock.advance(1000)
      assert.equal((await kit.ask('/api/v1/tasks')).status, 200)
    })
  })

  it('tells browsers to keep nothing', async () => {
    const { headers } = await kit.ask('/api/v1/tasks', { token: OWNER_TOKEN })
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
  })
})
