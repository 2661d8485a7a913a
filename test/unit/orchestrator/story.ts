import assert from 'node:assert/strict'
import type { TaskOrder } from '../../../protocols/control/index.ts'
import { dueAfterSlice } from '../../../protocols/market/index.ts'
import { isTaskOver } from '../../../protocols/orchestration/index.ts'
import type { Death } from '../../builders/mortal.ts'
import {
  anOrder,
  createTradingWorld,
  during,
  START_BALANCE,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
} from '../../builders/trading-world.ts'
import type { MemoryFate } from '../../fakes/memory-world.ts'

export type Deaths = { ann?: Death; bob?: Death }

export type Story = { world: TradingWorld; ann: TradingAgent; bob: TradingAgent }

const MAX_SECONDS = 400
/** Ends after which everything that was paid goes back. */
const SELLERS_FAULT = new Set(['PROVIDER_RESTARTED', 'DEAL_OVER'])

const isQuiet = async ({ ann, bob }: Story): Promise<boolean> => {
  const tasks = ann.now.tasks.all()
  const deals = await bob.now.deals.list()
  const channels = [...ann.now.channel.list(), ...bob.now.channel.list()]
  return (
    tasks.length > 0 &&
    tasks.every(({ journey }) => isTaskOver(journey.phase)) &&
    deals.every(({ journey }) => ['settled', 'void', 'failed'].includes(journey.phase)) &&
    channels.every(({ unheard, deals: running }) => unheard === 0 && running === 0) &&
    bob.now.capacity.free() === 2
  )
}

/** Starts whoever has died again, and has the buyer ask for its task again as its owner would. */
const revive = async (
  { world, ann, bob }: Story,
  { order, downMs }: { order: TaskOrder; downMs: number },
): Promise<void> => {
  for (const agent of [ann, bob]) {
    if (!agent.now.life.isOver()) continue
    await world.clock.advance(downMs)
    await agent.restart()
    if (agent === ann) await ann.now.unlessDead(ann.now.api.executeWithPayment(order))
  }
}

/** How a story ended for the buyer and for the seller. */
const endsOf = async ({ ann, bob }: Story): Promise<string> => {
  const [task] = ann.now.tasks.all()
  const [deal] = await bob.now.deals.list()
  const name = (journey: { phase: string; end?: { code: string } } | undefined) =>
    journey ? `${journey.phase}${journey.end ? ` ${journey.end.code}` : ''}` : 'none'
  return `${name(task?.journey)} / ${name(deal?.journey)}`
}

/** What goes wrong in a story. `fateOf` says what becomes of each message in its first seconds. */
export type Trouble = { deaths?: Deaths; downMs?: number; fateOf?: () => MemoryFate }

const LOSSY_SECONDS = 100

/** After the bad time the network is well again, and the two meet anew. */
const calm = ({ world, bob }: Story): void => {
  world.network.intercept(null)
  bob.now.node.disconnect()
  bob.now.node.reconnect()
}

/** One sale from order to rest, in which processes may die and messages be lost. */
export const tell = async ({
  deaths = {},
  downMs = 3_000,
  fateOf,
}: Trouble = {}): Promise<Story> => {
  const world = createTradingWorld()
  const order = anOrder({ sliceCount: 5 })
  const ann = await world.buyer('ann', deaths.ann ? { death: deaths.ann } : {})
  const bob = await world.seller('bob', deaths.bob ? { death: deaths.bob } : {})
  const story = { world, ann, bob }
  if (fateOf) world.network.intercept(fateOf)
  await ann.now.unlessDead(ann.now.api.executeWithPayment(order))
  for (let second = 0; second < MAX_SECONDS; second++) {
    await world.clock.advance(0)
    await revive(story, { order, downMs })
    if (fateOf && second === LOSSY_SECONDS) calm(story)
    if (await isQuiet(story)) return story
    await world.clock.advance(1_000)
  }
  throw new Error(`not at rest: ${await endsOf(story)}`)
}

