import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { loadConfig } from '../../config/index.ts'
import { benchMachine, inspectModule } from '../../node/create-tools.ts'
import { compileCommand, wasmFixture } from '../fixtures/wasm/wat.ts'

describe('tools that need no node', () => {
  it('judge a module as nodes do, and tell what metering comes to', async () => {
    const module = wasmFixture('hello')
    const report = await inspectModule(module, { memoryPages: null })
    assert.equal(report.accepted, true)
    assert.equal(report.bytes, module.length)
    assert.ok(report.cost && report.cost.meteredBytes > module.length)
    assert.match(report.sha256, /^[0-9a-f]{64}$/)
  })

  it('judge it for the memory that a task may have', async () => {
    const large = compileCommand('', '(memory (export "memory") 20)')
    const { accepted, cost, faults } = await inspectModule(large, { memoryPages: 10 })
    assert.deepEqual([accepted, cost, faults[0]?.code], [false, null, 'MEMORY_TOO_LARGE'])
  })

  it('measure this machine and propose a price that pays for it', async () => {
    const config = await loadConfig({ flags: { 'execution.workers': 1 } })
    const told: string[] = []
    const onSpeed = ({ name }: { name: string }) => void told.push(name)
    const report = await benchMachine(config, { decimals: 18, onSpeed })
    assert.deepEqual(
      report.kernels.map(({ name }) => name),
      told,
    )
    assert.ok(report.kernels.every(({ fuelPerSecond }) => fuelPerSecond > 0))
    assert.ok(report.speedMfuelPerSecond >= 1)
    assert.match(report.pricePerMfuel, /^0\.0{4,}\d*[1-9]\d*$/)
  }).timeout(120_000)

  it('refuse a cost that the token cannot say', async () => {
    const config = await loadConfig({ flags: { 'market.costPerHour': '0.0000001' } })
    const measured = benchMachine(config, { decimals: 6, onSpeed: () => undefined })
    await assert.rejects(measured, { code: 'CONFIG_INVALID' })
  })
})
