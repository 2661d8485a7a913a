import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  type ChannelBook,
  type ChannelRecord,
  closeAmountsOf,
  incoming,
  isPaidBack,
  judgePromise,
  judgeRebase,
  makePayment,
  newChannel,
  observeChain,
  outgoing,
  paysBack,
  rebaseTermsOf,
  sentOf,
  splitDuplex,
  splitSimplex,
  within,
} from '../../../protocols/channel/index.ts'
import {
  type Amount,
  CHANNEL_MODE,
  channelIdOf,
  type PayState,
  type Signed,
} from '../../../protocols/common/index.ts'
import { checks, dealFor, hashOf, NOW, PAYEE, PAYER, params, signBy } from './paper.ts'
import { runs } from './runs.ts'

// An honest agent and an adversary that promises too much, withholds, reorders, shows old promises and those of other epochs. Whatever it
// does, the contract pays the honest side what it put in, and what it received, less what it sent; and never more than there is.

type Side = 'A' | 'B'
type Mode = 'simplex' | 'duplex'

type Scene = {
  side: Side
  mode: Mode
  /** The honest side's record. */
  record: ChannelRecord
  depositA: Amount
  depositB: Amount
  claimed: Amount
  epoch: number
  /** Everything the adversary has signed, and everything it holds of the honest side, over all epochs. */
  theirs: Signed<'PayState'>[]
  ours: Signed<'PayState'>[]
  /** What the honest side accepted and sent over its life, and money that moved on chain. */
  received: Amount
  sent: Amount
  putIn: Amount
  takenOut: Amount
}

const addressOf = (side: Side) => (side === 'A' ? PAYER : PAYEE)
const peerOf = (side: Side): Side => (side === 'A' ? 'B' : 'A')
const signFor = (side: Side) => (message: PayState) =>
  signBy(addressOf(side))(checks.digest('PayState', message))

const begin = (side: Side, mode: Mode, deposits: { a: Amount; b: Amount }): Scene => {
  const all = {
    ...params,
    mode: mode === 'duplex' ? CHANNEL_MODE.DUPLEX : CHANNEL_MODE.SIMPLEX,
  }
  const role = side === 'A' ? 'payer' : 'payee'
  const channelId = channelIdOf(all)
  const depositB = mode === 'duplex' ? deposits.b : 0n
  const scene: Scene = {
    side,
    mode,
    record: newChannel({ channelId, role, params: all, createdAt: NOW }),
    depositA: deposits.a,
    depositB,
    claimed: 0n,
    epoch: 0,
    theirs: [],
    ours: [],
    received: 0n,
    sent: 0n,
    putIn: side === 'A' ? deposits.a : depositB,
    takenOut: 0n,
  }
  look(scene)
  return scene
}

const look = (scene: Scene): void => {
  const { depositA, depositB, claimed, epoch, mode } = scene
  const amountB = mode === 'duplex' ? depositB : claimed
  const view = { status: 'open' as const, deposit: depositA, claimed: amountB, epoch, closeAt: 0 }
  scene.record = observeChain(scene.record, view, NOW)
}

const bookOf = (channel: ChannelRecord): ChannelBook => {
  const isBack = paysBack(channel) ?? false
  const deal = { ...dealFor('x'), key: 'x', isBack, agreementHash: null, amount: 1n << 90n }
  return { channel, deals: new Map([['x', deal]]) }
}

const currentSent = ({ record }: Scene): Amount => {
  const own = outgoing({ channel: record, deals: new Map() })
  return own === null ? 0n : sentOf(own.channel)
}

const receivedNow = ({ record }: Scene): Amount => {
  const paid = incoming(record)
  return paid === null ? 0n : sentOf(paid)
}

type Act = (scene: Scene, pick: number, size: number) => void

const pay: Act = (scene, _pick, size) => {
  const { record, side } = scene
  const isBack = paysBack(record)
  if (isBack === null) return
  const before = currentSent(scene)
  const paid = BigInt(1 + (size % 30))
  const order = { key: 'x', agreementHash: hashOf('x'), paid, memo: hashOf([side, before, paid]) }
  const made = within(bookOf(record), isBack, (view) => makePayment(view, order, signFor(side)))
  if (typeof made === 'string') return
  scene.record = made.channel
  const promise = made.deal.payment?.promise
  if (promise) {
    assert.ok(promise.message.sent > before, 'never signs lower, nor twice')
    scene.ours.push(promise)
  }
  scene.sent += currentSent(scene) - before
}

/** The adversary signs whatever it likes, in any epoch. */
const sign: Act = (scene, pick, size) => {
  const { record, side, epoch } = scene
  const isFromA = peerOf(side) === 'A'
  const known = receivedNow(scene)
  const message: PayState = {
    channelId: record.channelId,
    epoch: pick % 7 === 0 ? epoch + 1 : epoch,
    fromA: pick % 11 === 0 ? !isFromA : isFromA,
    sent: pick % 5 === 0 ? BigInt(size * 10) : known + BigInt(size % 40),
    lockedTotal: pick % 13 === 0 ? 1n : 0n,
    locksRoot: `0x${'00'.repeat(32)}`,
    memo: hashOf([pick, size]),
  }
  const signer = pick % 17 === 0 ? side : peerOf(side)
  scene.theirs.push({ message, signature: signFor(signer)(message) })
}

