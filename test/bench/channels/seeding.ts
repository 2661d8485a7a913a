import { createDisk } from '../../../node/channel/disk.ts'
import type { Store } from '../../../node/ports/index.ts'
import {
  type ChannelRecord,
  type ChannelRole,
  newChannel,
  newDeal,
} from '../../../protocols/channel/index.ts'
import {
  type Address,
  CHANNEL_MODE,
  channelIdOf,
  type Hash,
  keccak256,
  toHex,
} from '../../../protocols/common/index.ts'
import { IDENTITY } from './still-chain.ts'

export const DEPOSIT = 10n ** 12n
const DEAL_AMOUNT = 10n ** 9n
const CHUNK = 1_000

export type Lane = { channelId: Hash; agreementHash: Hash }

/** How many channels, and how many running deals over each of them. */
export type Plan = { from: number; channels: number; deals: number }

export type Sides = { payer: Address; payee: Address; role: ChannelRole }

const hashOf = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))

const channelAt = (index: number, { payer, payee, role }: Sides): ChannelRecord => {
  const params = {
    partyA: payer,
    partyB: payee,
    signerA: payer,
    signerB: payee,
    token: IDENTITY.contracts.token,
    window: 3_600,
    mode: CHANNEL_MODE.SIMPLEX,
    salt: BigInt(index),
  }
  const channelId = channelIdOf(params)
  const blank = newChannel({ channelId, role, params, createdAt: 1_800_000_000 })
  return { ...blank, deposit: DEPOSIT, stage: { phase: 'open', funding: null } }
}

const lanesOf = (channelId: Hash, deals: number): Lane[] =>
  Array.from({ length: deals }, (_, deal) => ({
    channelId,
    agreementHash: hashOf(`${channelId} ${deal}`),
  }))

/** Both sides' records of channels that are open and have deals running: the same on both sides without a word said. */
export const seed = async (store: Store, sides: Sides, plan: Plan): Promise<Lane[]> => {
  const disk = createDisk(store)
  const seeded = Array.from({ length: plan.channels }, (_, at) => channelAt(plan.from + at, sides))
  const lanes = seeded.flatMap(({ channelId }) => lanesOf(channelId, plan.deals))
  for (let at = 0; at < seeded.length; at += CHUNK) {
    const writes = seeded.slice(at, at + CHUNK).flatMap((channel) => {
      const { channelId } = channel
      const deals = lanesOf(channelId, plan.deals).map(({ agreementHash }) =>
        newDeal({ channelId, key: agreementHash, agreementHash, amount: DEAL_AMOUNT }),
      )
      return disk.writesOf(null, { channelId, channel, deals, value: undefined })
    })
    await store.commit(writes)
  }
  return lanes
}
