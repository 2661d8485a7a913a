import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createLog, type LogOptions } from '../../../node/adapters/system/index.ts'
import { Fault } from '../../../protocols/common/index.ts'

const capture = (options: Partial<LogOptions> = {}) => {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const log = createLog({ level: 'debug', format: 'json', destination, ...options })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

describe('a log for programs', () => {
  it('writes one object a line, with the fields of its parents', () => {
    const { log, lines, last } = capture()
    log.child({ module: 'market' }).child({ auction: '0x01' }).info({ bids: 3 }, 'auction closed')
    const { time, ...line } = last()
    assert.deepEqual(line, {
      level: 'info',
      module: 'market',
      auction: '0x01',
      bids: 3,
      message: 'auction closed',
    })
    assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/)
    assert.ok(lines[0]?.endsWith('\n'))
  })

  it('writes amounts as decimal strings and bytes as hex', () => {
    const { log, last } = capture()
    log.warn({ paid: [5n, { total: 1n << 96n }], salt: new Uint8Array([1, 255]) }, 'paid')
    assert.deepEqual(last().paid, ['5', { total: (1n << 96n).toString() }])
    assert.equal(last().salt, '0x01ff')
  })

  it('writes an error with its code, details and cause', () => {
    const { log, last } = capture()
    const error = new Fault('STORE_UNAVAILABLE', 'no', { cause: new Error('disk full'), left: 0n })
    log.error({ error }, 'write failed')
    const { code, message, details, cause } = last().error
    assert.deepEqual([code, message, details], ['STORE_UNAVAILABLE', 'no', { left: '0' }])
    assert.equal(cause.message, 'disk full')
  })

  it('hides secrets at any depth, in children too', () => {
    const { log, lines } = capture()
    const secret = 'hunter2'
    const fields = { passphrase: secret, agent: { privateKey: secret, list: [{ seed: secret }] } }
    log.child({ headers: { Authorization: secret } }).info(fields, 'started')
    const error = Object.assign(new Error('no'), { config: { password: secret } })
    log.error({ error, mnemonic: secret, apiKey: secret }, 'failed')
    assert.ok(!lines.join('').includes(secret), lines.join(''))
    assert.equal(lines.length, 2)
  })

  it('keeps the address of an endpoint and hides the key in it', () => {
    const { log, last } = capture()
    log.info({ rpcUrls: ['https://user:k@node.example/v3/key'], url: 'http://[::1' }, 'connecting')
    assert.deepEqual(last().rpcUrls, ['https://node.example'])
    assert.equal(last().url, '[unreadable url]')
  })

  it('does not choke on a value that contains itself', () => {
    const { log, last } = capture()
    const loop: Record<string, unknown> = { name: 'loop' }
    loop.self = loop
    log.info({ loop, missing: undefined, nothing: null }, 'odd')
    assert.equal(last().loop.name, 'loop')
    assert.equal(last().nothing, null)
  })
})

describe('a log with a level', () => {
  it('leaves out what is below it', () => {
    const { log, lines } = capture({ level: 'warn' })
    log.debug({}, 'a')
    log.info({}, 'b')
    log.warn({}, 'c')
    log.error({}, 'd')
    assert.equal(lines.length, 2)
  })

  it('writes nothing when silent', () => {
    const { log, lines } = capture({ level: 'silent' })
    log.error({}, 'gone')
    assert.deepEqual(lines, [])
  })
})

describe('a log for people', () => {
  it('writes time, level, message and fields on one line', () => {
    const { log, lines } = capture({ format: 'pretty' })
    log.debug({ price: 5n, note: 'two words', empty: '', list: [1] }, 'bid seen')
    const line =
      /^\d\d:\d\d:\d\d\.\d{3} debug bid seen price=5 note="two words" empty="" list=\[1\]\n$/
    assert.match(lines[0] ?? '', line)
  })
})