/** Any of them arrives, at any time and as often as it likes. */
const arrive: Act = (scene, pick) => {
  const promise = scene.theirs[pick % Math.max(1, scene.theirs.length)]
  const isBack = isPaidBack(scene.record)
  if (promise === undefined || isBack === null) return
  const before = receivedNow(scene)
  const taken = within({ channel: scene.record, deals: new Map() }, isBack, ({ channel }) => {
    const verdict = judgePromise(channel, promise, checks)
    if (verdict.action !== 'accept') return verdict.code
    return { channel: { ...channel, promise, paidTotal: promise.message.sent } }
  })
  if (typeof taken === 'string') return
  scene.record = taken.channel
  scene.received += receivedNow(scene) - before
}

const fund: Act = (scene, pick, size) => {
  const amount = BigInt(size % 20)
  const side: Side = scene.mode === 'duplex' && pick % 2 === 1 ? 'B' : 'A'
  if (side === 'A') scene.depositA += amount
  else scene.depositB += amount
  if (side === scene.side) scene.putIn += amount
  look(scene)
}

/** SIMPLEX: the payee claims some promise that it holds. */
const claim: Act = (scene, pick) => {
  if (scene.mode !== 'simplex') return
  const held = scene.side === 'A' ? scene.ours : [incoming(scene.record)?.promise ?? null]
  const promise = held[pick % Math.max(1, held.length)]
  if (!promise) return
  const { sent } = promise.message
  const covered = splitSimplex({ deposit: scene.depositA, claimed: 0n, sent }).payB
  if (covered <= scene.claimed) return
  if (scene.side === 'B') scene.takenOut += covered - scene.claimed
  scene.claimed = covered
  look(scene)
}

/** DUPLEX: the adversary asks for terms, good for the honest side or not. */
const rebase: Act = (scene, pick, size) => {
  const { record, side } = scene
  if (scene.mode !== 'duplex') return
  const { payA, payB } = closeAmountsOf(record)
  const outs = {
    outA: payA && BigInt(size) % (payA + 1n),
    outB: payB && BigInt(pick) % (payB + 1n),
  }
  const fair = rebaseTermsOf(record, outs, NOW + 60)
  if (fair === null) return
  const shift = BigInt(pick % 3) - 1n
  const terms = { ...fair, newDepA: fair.newDepA + shift, newDepB: fair.newDepB - shift }
  if (terms.newDepA < 0n || terms.newDepB < 0n) return
  const own = side === 'A' ? terms.newDepA + terms.outA : terms.newDepB + terms.outB
  const verdict = judgeRebase({ channel: record, deals: new Map() }, terms, NOW)
  assert.equal(verdict.action === 'accept', own >= (side === 'A' ? payA : payB))
  if (verdict.action !== 'accept') return
  // What was exchanged so far is settled in the new deposits.
  scene.received += own - (side === 'A' ? payA : payB)
  scene.takenOut += side === 'A' ? terms.outA : terms.outB
  scene.depositA = terms.newDepA
  scene.depositB = terms.newDepB
  scene.epoch += 1
  look(scene)
  assert.equal(currentSent(scene) + receivedNow(scene), 0n, 'older promises are void')
}

const acts = { pay, sign, arrive, fund, claim, rebase }

const best = (promises: readonly (Signed<'PayState'> | null)[], scene: Scene, pick: number) => {
  const valid = promises.filter((promise) => promise?.message.epoch === scene.epoch)
  return valid[pick % Math.max(1, valid.length)]?.message.sent ?? 0n
}

/** The contract's end: the honest side shows its best promise, the adversary any it holds, or none. */
const settle = (scene: Scene, pick: number) => {
  const shownByUs = best([incoming(scene.record)?.promise ?? null], scene, 0)
  const shownByThem = best([null, ...scene.ours], scene, pick)
  const sentA = scene.side === 'A' ? shownByThem : shownByUs
  const sentB = scene.side === 'A' ? shownByUs : shownByThem
  const { depositA, depositB, claimed } = scene
  return scene.mode === 'duplex'
    ? splitDuplex({ depositA, depositB, sentA, sentB })
    : splitSimplex({ deposit: depositA, claimed, sent: sentA })
}

const aDeed = fc.tuple(
  fc.constantFrom(...(Object.keys(acts) as (keyof typeof acts)[])),
  fc.nat(1_000),
  fc.nat(1_000),
)
const aScene = fc.record({
  side: fc.constantFrom<Side>('A', 'B'),
  mode: fc.constantFrom<Mode>('simplex', 'duplex'),
  a: fc.bigInt(0n, 60n),
  b: fc.bigInt(0n, 60n),
  deeds: fc.array(aDeed, { maxLength: 50, size: 'max' }),
  pick: fc.nat(1_000),
})

describe('against an adversary that withholds, reorders, over-promises and shows old epochs', () => {
  it('the honest side always gets what it is owed, and sums are conserved', () => {
    fc.assert(
      fc.property(aScene, ({ side, mode, a, b, deeds, pick }) => {
        const scene = begin(side, mode, { a, b })
        for (const [name, which, size] of deeds) acts[name](scene, which, size)
        const { payA, payB } = settle(scene, pick)
        assert.ok(payA >= 0n && payB >= 0n)
        assert.equal(payA + payB + scene.claimed, scene.depositA + scene.depositB)
        const got = (side === 'A' ? payA : payB) + scene.takenOut
        assert.ok(got >= scene.putIn + scene.received - scene.sent)
      }),
      { numRuns: runs(1_000) },
    )
  })
})
