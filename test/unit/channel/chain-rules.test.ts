import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  answeredOffer,
  askedOffer,
  type ChainView,
  type ChannelRecord,
  type Checks,
  type CloseOffer,
  closeAmountsOf,
  closeStop,
  closeTermsOf,
  dutyOf,
  fundingStep,
  judgeClose,
  mergeOffer,
  newChannel,
  observeChain,
  topUpOf,
} from '../../../protocols/channel/index.ts'
import type { CoopClose, Signature } from '../../../protocols/common/index.ts'
import {
  bookOf,
  chainView,
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

const answered = (channel: ChannelRecord, terms: CoopClose, own: Signature) =>
  answeredOffer<'CoopClose'>(channel, channel.offer, { terms, own })
const merge = (channel: ChannelRecord, shown: Omit<CloseOffer, 'isAsked'> | null, checks: Checks) =>
  mergeOffer(channel, { name: 'CoopClose', known: channel.offer, shown }, checks)
const look = (channel: ChannelRecord, view: ChainView) => observeChain(channel, view, NOW)

describe('closing terms', () => {
  const earned = { promise: promise(30n), paidTotal: 30n }
  const payee = openChannel('payee', earned)
  const payer = openChannel('payer', earned)
  const judge = (channel: ChannelRecord, change = {}) =>
    judgeClose(bookOf(channel), terms(change), NOW)

  it('pay the payee what it earned and not claimed, the payer the rest', () => {
    assert.deepEqual(closeTermsOf(payee, NOW + 300), terms())
    assert.deepEqual(closeAmountsOf({ ...payee, claimed: 12n }), { payA: 70n, payB: 18n })
    assert.deepEqual(closeAmountsOf({ ...payee, refundedTotal: 25n, claimed: 12n }), {
      payA: 88n,
      payB: 0n,
    })
  })
  it('are signed when right, or better than right for this side', () => {
    assert.equal(judge(payee).action, 'accept')
    assert.equal(judge(payee, { payA: 69n, payB: 31n }).action, 'accept')
    assert.equal(judge(payer, { payA: 71n, payB: 29n }).action, 'accept')
  })
  it('are not signed when worse, when they do not add up, or for another channel or epoch', () => {
    const codes = [
      judge(payee, { payA: 71n, payB: 29n }),
      judge(payer, { payA: 69n, payB: 31n }),
      judge(payer, { payA: 71n }),
      judge(payer, { epoch: 1 }),
      judge(payer, { channelId: hashOf('x') }),
    ].map((verdict) => verdict.action !== 'accept' && verdict.code)
    const refused = 'CLOSE_REFUSED'
    assert.deepEqual(codes, [refused, refused, refused, refused, 'CHANNEL_UNKNOWN'])
  })
  it('are not signed where the channel is not ready for them', () => {
    const funding = { amount: 1n, target: 101n }
    assert.equal(closeStop(bookOf({ ...payer, stage: { phase: 'open', funding } })), 'CHANNEL_BUSY')
    assert.equal(
      closeStop(bookOf({ ...payer, stage: { phase: 'opening', amount: 1n } })),
      'CHANNEL_UNCONFIRMED',
    )
    assert.equal(
      closeStop(bookOf({ ...payer, stage: { phase: 'closed', payA: 1n, payB: 1n } })),
      'CHANNEL_CLOSING',
    )
    assert.equal(
      closeStop(bookOf({ ...payer, freeze: { code: 'STALE_RESTORE', since: 1 } })),
      'CHANNEL_FROZEN',
    )
  })
  it('answered twice: the longer one is remembered', () => {
    const own = signBy(PAYEE)(hashOf('x'))
    const first = answered(payee, terms(), own)
    const later = terms({ validUntil: NOW + 400 })
    assert.equal(answered({ ...payee, offer: first }, later, own).terms, later)
    const held = answered(payee, later, own)
    assert.equal(answered({ ...payee, offer: held }, terms(), own), held)
  })
  it('shown at a meeting bind only whoever signed them', () => {
    const full = offered(payer)
    const { signatureA, signatureB } = full
    assert.equal(merge(payer, { ...full, signatureA: null }, checks), null)
    assert.equal(merge(payer, { ...full, signatureA: signatureB }, checks), null)
    assert.equal(merge(payer, { ...full, terms: terms({ epoch: 2 }) }, checks), null)
    assert.equal(merge(payer, null, checks), null)
    assert.deepEqual(merge(payer, { ...full, signatureB: null }, checks), {
      ...full,
      signatureB: null,
      isAsked: false,
    })
    const half = { ...full, signatureB: null }
    assert.deepEqual(merge({ ...payer, offer: half }, full, checks), full)
    const other = { ...full, terms: terms({ validUntil: NOW + 5 }) }
    assert.equal(merge({ ...payer, offer: full }, other, checks), full)
    assert.ok(signatureA)
  })
})

describe('a look at the chain', () => {
  const payee = openChannel('payee')
  it('that shows nothing new changes nothing', () => {
    assert.equal(look(payee, chainView()), payee)
    const closing = look(payee, chainView({ status: 'closing', closeAt: 9 }))
    assert.equal(look(closing, chainView({ status: 'closing', closeAt: 9 })), closing)
    const closed = look(payee, chainView({ status: 'closed', deposit: 0n }))
    assert.equal(look(closed, chainView({ status: 'open' })), closed)
    assert.equal(closed.deposit, 100n)
    const fresh = newChannel({ channelId, role: 'payee', params, createdAt: NOW })
    assert.equal(look(fresh, chainView({ status: 'none' })), fresh)
  })
  it('that shows a deposit taken back by a reorganisation leaves none', () => {
    const gone = look(payee, chainView({ status: 'none', deposit: 0n }))
    assert.deepEqual([gone.stage.phase, gone.deposit], ['accepted', 0n])
  })
  it('ends a top-up only when its target is reached', () => {
    const funding = { amount: 50n, target: 150n }
    const waiting = { ...openChannel('payer'), stage: { phase: 'open' as const, funding } }
    assert.equal(look(waiting, chainView()), waiting)
    const done = look(waiting, chainView({ deposit: 150n }))
    assert.deepEqual(done.stage, { phase: 'open', funding: null })
  })
})

describe('a deposit', () => {
  const payer = openChannel('payer')
  it('is topped up in whole steps', () => {
    assert.equal(topUpOf(1n, 100n), 100n)
    assert.equal(topUpOf(101n, 100n), 200n)
    assert.equal(topUpOf(101n, 0n), 101n)
    const book = bookOf(payer, dealFor('one', { amount: 120n }))
    assert.deepEqual(fundingStep(book, 50n), { type: 'fund', amount: 50n, target: 150n })
  })
  it('is made first at the configured size, or what is needed', () => {
    const accepted = { ...payer, deposit: 0n, stage: { phase: 'accepted' as const } }
    assert.deepEqual(fundingStep(bookOf(accepted, dealFor('one')), 80n), {
      type: 'open',
      amount: 80n,
    })
    assert.deepEqual(fundingStep(bookOf(accepted, dealFor('one')), 8n), {
      type: 'open',
      amount: 50n,
    })
  })
  it('is never made on a channel that is frozen, closing or not accepted', () => {
    const step = (change: Partial<ChannelRecord>) =>
      fundingStep(bookOf({ ...payer, ...change }), 1n)
    assert.equal(step({ freeze: { code: 'PARAMS_CONFLICT', since: 1 } }), 'CHANNEL_FROZEN')
    assert.equal(step({ offer: offered(payer) }), 'CLOSE_OUTSTANDING')
    assert.equal(
      step({ stage: { phase: 'closing', closeAt: 1, responded: 0n } }),
      'CHANNEL_CLOSING',
    )
    assert.equal(step({ stage: { phase: 'proposed' } }), 'CHANNEL_UNCONFIRMED')
  })
})

describe('what the chain asks of a side', () => {
  const times = { now: NOW, marginSeconds: 60, graceSeconds: 30 }
  const closing = (responded: bigint, closeAt = NOW + 10) => ({
    phase: 'closing' as const,
    closeAt,
    responded,
  })
  const owed = { promise: promise(30n) }
  it('is an answer within the window, once, by the payee', () => {
    assert.equal(dutyOf(openChannel('payee', { ...owed, stage: closing(0n) }), times), 'respond')
    assert.equal(dutyOf(openChannel('payee', { ...owed, stage: closing(30n) }), times), null)
    assert.equal(
      dutyOf(openChannel('payee', { ...owed, claimed: 30n, stage: closing(0n) }), times),
      null,
    )
    assert.equal(dutyOf(openChannel('payer', { ...owed, stage: closing(0n) }), times), null)
  })
  it('is to settle after it, the payer first', () => {
    const over = { ...owed, stage: closing(30n, NOW) }
    assert.equal(dutyOf(openChannel('payer', over), times), 'settle')
    assert.equal(dutyOf(openChannel('payee', over), times), null)
    assert.equal(dutyOf(openChannel('payee', over), { ...times, now: NOW + 30 }), 'settle')
  })
  it('is to carry a signed close there, and to forget one that is void', () => {
    const payer = openChannel('payer')
    const asked = { ...payer, offer: offered(payer) }
    assert.equal(dutyOf(asked, times), 'submit-close')
    assert.equal(dutyOf({ ...payer, offer: offered(payer, false) }, times), null)
    assert.equal(dutyOf(asked, { ...times, now: NOW + 300 }), null)
    assert.equal(dutyOf(asked, { ...times, now: NOW + 361 }), 'forget-close')
  })
  it('is to finish a deposit that was begun', () => {
    const stage = { phase: 'opening' as const, amount: 5n }
    assert.equal(dutyOf(openChannel('payer', { stage }), times), 'resume-funding')
    assert.equal(dutyOf(openChannel('payer'), times), null)
  })
})
