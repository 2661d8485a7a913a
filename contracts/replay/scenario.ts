// Every operation on a channel once, and some that must fail: what the second engine is held against.
import { concat } from 'viem'
import { type ChannelParams, channelIdOf } from '../../protocols/common/index.ts'
import {
  type ChannelWorld,
  NATIVE,
  NO_PROMISE,
  packedItem,
  paramsOf,
  WINDOW,
} from '../gas/channel-world.ts'
import type { Stage } from '../gas/stage.ts'

const DUPLEX = 0
const SIMPLEX = 1

type Kind = { token: 'native' | 'token'; mode: number; salt: bigint }

const channelOf = ({ a, b, token }: ChannelWorld, kind: Kind): ChannelParams =>
  paramsOf([a, b], { ...kind, token: kind.token === 'native' ? NATIVE : token })

const simplexLife = async (stage: Stage, world: ChannelWorld) => {
  const { a, b, tower, send, deposit, promise, authority } = world
  const params = channelOf(world, { token: 'token', mode: SIMPLEX, salt: 1n })
  await deposit(a, 'open', { params, amount: 1_000_000n })
  await deposit(a, 'fund', { params, amount: 500_000n })
  const args = [params, await promise(a, params, { sent: 100_000n })] as const
  await send(b, { functionName: 'claim', args })
  await world.attempt(b, { functionName: 'claim', args })
  const grant = await authority(b, params, tower.address)
  const next = await promise(a, params, { sent: 200_000n })
  await send(tower, { functionName: 'claimFor', args: [params, next, grant] })
  await send(a, { functionName: 'startClose', args: [params, NO_PROMISE] })
  await world.attempt(a, { functionName: 'settle', args: [params] })
  const last = await promise(a, params, { sent: 300_000n })
  await send(tower, { functionName: 'respondFor', args: [params, last, grant] })
  stage.pass(WINDOW)
  await send(tower, { functionName: 'settle', args: [params] })
}

const batches = async (world: ChannelWorld) => {
  const { a, b, tower, send, deposit, promise, authority } = world
  const claims = []
  const grants = []
  for (const salt of [2n, 3n, 4n]) {
    const params = channelOf(world, { token: 'token', mode: SIMPLEX, salt })
    await deposit(a, 'open', { params, amount: 1_000_000n })
    claims.push({ params, signedPromise: await promise(a, params, { sent: 10_000n * salt }) })
    grants.push(await authority(b, params, tower.address))
  }
  const [first, second] = claims as [(typeof claims)[0], (typeof claims)[0]]
  await send(b, { functionName: 'claimBatch', args: [[first, first]] })
  await send(tower, { functionName: 'claimBatchFor', args: [[first, second], grants.slice(0, 2)] })
  const items = concat(claims.map(({ params, signedPromise }) => packedItem(params, signedPromise)))
  const args = [b.address, world.token, WINDOW, items] as const
  await send(b, { functionName: 'claimBatchPacked', args })
}

const duplexLife = async (stage: Stage, world: ChannelWorld) => {
  const { a, b, send, deposit, promise, sign } = world
  const params = channelOf(world, { token: 'native', mode: DUPLEX, salt: 5n })
  const channelId = channelIdOf(params)
  await deposit(b, 'open', { params, amount: 10n ** 15n })
  await deposit(a, 'fund', { params, amount: 2n * 10n ** 15n })
  const half = 5n * 10n ** 14n
  const moved = { newDepA: 2n * half, newDepB: 2n * half, outA: half, outB: half }
  const terms = { epoch: 0, ...moved, validUntil: stage.now() + 100 }
  const bySides = [
    await sign(a, 'Rebase', { channelId, ...terms }),
    await sign(b, 'Rebase', { channelId, ...terms }),
  ] as const
  await send(b, { functionName: 'rebase', args: [params, terms, ...bySides] })
  const ofA = await promise(a, params, { sent: half, epoch: 1 })
  const ofB = await promise(b, params, { sent: half / 2n, epoch: 1 })
  await send(a, { functionName: 'startClose', args: [params, ofB] })
  await send(b, { functionName: 'respond', args: [params, ofA] })
  await world.attempt(b, { functionName: 'respond', args: [params, ofA] })
  stage.pass(WINDOW)
  await send(a, { functionName: 'settle', args: [params] })
}

const closedTogether = async (stage: Stage, world: ChannelWorld) => {
  const { a, b, owner, send, deposit, sign } = world
  for (const token of ['native', 'token'] as const) {
    const params = channelOf(world, { token, mode: DUPLEX, salt: 6n })
    await deposit(a, 'open', { params, amount: 900_000n })
    const terms = { epoch: 0, payA: 400_000n, payB: 500_000n, validUntil: stage.now() + 100 }
    const message = { channelId: channelIdOf(params), ...terms }
    const bySides = [await sign(a, 'CoopClose', message), await sign(b, 'CoopClose', message)]
    if (token === 'token') await send(owner, { functionName: 'pause' })
    const args = [params, terms, ...bySides] as never
    await send(b, { functionName: 'coopClose', args })
    await world.attempt(b, { functionName: 'coopClose', args })
  }
}

const refusedPayout = async (world: ChannelWorld) => {
  const { a, owner, send, deposit, token } = world
  await send(owner, { functionName: 'unpause' })
  await send(owner, { functionName: 'setDepositCap', args: [NATIVE, 10n ** 16n] })
  // The token contract takes no coin: what the channel owes it becomes credit.
  const alone = channelOf(world, { token: 'native', mode: DUPLEX, salt: 7n })
  const params = { ...alone, partyB: token.toLowerCase() as `0x${string}` }
  await deposit(a, 'open', { params, amount: 10n ** 15n })
  await world.attempt(a, { functionName: 'fund', args: [params, 10n ** 16n] })
  const message = { channelId: channelIdOf(params), epoch: 0, payA: 0n, payB: 10n ** 15n }
  const terms = { ...message, validUntil: 2_000_000_000 }
  const bySides = [
    await world.sign(a, 'CoopClose', terms),
    await world.sign(world.b, 'CoopClose', terms),
  ]
  await send(a, { functionName: 'coopClose', args: [params, terms, ...bySides] as never })
}

/** Plays the whole of it. */
export const playScenario = async (stage: Stage, world: ChannelWorld): Promise<void> => {
  await simplexLife(stage, world)
  await batches(world)
  await duplexLife(stage, world)
  await closedTogether(stage, world)
  await refusedPayout(world)
}
