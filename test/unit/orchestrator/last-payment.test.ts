import assert from 'node:assert/strict'
import type { Hash } from '../../../protocols/common/index.ts'
import { DEAL, encodeProgress } from '../../../protocols/market/index.ts'
import {
  anOrder,
  during,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  USUAL_COST,
  untilPhase,
} from '../../builders/trading-world.ts'
import { type Stage, say, setStage } from './stage.ts'

describe('an accepted result whose provider', () => {
  let stage: Stage
  let world: TradingWorld
  let ann: TradingAgent
  let bob: TradingAgent
  let id: string
  beforeEach(async () => {
    stage = await setStage()
    world = stage.world
    ann = stage.ann
    bob = stage.bob
    id = (await ann.now.api.executeWithPayment(anOrder({ acceptance: 'manual' }))).id
    await turnUntil(world, () => bob.gates.length === 4)
  })
  afterEach(() => stage.leave())

  const delivered = async () => {
    stage.finish()
    return untilPhase(world, { agent: ann, id, phases: ['delivered'] })
  }
  const settled = () => untilPhase(world, { agent: ann, id, phases: ['settled'] })
  const assertNothingReserved = () => {
    assert.deepEqual(ann.now.channel.reservations(), [])
    for (const { reserved } of ann.now.channel.list()) assert.equal(reserved, '0')
  }

  it('does not take its payment is settled with a promise that goes on to be offered', async () => {
    await delivered()
    world.network.intercept(({ type }) => (type === 'pay' ? 'lose-request' : 'deliver'))
    await ann.now.api.complete(id)
    assert.equal((await settled()).paid, String(USUAL_COST))
    assertNothingReserved()
    world.network.intercept(null)
    bob.now.node.disconnect()
    bob.now.node.reconnect()
    await turnUntil(world, () => bob.now.channel.list()[0]?.sent === String(USUAL_COST))
  })

  it('closes the channel under it gets no more than it had', async () => {
    const { channelId } = await delivered()
    await during(world, bob.now.channel.close(channelId as Hash, { force: true }))
    await turnUntil(world, () => ann.now.channel.list()[0]?.phase === 'closing')
    await ann.now.api.complete(id)
    assert.equal((await settled()).paid, '410000')
    assertNothingReserved()
  })

  it('was promised more for its slices than the result costs is settled with that', async () => {
    const { agreementHash } = await ann.now.api.task(id)
    const message = {
      agreementHash: agreementHash as Hash,
      slice: 5,
      fuelUsed: 500_000_000n,
      paid: 505_000n,
    }
    const signature = bob.now.signer.sign(bob.now.digest('Progress', message))
    world.network.intercept(({ type }) => (type === 'pay' ? 'lose-answer' : 'deliver'))
    const lost = say(bob.now.talk, ann, [DEAL.PROGRESS, encodeProgress({ message, signature })])
    lost.catch(() => undefined)
    await world.clock.advance(31_000)
    world.network.intercept(null)
    await delivered()
    await ann.now.api.complete(id)
    assert.equal((await settled()).paid, '505000')
    assertNothingReserved()
  })
})
