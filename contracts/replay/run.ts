// Plays one full scenario on anvil and replays its transactions in a second engine: gas, status, logs and storage must be the same.
import assert from 'node:assert/strict'
import type { TransactionReceipt } from 'viem'
import { buildChannelWorld } from '../gas/channel-world.ts'
import { createStage, START_BALANCE } from '../gas/stage.ts'
import { playScenario } from './scenario.ts'
import { createSecondEngine, type Outcome } from './second-engine.ts'

const outcomeOf = ({ status, gasUsed, logs }: TransactionReceipt): Outcome => ({
  status: status === 'success' ? 1 : 0,
  gasUsed,
  logs: logs.map(({ address, topics, data }) => ({ address, topics: [...topics], data })),
})

const stage = await createStage()
try {
  await playScenario(stage, await buildChannelWorld(stage))
  const addresses = stage.accounts.map(({ address }) => address)
  const engine = await createSecondEngine(addresses, START_BALANCE)
  for (const [index, sent] of stage.sent.entries()) {
    const what = `transaction ${index} of ${stage.sent.length}`
    assert.deepEqual(await engine.replay(sent, index + 1), outcomeOf(sent.receipt), what)
  }
  const slots = await engine.slots()
  for (const { address, slot, value } of slots) {
    assert.equal(await stage.storageAt(address, slot), value, `slot ${slot} of ${address}`)
  }
  const reverted = stage.sent.filter(({ receipt }) => receipt.status === 'reverted').length
  const count = `${stage.sent.length} transactions (${reverted} of them reverted)`
  process.stdout.write(`${count} and ${slots.length} storage slots are the same in both engines\n`)
} finally {
  stage.stop()
}
