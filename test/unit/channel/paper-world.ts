import {
  acknowledge,
  type ChannelBook,
  type ChannelFault,
  claimableOf,
  type DealRecord,
  dealOf,
  freeOf,
  makePayment,
  makeRefund,
  observeChain,
  type PaymentNotice,
  reconcile,
  type SyncMessage,
  syncOf,
  takePayment,
  takeRefund,
} from '../../../protocols/channel/index.ts'
import type { Signed } from '../../../protocols/common/index.ts'
import {
  after,
  bookOf,
  chainView,
  checks,
  dealFor,
  hashOf,
  NOW,
  openChannel,
  PAYEE,
  signBy,
  signPay,
} from './paper.ts'

// Two books and a network that loses, repeats and reorders. Every decision is durable when its message leaves, so a crash is a message
// that never left or an answer nobody heard. A deal is backed by the payee as soon as the payer has reserved it.

export type Message =
  | { to: 'payee'; type: 'pay'; notice: PaymentNotice; key: string }
  | { to: 'payer'; type: 'ack'; key: string; paid: bigint }
  | { to: 'payer' | 'payee'; type: 'refund'; signed: Signed<'Refund'> }
  | { to: 'payer' | 'payee'; type: 'sync'; shown: SyncMessage }

export type World = {
  payer: ChannelBook
  payee: ChannelBook
  deposit: bigint
  claimed: bigint
  wire: Message[]
  backups: ChannelBook[]
  isStale: boolean
  greatest: bigint
}

const NAMES = ['a', 'b', 'c', 'd'].map((name) => hashOf(name))
const syncChecks = { ...checks, now: NOW }

const unlessRefused = <T extends object>(decision: T | ChannelFault): T | null =>
  typeof decision === 'string' ? null : decision

export const begin = (): World => ({
  payer: bookOf(openChannel('payer')),
  payee: bookOf(openChannel('payee')),
  deposit: 100n,
  claimed: 0n,
  wire: [],
  backups: [],
  isStale: false,
  greatest: 0n,
})

export const look = (world: World): void => {
  const view = chainView({ deposit: world.deposit, claimed: world.claimed })
  world.payer = after(world.payer, observeChain(world.payer.channel, view, NOW))
  world.payee = after(world.payee, observeChain(world.payee.channel, view, NOW))
}

const noticeOf = ({ agreementHash, payment }: DealRecord): PaymentNotice | null =>
  payment === null || agreementHash === null
    ? null
    : { agreementHash, paid: payment.paid, memo: payment.memo, promise: payment.promise }

const sendPay = (world: World, key: string): void => {
  const deal = world.payer.deals.get(key)
  const notice = deal && noticeOf(deal)
  if (notice) world.wire.push({ to: 'payee', type: 'pay', notice, key })
}

