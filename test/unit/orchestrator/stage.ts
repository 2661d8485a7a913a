import type { Talk } from '../../../node/ports/index.ts'
import type { CborValue } from '../../../protocols/common/index.ts'
import {
  createTradingWorld,
  type TradingAgent,
  type TradingWorld,
} from '../../builders/trading-world.ts'
import { createTestSigner } from '../../fakes/signer.ts'

export const mallory = createTestSigner('mallory')

/** Ann buys from Bob, whose work ends when the test says so; Mallory is connected and has no part in it. */
export type Stage = {
  world: TradingWorld
  ann: TradingAgent
  bob: TradingAgent
  stranger: Talk
  finish(): void
  leave(): Promise<void>
}

export const setStage = async (): Promise<Stage> => {
  const world = createTradingWorld()
  const held = Promise.withResolvers<void>()
  const finish = held.resolve
  return {
    world,
    ann: await world.buyer(),
    bob: await world.seller('bob', { script: { until: held.promise } }),
    stranger: world.network.join(mallory.address).talk,
    finish,
    leave: async () => {
      finish()
      await world.stop()
    },
  }
}

export type Message = [type: string, body: CborValue]

/** Says something on the deal's protocol as whoever owns the talk. */
export const say = (talk: Talk, to: TradingAgent, [type, body]: Message): Promise<CborValue> =>
  talk.request(to.address, { protocol: '/souk/deal/1', type, body })
