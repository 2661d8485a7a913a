import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  acknowledge,
  askedOffer,
  type ChannelFault,
  type ChannelRecord,
  isAtRest,
  judgePromise,
  judgeProposal,
  makePayment,
  takePayment,
  takeRefund,
} from '../../../protocols/channel/index.ts'
import { ZERO_ADDRESS } from '../../../protocols/common/index.ts'
import {
  bookOf,
  channelId,
  checks,
  dealFor,
  hashOf,
  NOW,
  openChannel,
  PAYEE,
  PAYER,
  params,
  promise,
  signBy,
  signed,
  signPay,
} from './paper.ts'

const terms = (change = {}) => ({
  channelId,
  epoch: 0,
  payA: 70n,
  payB: 30n,
  validUntil: NOW + 300,
  ...change,
})

const offered = (channel: ChannelRecord, isAsked = true) => ({
  ...askedOffer(channel, terms(), {
    own: signBy(PAYER)(checks.digest('CoopClose', terms())),
    theirs: signBy(PAYEE)(checks.digest('CoopClose', terms())),
  }),
  isAsked,
})

describe('a promise', () => {
  const payee = openChannel('payee', { promise: promise(20n) })
  const verdictOf = (channel: ChannelRecord, given = promise(30n)) =>
    judgePromise(channel, given, checks)
  const cases: [string, ReturnType<typeof verdictOf>, 'ignore' | 'reject', ChannelFault][] = [
    ['of this agent itself', verdictOf(openChannel('payer')), 'reject', 'WRONG_ROLE'],
    [
      'for another channel',
      verdictOf(payee, promise(30n, { channelId: hashOf('x') })),
      'reject',
      'PROMISE_MALFORMED',
    ],
    [
      'from the payee',
      verdictOf(payee, promise(30n, { fromA: false })),
      'reject',
      'PROMISE_MALFORMED',
    ],
    [
      'with a lock',
      verdictOf(payee, promise(30n, { lockedTotal: 1n })),
      'reject',
      'PROMISE_MALFORMED',
    ],
    [
      'with a root of locks',
      verdictOf(payee, promise(30n, { locksRoot: hashOf('x') })),
      'reject',
      'PROMISE_MALFORMED',
    ],
    [
      'on an unopened channel',
      verdictOf({ ...payee, stage: { phase: 'accepted' } }),
      'ignore',
      'CHANNEL_UNCONFIRMED',
    ],
    [
      'on a closing channel',
      verdictOf({ ...payee, stage: { phase: 'closing', closeAt: 1, responded: 0n } }),
      'ignore',
      'CHANNEL_CLOSING',
    ],
    [
      'on a closed channel',
      verdictOf({ ...payee, stage: { phase: 'closed', payA: null, payB: null } }),
      'ignore',
      'CHANNEL_CLOSING',
    ],
    [
      'on a frozen channel',
      verdictOf({ ...payee, freeze: { code: 'STALE_RESTORE', since: 1 } }),
      'ignore',
      'CHANNEL_FROZEN',
    ],
    [
      'while a close is outstanding',
      verdictOf({ ...payee, offer: offered(payee) }),
      'ignore',
      'CLOSE_OUTSTANDING',
    ],
    ['of another epoch', verdictOf(payee, promise(30n, { epoch: 1 })), 'reject', 'PROMISE_EPOCH'],
    ['not greater', verdictOf(payee, promise(20n)), 'ignore', 'PROMISE_STALE'],
    ['over the deposit', verdictOf(payee, promise(101n)), 'ignore', 'PROMISE_OVER_DEPOSIT'],
    [
      'signed by another',
      verdictOf(payee, signed('PayState', promise(30n).message, PAYEE)),
      'reject',
      'PROMISE_SIGNATURE',
    ],
  ]
  for (const [what, verdict, action, code] of cases) {
    it(
      `${what} is ${action}d with ${code}`
        .replace('ignored', 'not taken')
        .replace('rejectd', 'rejected'),
      () => assert.deepEqual(verdict, { action, code }),
    )
  }

  it('that is greater, covered and signed is taken, up to the whole deposit', () => {
    assert.deepEqual(verdictOf(payee), { action: 'accept' })
    assert.deepEqual(verdictOf(payee, promise(100n)), { action: 'accept' })
  })
})