export const acts = {
  reserve: (world: World, pick: number, size: number) => {
    const key = NAMES[pick % NAMES.length] as string
    if (world.payer.deals.has(key)) return
    const amount = BigInt(1 + (size % 60))
    if (freeOf(world.payer) < amount || freeOf(world.payee) < amount) return
    const deal = { ...dealFor('x'), key, agreementHash: key as `0x${string}`, amount }
    world.payer = after(world.payer, world.payer.channel, [deal])
    world.payee = after(world.payee, world.payee.channel, [deal])
  },
  pay: (world: World, pick: number, size: number) => {
    const key = NAMES[pick % NAMES.length] as string
    const deal = world.payer.deals.get(key)
    if (deal === undefined) return
    const paid = deal.paid + BigInt(size % 20)
    const order = { key, agreementHash: key as `0x${string}`, paid, memo: hashOf([key, paid]) }
    const made = unlessRefused(makePayment(world.payer, order, signPay))
    if (made === null) return
    world.payer = after(world.payer, made.channel, [made.deal])
    sendPay(world, key)
  },
  refund: (world: World, pick: number) => {
    const deal = world.payee.deals.get(NAMES[pick % NAMES.length] as string)
    const sign = (message: Signed<'Refund'>['message']) =>
      signBy(PAYEE)(checks.digest('Refund', message))
    const made = deal && makeRefund(world.payee.channel, deal, sign)
    if (!made) return
    world.payee = after(world.payee, made.channel, [made.deal])
    const signed = made.deal.refund?.signed
    if (signed) world.wire.push({ to: 'payer', type: 'refund', signed })
  },
  release: (world: World, pick: number) => {
    const key = NAMES[pick % NAMES.length] as string
    for (const side of ['payer', 'payee'] as const) {
      const deal = world[side].deals.get(key)
      if (deal) world[side] = after(world[side], world[side].channel, [{ ...deal, phase: 'over' }])
    }
  },
  // A payer that claims credit it does not have, or less than it has paid.
  lie: (world: World, pick: number, size: number) => {
    const key = NAMES[pick % NAMES.length] as `0x${string}`
    const notice = { agreementHash: key, paid: BigInt(size % 60), memo: key, promise: null }
    world.wire.push({ to: 'payee', type: 'pay', notice, key })
  },
  resend: (world: World, pick: number) => sendPay(world, NAMES[pick % NAMES.length] as string),
  meet: (world: World, pick: number) => {
    const [to, from] =
      pick % 2 === 0 ? (['payer', 'payee'] as const) : (['payee', 'payer'] as const)
    world.wire.push({ to, type: 'sync', shown: syncOf(world[from]) })
  },
  deliver: (world: World, pick: number) => {
    const message = world.wire[pick % Math.max(1, world.wire.length)]
    if (message) arrive(world, message)
  },
  lose: (world: World, pick: number) => {
    if (world.wire.length > 0) world.wire.splice(pick % world.wire.length, 1)
  },
  topUp: (world: World, _pick: number, size: number) => {
    world.deposit += BigInt(size % 30)
    look(world)
  },
  claim: (world: World) => {
    world.claimed += claimableOf(world.payee.channel)
    look(world)
  },
  backUp: (world: World) => {
    world.backups.push(world.payee)
  },
  restorePayee: (world: World, pick: number) => {
    const backup = world.backups[pick % Math.max(1, world.backups.length)]
    if (backup === undefined) return
    world.payee = backup
    world.isStale = true
    look(world)
  },
}

export const arrive = (world: World, message: Message): void => {
  if (message.type === 'sync') meet(world, message.to, message.shown)
  else if (message.type === 'refund') hearRefund(world, message.to, message.signed)
  else if (message.type === 'pay') hearPayment(world, message)
  else {
    const deal = world.payer.deals.get(message.key)
    if (deal)
      world.payer = after(world.payer, world.payer.channel, [acknowledge(deal, message.paid)])
  }
}

const hearPayment = (world: World, { notice, key }: Extract<Message, { type: 'pay' }>): void => {
  const book = world.payee
  const deal = dealOf(book, notice.agreementHash)
  const taken = unlessRefused(takePayment({ channel: book.channel, deal }, notice, checks))
  if (taken === null) return
  world.payee = after(book, taken.channel, [taken.deal])
  world.wire.push({ to: 'payer', type: 'ack', key, paid: taken.deal.paid })
}

const hearRefund = (world: World, to: 'payer' | 'payee', signed: Signed<'Refund'>): void => {
  const book = world[to]
  const deal = dealOf(book, signed.message.agreementHash)
  const taken = unlessRefused(takeRefund({ channel: book.channel, deal }, signed, checks))
  if (taken === null) return
  world[to] = after(book, taken.channel, [taken.deal])
}

export const meet = (world: World, to: 'payer' | 'payee', shown: SyncMessage): void => {
  const met = unlessRefused(reconcile(world[to], shown, syncChecks))
  if (met === null) return
  world[to] = after(world[to], met.channel, met.deals)
  for (const key of met.refunds) {
    const signed = world[to].deals.get(key)?.refund?.signed
    const other = to === 'payer' ? 'payee' : 'payer'
    if (signed) world.wire.push({ to: other, type: 'refund', signed })
  }
  for (const key of met.payments) sendPay(world, key)
}
