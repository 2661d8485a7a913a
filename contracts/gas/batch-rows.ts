import { concat } from 'viem'
import type { HDAccount } from 'viem/accounts'
import type { ChannelParams } from '../../protocols/common/index.ts'
import { type ChannelWorld, type Promised, packedItem, paramsOf, WINDOW } from './channel-world.ts'
import { perItem, type Row } from './row.ts'
import type { Stage } from './stage.ts'

type Claim = { params: ChannelParams; signedPromise: Promised }
const FIRST_PAYER = 10

const openChannels = async (stage: Stage, world: ChannelWorld, count: number) => {
  const claims: Claim[] = []
  for (const payer of stage.accounts.slice(FIRST_PAYER, FIRST_PAYER + count) as HDAccount[]) {
    await world.enrich(payer)
    const params = paramsOf([payer, world.b], { token: world.token, mode: 1, salt: 0x9en })
    await world.deposit(payer, 'open', { params, amount: 5_000_000n })
    claims.push({ params, signedPromise: await world.promise(payer, params, { sent: 2_345_678n }) })
  }
  return claims
}

const packed = (count: number, target: bigint, elsewhere: string): Row<ChannelWorld> => ({
  name: `batch claim per channel, packed, N = ${count}`,
  target,
  elsewhere,
  measure: async (stage, world) => {
    const claims = await openChannels(stage, world, count)
    const items = concat(
      claims.map(({ params, signedPromise }) => packedItem(params, signedPromise)),
    )
    const args = [world.b.address, world.token, WINDOW, items] as const
    const receipt = await world.send(world.b, { functionName: 'claimBatchPacked', args })
    return perItem(await stage.costOf(receipt), count)
  },
})

const general = (count: number): Row<ChannelWorld> => ({
  name: `batch claim per channel, any channels, N = ${count}`,
  target: null,
  elsewhere: '-',
  measure: async (stage, world) => {
    const claims = await openChannels(stage, world, count)
    const receipt = await world.send(world.b, { functionName: 'claimBatch', args: [claims] })
    return perItem(await stage.costOf(receipt), count)
  },
})

export const batchRows: readonly Row<ChannelWorld>[] = [
  packed(10, 16_100n, 'x402 25.8k'),
  packed(50, 12_900n, 'x402 20.0k'),
  packed(100, 12_500n, 'x402 19.3k'),
  general(10),
  general(50),
]
