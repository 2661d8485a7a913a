import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { VerificationView } from '../../../protocols/control/index.ts'
import { aCommandLine, type CliKit, giveToken } from '../../builders/cli.ts'
import { stopControlPort } from '../../builders/control-app.ts'
import { PROVIDER, RECEIPT_HASH } from '../../fakes/node-api.ts'

const account = {
  outcome: 'exit',
  exitCode: 3,
  fuelUsed: '777',
  resultHash: `0x${'12'.repeat(32)}`,
} as const

const aView = (change: Partial<VerificationView>): VerificationView => ({
  taskId: 'task-1',
  provider: PROVIDER,
  receiptHash: RECEIPT_HASH,
  verdict: 'same',
  claimed: account,
  found: account,
  differences: [],
  code: null,
  detail: null,
  wallMs: 5,
  ...change,
})

describe('souk verify', () => {
  let kit: CliKit
  beforeEach(async () => {
    kit = await aCommandLine()
    giveToken(kit)
  })
  afterEach(() => stopControlPort(kit.control))

  const verify = (...views: VerificationView[]) => {
    kit.control.api.verifications.push(...views)
    return kit.souk('verify', RECEIPT_HASH)
  }

  it('says that a receipt is right, and ends well', async () => {
    const { code, stdout } = await verify(aView({}))
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^receipt 0xd4d4…d4d4 of 0xb2b2…b2b2 is right: this machine got the same\n/,
    )
    assert.match(stdout, /fuelUsed +777 +777 +same/)
  })

  it('asks again while the task still runs', async () => {
    const { code } = await verify(
      aView({ verdict: 'running', found: null }),
      aView({ verdict: 'running', found: null }),
      aView({}),
    )
    assert.equal(code, 0)
    assert.equal(kit.control.api.verifications.length, 0)
  })

  it('names what differs, and ends with 1', async () => {
    const found = { ...account, fuelUsed: '778' }
    const { code, stdout } = await verify(
      aView({ verdict: 'different', found, differences: ['fuelUsed'] }),
    )
    assert.equal(code, 1)
    assert.match(stdout, /is wrong: this machine got something else/)
    assert.match(stdout, /fuelUsed +777 +778 +differs/)
  })

  it('says when this machine could not tell, and asks to try again by its exit code', async () => {
    const { code, stdout } = await verify(
      aView({ verdict: 'undecided', found: null, code: 'WALL_TIMEOUT', detail: 'too slow' }),
    )
    assert.equal(code, 75)
    assert.match(stdout, /could not be checked here: WALL_TIMEOUT too slow/)
  })

  it('answers programs in JSON, and knows no receipt that the node does not', async () => {
    kit.control.api.verifications.push(aView({}))
    const { stdout } = await kit.souk('--json', 'verify', 'task-1')
    assert.deepEqual(JSON.parse(stdout), aView({}))
    assert.equal((await kit.souk('verify', RECEIPT_HASH)).code, 66)
  })
})
