import type { ChannelKeeper } from '../../../node/channel/index.ts'
import { type Hash, keccak256, toHex } from '../../../protocols/common/index.ts'

export type StormDeal = { key: Hash; agreementHash: Hash; channelId: Hash; amount: bigint }

const memoOf = (agreement: Hash, paid: bigint): Hash =>
  toHex(keccak256(new TextEncoder().encode(`${agreement} ${paid}`)))

/** Pays over many deals at once, each as fast as it is acknowledged, until told to stop. */
export const createStorm = (keeper: ChannelKeeper) => {
  let isOver = false
  let running: Promise<unknown> = Promise.resolve()

  const payOn = async ({ key, agreementHash, channelId, amount }: StormDeal): Promise<void> => {
    // What was durable before the process died is where it goes on.
    let { paid } = await keeper.account(channelId, agreementHash)
    while (!isOver && paid < amount) {
      const next = paid + 1n
      try {
        await keeper.pay({ key, agreementHash, paid: next, memo: memoOf(agreementHash, next) })
        paid = next
      } catch {
        // The other side is away: the same payment is asked for again.
        await new Promise((resolve) => setTimeout(resolve, 50))
        paid = (await keeper.account(channelId, agreementHash)).paid
      }
    }
  }

  return {
    start: (deals: readonly StormDeal[]): void => {
      isOver = false
      running = Promise.all(deals.map(payOn))
    },
    stop: async (): Promise<void> => {
      isOver = true
      await running
    },
  }
}