describe('a payment notice', () => {
  const channel = openChannel('payee')
  const deal = dealFor('one')
  const notice = {
    agreementHash: hashOf('one'),
    paid: 30n,
    memo: hashOf(30n),
    promise: promise(30n),
  }
  it('is refused where nothing covers it', () => {
    assert.equal(
      takePayment({ channel, deal }, { ...notice, promise: null }, checks),
      'PAYMENT_UNCOVERED',
    )
    assert.equal(
      takePayment({ channel, deal }, { ...notice, paid: 31n }, checks),
      'PAYMENT_UNCOVERED',
    )
  })
  it('is refused for a promise of another payment, over its price, or for no deal', () => {
    assert.equal(
      takePayment({ channel, deal }, { ...notice, memo: hashOf('x') }, checks),
      'MEMO_MISMATCH',
    )
    assert.equal(
      takePayment({ channel, deal }, { ...notice, paid: 51n }, checks),
      'PAYMENT_OVER_RESERVE',
    )
    assert.equal(takePayment({ channel, deal: undefined }, notice, checks), 'AGREEMENT_UNKNOWN')
    const payer = openChannel('payer')
    assert.equal(takePayment({ channel: payer, deal }, notice, checks), 'WRONG_ROLE')
  })
  it('overtaken by a newer promise is covered by that', () => {
    const ahead = openChannel('payee', { promise: promise(40n), paidTotal: 10n })
    const taken = takePayment({ channel: ahead, deal }, notice, checks)
    assert.ok(typeof taken !== 'string')
    assert.equal(taken.channel.promise?.message.sent, 40n)
    assert.equal(taken.deal.paid, 30n)
  })
  it('is acknowledged for what it pays and nothing greater', () => {
    const payment = { paid: 30n, amount: 30n, memo: hashOf('m'), promise: null, isAcked: false }
    const waiting = dealFor('one', { paid: 30n, payment, phase: 'over' })
    assert.equal(acknowledge(waiting, 29n), waiting)
    assert.equal(isAtRest(waiting), false)
    assert.equal(isAtRest(acknowledge(waiting, 30n)), true)
    assert.equal(acknowledge(deal, 30n), deal)
  })
})

describe('a payment order', () => {
  const book = bookOf(openChannel('payer', { deposit: 40n }), dealFor('one'), dealFor('two'))
  const order = { key: hashOf('one'), agreementHash: hashOf('one'), paid: 30n, memo: hashOf('m') }
  it('is refused over the deposit, for an agreement of another deal, or by the payee', () => {
    assert.equal(makePayment(book, { ...order, paid: 41n }, signPay), 'DEPOSIT_TOO_SMALL')
    const fresh = bookOf(book.channel, dealFor('one', { agreementHash: null }), dealFor('two'))
    assert.equal(
      makePayment(fresh, { ...order, agreementHash: hashOf('two') }, signPay),
      'AGREEMENT_CONFLICT',
    )
    assert.equal(
      makePayment(bookOf(openChannel('payee'), dealFor('one')), order, signPay),
      'WRONG_ROLE',
    )
  })
})

describe('a refund', () => {
  const refund = { agreementHash: hashOf('one'), channelId, amount: 20n }
  const channel = openChannel('payer', { promise: promise(20n), paidTotal: 20n })
  const deal = dealFor('one', { paid: 20n })
  it('of another channel is not taken', () => {
    const other = signed('Refund', { ...refund, channelId: hashOf('x') }, PAYEE)
    assert.equal(takeRefund({ channel, deal }, other, checks), 'CHANNEL_UNKNOWN')
  })
  it('heard twice counts once', () => {
    const once = takeRefund({ channel, deal }, signed('Refund', refund, PAYEE), checks)
    assert.ok(typeof once !== 'string')
    const twice = takeRefund(once, signed('Refund', refund, PAYEE), checks)
    assert.ok(typeof twice !== 'string')
    assert.equal(twice.isNew, false)
    assert.equal(twice.channel.refundedTotal, 20n)
  })
})

describe('a proposal', () => {
  const bounds = {
    payer: PAYER,
    payee: PAYEE,
    token: params.token,
    minWindow: 60,
    maxWindow: 7_200,
  }
  it('is taken as agreed', () => assert.equal(judgeProposal(params, bounds).action, 'accept'))
  const wrong = [
    { partyA: PAYEE },
    { partyB: PAYER },
    { signerA: PAYEE },
    { signerB: PAYER },
    { token: ZERO_ADDRESS },
    { window: 59 },
    { window: 7_201 },
    { mode: 2 },
  ]
  for (const change of wrong) {
    it(`with another ${Object.keys(change)} is refused`, () =>
      assert.equal(judgeProposal({ ...params, ...change }, bounds).action, 'reject'))
  }
  it('to oneself is refused', () => {
    const selfish = { ...params, partyB: PAYER, signerB: PAYER }
    assert.equal(judgeProposal(selfish, { ...bounds, payee: PAYER }).action, 'reject')
  })
})