const accountsOf = async ({ ann, bob }: Story) => {
  const deals = await bob.now.deals.list()
  return Promise.all(
    deals.map(async (record) => {
      const { channelId } = record.deal.agreement.message
      return {
        record,
        payer: await ann.now.channel.account(channelId, record.agreementHash),
        payee: await bob.now.channel.account(channelId, record.agreementHash),
      }
    }),
  )
}

const assertSameSums = ({ ann, bob }: Story): void => {
  const sums = (agent: TradingAgent) =>
    agent.now.channel
      .list()
      .filter(({ deposit }) => deposit !== '0')
      .map(({ channelId, sent, credit, reserved }) => ({ channelId, sent, credit, reserved }))
  assert.deepEqual(sums(ann), sums(bob))
  for (const { reserved } of sums(ann)) assert.equal(reserved, '0')
  assert.deepEqual(ann.now.channel.reservations(), [])
}

/** Nothing is served beyond what is durably promised and one slice. */
const assertPaidWork = (
  gates: TradingAgent['gates'],
  account: Awaited<ReturnType<typeof accountsOf>>[number],
) => {
  const agreement = account.record.deal.agreement.message
  for (const { fuelUsed, answer } of gates) {
    if (answer === 'stop') continue
    assert.ok(account.payee.paid >= dueAfterSlice({ agreement, fuelUsed }))
  }
}

/** Brings all money home, on a network and with processes that are well again. */
const closeAll = async ({ world, ann, bob }: Story): Promise<void> => {
  world.network.intercept(null)
  ann.now.life.spare()
  bob.now.life.spare()
  // A deposit whose outcome was not known at the end of the story arrives yet.
  await turnUntil(world, () => ann.now.channel.list().every(({ phase }) => phase !== 'opening'))
  for (const { channelId, phase } of ann.now.channel.list()) {
    if (phase === 'open') await during(world, ann.now.channel.close(channelId))
  }
  const isClosed = ({ phase }: { phase: string }) => phase === 'closed' || phase === 'accepted'
  await turnUntil(world, () => bob.now.channel.list().every(isClosed))
}

/** What must hold at the end of every story, whoever died when. */
const assertFair = async (story: Story): Promise<void> => {
  const { world, ann, bob } = story
  const [task] = ann.now.tasks.all()
  assert.ok(task)
  const accounts = await accountsOf(story)
  assert.ok(bob.sandbox.jobs.length <= accounts.length)
  let earned = 0n
  for (const account of accounts) {
    const { payer, payee, record } = account
    assert.deepEqual(payer, payee)
    assertPaidWork(bob.gates, account)
    const { journey } = record
    if (journey.phase === 'failed' && SELLERS_FAULT.has(journey.end.code)) {
      assert.equal(payee.refunded, payee.paid)
    }
    if (journey.phase === 'settled') {
      assert.deepEqual(payee, { paid: journey.delivery.receipt.message.cost, refunded: 0n })
      assert.equal(task.journey.phase, 'settled')
    }
    if (task.journey.phase === 'settled') assert.equal(journey.phase, 'settled')
    earned += payee.paid - payee.refunded
  }
  assertSameSums(story)
  await closeAll(story)
  assert.equal(world.chain.balanceOf(bob.address) - START_BALANCE, earned)
  assert.equal(START_BALANCE - world.chain.balanceOf(ann.address), earned)
}

/** Tells a story and holds it to all of that; `name` finds it again when it is not so. */
export const assertFairStory = async (trouble: Trouble, name = 'a story'): Promise<void> => {
  const story = await tell(trouble)
  const ends = await endsOf(story)
  try {
    await assertFair(story)
  } catch (cause) {
    throw new Error(`not fair: ${JSON.stringify({ name, ...trouble, ends })}`, { cause })
  }
  await story.world.stop()
}
