import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type Hash, keccak256, toHex, ZERO_HASH } from '../../../protocols/common/index.ts'
import { type Living, WINDOW_SECONDS } from './agents.ts'
import { addressOf, type CrashWorld, type Side } from './world.ts'

const STALL_MS = 700
const HALF_WINDOW = WINDOW_SECONDS / 2

type Lives = Record<Side, Living>
export type Step = (lives: Lives, world: CrashWorld) => Promise<void>

const hashOf = (text: string): Hash => toHex(keccak256(new TextEncoder().encode(text)))
const keyOf = (name: string) => hashOf(`auction ${name}`)
const agreementOf = (name: string) => hashOf(`agreement ${name}`)
const payeeAddress = addressOf('payee')

type Buyer = 'payer' | 'tower'

/** Who sells to whom: all to the payee, but for the way back of a channel that has one. */
const sellerTo = (by: Side): Side => (by === 'payee' ? 'payer' : 'payee')

export const begin =
  (name: string, amount: bigint, by: Side = 'payer'): Step =>
  async ({ [by]: payer, [sellerTo(by)]: payee }) => {
    const key = keyOf(name)
    const provider = addressOf(sellerTo(by))
    const { channelId } = await payer.keeper.reserve({ provider, amount, key })
    await payer.keeper.confirm(key)
    const agreementHash = agreementOf(name)
    await payee.keeper.back({ channelId, agreementHash, amount, payer: addressOf(by) })
  }

export const pay =
  (name: string, paid: bigint, by: Side = 'payer'): Step =>
  async ({ [by]: payer, [sellerTo(by)]: payee }) => {
    const order = { key: keyOf(name), agreementHash: agreementOf(name), paid }
    await payer.keeper.pay({ ...order, memo: hashOf(`${name} ${paid}`) })
    assert.equal(await payee.keeper.paidFor(order.agreementHash), paid)
  }

export const end =
  (name: string, by: Side = 'payer'): Step =>
  async ({ [by]: payer, [sellerTo(by)]: payee }) => {
    await payee.keeper.finish(agreementOf(name))
    await payer.keeper.release(keyOf(name))
  }

export const refund =
  (name: string, amount: bigint): Step =>
  async ({ payer, payee }) => {
    const refunded = await payee.keeper.refund(agreementOf(name))
    assert.equal(refunded?.message.amount, amount)
    const credit = payer.keeper.list().map((channel) => channel.credit)
    assert.ok(credit.includes(amount.toString()), 'not heard yet')
  }

const live = ({ keeper }: Living) => keeper.list().filter(({ phase }) => phase === 'open')

const claim: Step = async ({ payee }) => {
  for (const { channelId } of live(payee)) await payee.keeper.claim(channelId)
  assert.ok(live(payee).every(({ unclaimed }) => unclaimed === '0'))
}

// A channel that its payer gave up before its deposit is nothing.
const isClosed = ({ keeper }: Living): boolean =>
  keeper.list().every(({ phase }) => phase === 'closed' || phase === 'accepted')

/**
 * Once all that is owed has been answered, nothing more happens before the window is over. While the payee is away its tower leaves it
 * the beginning of the window.
 */
const skipWindow = async (
  { payer, tower }: Lives,
  { chain, clock, isAway }: CrashWorld,
): Promise<void> => {
  for (const { channelId, sent } of [...payer.keeper.list(), ...tower.keeper.list()]) {
    const { status, closeAt, claimed } = chain.channelOf(channelId)
    if (status !== 'closing' || clock.now() > closeAt) continue
    const { fromA } = await chain.for(payeeAddress).promised(channelId)
    const owed = BigInt(sent)
    const isAnswered = fromA >= owed || claimed >= owed
    if (isAnswered) clock.jump(WINDOW_SECONDS)
    else if (isAway('payee') && closeAt - clock.now() > HALF_WINDOW) clock.jump(HALF_WINDOW)
  }
}

export const close =
  (by: Buyer): Step =>
  async (lives, world) => {
    await skipWindow(lives, world)
    for (const { channelId } of live(lives[by])) await lives[by].keeper.close(channelId)
    assert.ok(isClosed(lives[by]), 'not closed yet')
  }

/** Everything that the payee took is in the tower's hands too. */
const watched: Step = async ({ payee, tower }) => {
  const { duties } = tower.keeper.towers()
  for (const { channelId, sent } of live(payee)) {
    assert.ok(
      duties.some((duty) => duty.channelId === channelId && duty.sent === sent),
      'the tower does not know yet',
    )
  }
}

const duplexOf = ({ keeper }: Living) =>
  keeper.list().find(({ mode, phase }) => mode === 'duplex' && phase !== 'closed')

/** Asked for only where it has not happened yet: each of these is a wish of its own every time. */
const openDuplex: Step = async ({ payer }) => {
  const begun = duplexOf(payer)
  if (begun === undefined) {
    await payer.keeper.open({ peer: payeeAddress, amount: 30n, mode: 'duplex' })
  } else if (begun.phase === 'proposed' || begun.phase === 'accepted') {
    // Nobody remembers for what it was meant.
    await payer.keeper.close(begun.channelId)
  }
  assert.equal(duplexOf(payer)?.phase, 'open')
}

