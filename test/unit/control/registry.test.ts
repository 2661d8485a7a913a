import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createRateLimit } from '../../../node/control/rate-limit.ts'
import { Fault } from '../../../protocols/common/index.ts'
import type { Route } from '../../../protocols/control/index.ts'
import {
  isOver,
  openApiOf,
  problemOf,
  routes,
  statusOf,
  TASK_PHASES,
} from '../../../protocols/control/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'

describe('the registry of routes', () => {
  const entries = Object.entries(routes) as [string, Route][]

  it('names no method and path twice, and no command twice', () => {
    const places = entries.map(([, { method, path }]) => `${method} ${path}`)
    assert.equal(new Set(places).size, places.length)
    const commands = entries.flatMap(([, { cli }]) => (cli ? [cli.command] : []))
    assert.equal(new Set(commands).size, commands.length)
  })

  it('declares each parameter of a path', () => {
    for (const [name, { path, params }] of entries) {
      assert.equal(path.includes('/:'), params !== undefined, name)
    }
  })

  it('asks for a token wherever something is shown or changed', () => {
    const open = entries.filter(([, { scope }]) => scope === 'public').map(([name]) => name)
    assert.deepEqual(open, ['alive', 'health', 'openapi'])
    const changing = entries.filter(([, { method }]) => method !== 'GET')
    for (const [name, { scope }] of changing) assert.ok(['write', 'spend'].includes(scope), name)
  })

  it('becomes OpenAPI with every route in it', () => {
    const { paths } = openApiOf('0.1.0') as { paths: Record<string, Record<string, object>> }
    const operations = Object.values(paths).flatMap((path) => Object.values(path))
    assert.equal(operations.length, entries.length)
    const execute = paths['/api/v1/tasks/execute-with-payment']?.post as {
      parameters: { name: string }[]
      requestBody: { content: object }
    }
    assert.deepEqual(
      execute.parameters.map(({ name }) => name),
      ['Idempotency-Key'],
    )
    assert.ok('application/json' in execute.requestBody.content)
    assert.ok('/api/v1/tasks/{id}/economic-status' in paths)
  })
})

describe('a problem document', () => {
  it('carries code, status and message of a fault', () => {
    assert.deepEqual(problemOf(new Fault('CHAIN_UNREACHABLE', 'No answer')), {
      type: 'urn:souk:fault:CHAIN_UNREACHABLE',
      title: 'Chain unreachable',
      status: 503,
      detail: 'No answer',
      code: 'CHAIN_UNREACHABLE',
    })
  })

  it('is a conflict for a refusal that has no status of its own', () => {
    assert.equal(statusOf('RESERVE_TOO_SMALL'), 409)
    assert.equal(problemOf('anything').code, 'INTERNAL')
  })
})

describe('a rate limit', () => {
  it('keeps callers apart and forgets the one unused for longest', () => {
    const clock = createFakeClock()
    const limit = createRateLimit({ clock }, { perSecond: 1, burst: 1 })
    limit('a')
    limit('b')
    assert.throws(() => limit('a'), { code: 'RATE_LIMITED' })
    for (let count = 0; count < 1100; count++) limit(`caller ${count}`)
    limit('b')
  })
})

describe('the phases of a task', () => {
  it('are over once settled, and when they end without a result', () => {
    assert.deepEqual(TASK_PHASES.filter(isOver), [
      'settled',
      'unsold',
      'void',
      'failed',
      'cancelled',
    ])
  })
})
