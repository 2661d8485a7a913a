import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { estimateLines, fuelText } from '../../../node/cli/estimate.ts'
import { aCommandLine, type CliKit, giveToken } from '../../builders/cli.ts'
import { stopControlPort } from '../../builders/control-app.ts'
import { settle } from '../../fakes/clock.ts'
import { anEstimate } from '../../fakes/node-api.ts'

const token = { symbol: 'tUSD', decimals: 6 }
const estimate = { ...anEstimate, budget: '500000' }

describe('an estimate in words', () => {
  it('says the likely cost, its range, the fuel, how that is known, and the most that is paid', () => {
    assert.deepEqual(estimateLines(estimate, token), [
      'about 0.012 tUSD (0.002 to 0.041) for 12 Mfuel, as 7 runs of it took; you pay 0.50 tUSD at most',
    ])
  })

  it('is one figure where a dry run knows', () => {
    const cost = { low: '300000', likely: '300000', high: '300000' }
    const [line] = estimateLines({ ...estimate, from: 'dry-run', cost }, token)
    assert.match(line ?? '', /^about 0\.30 tUSD for 12 Mfuel, as a run here took;/)
  })

  it('says that nothing is known', () => {
    const [line] = estimateLines({ ...estimate, from: 'limit', cost: null }, token)
    assert.match(
      line ?? '',
      /^at a price not known yet for 12 Mfuel or less: no run of it is known/,
    )
  })

  it('warns of a budget that is too small and of a program that ended badly here', () => {
    const bad = { ...estimate, isLikelyWithinBudget: false, outcome: 'trap' as const }
    assert.deepEqual(estimateLines(bad, token).slice(1), [
      'it is likely to cost more than 0.50 tUSD',
      'here the program ended by trap',
    ])
  })

  it('writes fuel in millions', () => {
    assert.deepEqual(['777', '916244', '2157622', '1341675089', '100000000000'].map(fuelText), [
      '0.000777 Mfuel',
      '0.916 Mfuel',
      '2.16 Mfuel',
      '1,342 Mfuel',
      '100,000 Mfuel',
    ])
  })
})

describe('souk run and its estimate', () => {
  let kit: CliKit
  beforeEach(async () => {
    kit = await aCommandLine()
    giveToken(kit)
    kit.files.set('prog.wasm', new Uint8Array([0, 97, 115, 109]))
  })
  afterEach(() => stopControlPort(kit.control))

  const untilOrdered = async () => {
    for (let turn = 0; turn < 60 && kit.control.api.orders.length === 0; turn++) await settle()
    const { id } = (await kit.control.api.tasks({ cursor: null, limit: 1 })).items[0] ?? { id: '' }
    kit.control.api.change(id, { phase: 'unsold' })
    await kit.control.clock.advance(1000)
  }

  it('buys nothing where only the estimate is asked for', async () => {
    const { code, stdout, stderr } = await kit.souk('run', 'prog.wasm', '--estimate')
    assert.equal(code, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /^souk: about 0\.012 tUSD/)
    const asJson = await kit.souk('run', 'prog.wasm', '--estimate', '--json')
    assert.deepEqual(JSON.parse(asJson.stdout), estimate)
    assert.equal(kit.control.api.estimates.length, 2)
    assert.equal(kit.control.api.orders.length, 0)
  })

  it('gives the task room for what the estimate expects', async () => {
    const running = kit.souk('run', 'prog.wasm')
    await untilOrdered()
    await running
    assert.equal(kit.control.api.orders[0]?.limits.fuel, BigInt(anEstimate.fuelLimit))
  })

  it('asks for no estimate where a program wants the result alone', async () => {
    const running = kit.souk('run', 'prog.wasm', '--json')
    await untilOrdered()
    await running
    assert.equal(kit.control.api.estimates.length, 0)
    assert.equal(kit.control.api.orders[0]?.limits.fuel, null)
  })
})