/** The payee's side of the channel that the payer goes on with: one that it gave up may still be known to the payee. */
const backOf = ({ payer, payee }: Lives) => {
  const channel = payee.keeper.get(duplexOf(payer)?.channelId ?? ZERO_HASH)
  assert.ok(channel, 'not known yet')
  return channel
}

const fundBack: Step = async (lives) => {
  const { channelId, depositB } = backOf(lives)
  if (depositB === '0') await lives.payee.keeper.fund(channelId, 20n)
  assert.equal(backOf(lives).depositB, '20')
}

const rebase: Step = async (lives) => {
  const { channelId, epoch } = backOf(lives)
  if (epoch === 0) await lives.payee.keeper.rebase(channelId, { out: 10n })
  assert.deepEqual([backOf(lives).epoch, duplexOf(lives.payer)?.epoch], [1, 1])
}

const batched: Step = async ({ payee }) => {
  assert.ok(
    live(payee).every(({ unclaimed }) => unclaimed === '0'),
    'not claimed yet',
  )
}

/** No block comes until the price has been raised. */
const stalled =
  (step: Step): Step =>
  async (lives, world) => {
    world.chain.failures.setAutomine(false)
    const work = step(lives, world)
    work.catch(() => {})
    await Promise.race([work, pause(STALL_MS)])
    world.chain.failures.setAutomine(true)
    world.chain.mine()
    await work
  }

export const rest: Step = async ({ payer, payee, tower }) => {
  assert.ok(isClosed(payer) && isClosed(payee) && isClosed(tower))
  const views = [payer, payee, tower].flatMap(({ keeper }) => keeper.list())
  assert.ok(views.every(({ deals }) => deals === 0))
  const outboxes = [payer, payee, tower].map(({ settlement }) => settlement.status().pending)
  assert.deepEqual(outboxes, [0, 0, 0])
  await Promise.all([payer, payee, tower].map(({ settlement }) => settlement.balances()))
}

const step =
  (act: (world: CrashWorld) => void): Step =>
  async (_, world) =>
    act(world)
const loseCloses = step((world) =>
  world.intercept(({ type }) => (type === 'close' ? 'lose-request' : 'deliver')),
)
const hear = step((world) => world.intercept(() => 'deliver'))
const payeeGoes = step((world) => world.sendAway('payee'))
const payeeComes = step((world) => world.sendAway(null))

/**
 * Five channels: one topped up, refunded, claimed and closed together; two of different payers claimed in one batch, of which one is
 * closed alone with the payee answering; one closed alone while the payee is away and its tower answers; one in which both
 * pay, rebased. Between them they do everything that the code of a channel can do.
 */
const steps: readonly Step[] = [
  begin('one', 60n),
  pay('one', 10n),
  begin('two', 50n),
  pay('two', 15n),
  pay('one', 35n),
  refund('two', 15n),
  end('two'),
  end('one'),
  claim,
  begin('three', 30n),
  pay('three', 30n),
  end('three'),
  close('payer'),
  stalled(begin('four', 40n)),
  begin('five', 20n, 'tower'),
  pay('four', 40n),
  pay('five', 20n, 'tower'),
  batched,
  end('five', 'tower'),
  close('tower'),
  loseCloses,
  begin('six', 10n),
  pay('six', 10n),
  end('four'),
  end('six'),
  close('payer'),
  hear,
  begin('seven', 7n),
  pay('seven', 7n),
  end('seven'),
  watched,
  payeeGoes,
  close('payer'),
  payeeComes,
  rest,
  openDuplex,
  fundBack,
  begin('eight', 12n),
  pay('eight', 12n),
  begin('nine', 5n, 'payee'),
  pay('nine', 5n, 'payee'),
  end('eight'),
  end('nine', 'payee'),
  rebase,
  close('payer'),
  rest,
]

/** What the payee earns, and the greatest promises it takes, in the order of the channels. */
export const EARNED = 65n + 50n + 20n + 7n + 12n - 5n
export const PROMISED = [65n, 40n + 10n, 20n, 7n, 12n, 5n]
const DEPOSITS = 7

/** The whole story, however often somebody dies in it, and then the accounts. */
export const tell = async (world: CrashWorld): Promise<void> => {
  for (const step of steps) await world.take((lives) => step(lives, world))
  await world.stop()
  assert.equal(await world.audit(), EARNED)
  assert.deepEqual(world.greatest().sort(), [...PROMISED].sort())
  const deposits = world.chain
    .mined()
    .filter(({ outcome }) => outcome.status === 'done')
    .filter(({ call }) => call.type === 'open-channel' || call.type === 'fund-channel')
  assert.equal(deposits.length, DEPOSITS, 'a deposit was made twice')
}
