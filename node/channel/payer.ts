import {
  ackToWire,
  type ChannelBook,
  type ChannelFault,
  dealOf,
  freeOf,
  MAX_RUNNING_DEALS,
  makePayment,
  newChannel,
  newDeal,
  outgoing,
  type PaymentOrder,
  paysBack,
  type RefundMade,
  refundFromWire,
  sentOf,
  takeRefund,
  within,
} from '../../protocols/channel/index.ts'
import {
  type Address,
  type Amount,
  type CborValue,
  type ChannelParams,
  channelIdOf,
  type Hash,
  type PayState,
} from '../../protocols/common/index.ts'
import type { Remote } from '../ports/index.ts'
import type { Delivery } from './courier.ts'
import { type Desk, wellFormed } from './desk.ts'
import type { Change } from './disk.ts'
import { coverReserves } from './funding.ts'
import { bookWith, ensureSynced } from './meeting.ts'
import { paramsWith, propose } from './opening.ts'
import { isRemote, isUnreached, refuse } from './refuse.ts'
import { createSerial } from './serial.ts'

export type Reservation = { provider: Address; amount: Amount; key: string }
export type PayOptions = { timeoutMs?: number; signal?: AbortSignal }

export type Payer = {
  /** Durably holds back the most a deal can cost. Proposes a channel where none with the provider will do; nothing goes on chain. */
  reserve(reservation: Reservation): Promise<{ channelId: Hash; params: ChannelParams }>
  /** Resolves once the confirmed deposit covers everything reserved on the deal's channel. */
  confirm(key: string): Promise<void>
  /**
   * Raises what the agreement was paid to `paid`, and resolves once the payee has it. `amount` is the increase. The same `paid` again
   * signs nothing new. Throws Fault PAYMENT_UNACKED or PAYMENT_REFUSED: the promise then stays made and is sent again on reconnect.
   */
  pay(order: PaymentOrder, options?: PayOptions): Promise<{ sent: Amount; amount: Amount }>
  /** The deal is over: what it did not use is free again. */
  release(key: string): Promise<void>
}

const isUsable = ({ channel, deals }: ChannelBook, provider: Address): boolean => {
  const { peer, stage, offer, rebase, leaving } = channel
  if (paysBack(channel) === null || peer !== provider) return false
  if (offer !== null || rebase !== null || leaving !== null) return false
  if (stage.phase === 'closing' || stage.phase === 'closed') return false
  return deals.size < MAX_RUNNING_DEALS
}

const bookOf = ({ shelf }: Desk, key: string): ChannelBook | undefined =>
  shelf.holding('payer', key)

const requireBook = (desk: Desk, key: string): ChannelBook => {
  const book = bookOf(desk, key)
  if (book === undefined) throw refuse('RESERVATION_UNKNOWN', { key })
  return book
}

// One that needs no further deposit, if there is one.
const usableFor = ({ shelf }: Desk, provider: Address, amount: Amount): ChannelBook | undefined => {
  const usable = shelf.books().filter((book) => isUsable(book, provider))
  const isEnough = (book: ChannelBook) => {
    const own = outgoing(book)
    return own !== null && book.channel.stage.phase === 'open' && freeOf(own) >= amount
  }
  return usable.find(isEnough) ?? usable[0]
}

const hold = async (desk: Desk, { provider, amount, key }: Reservation): Promise<Hash> => {
  const { shelf } = desk
  const known = bookOf(desk, key)
  if (known !== undefined) {
    const isSame = known.channel.peer === provider && known.deals.get(key)?.amount === amount
    if (!isSame) throw refuse('RESERVATION_CONFLICT', { key })
    return known.channel.channelId
  }
  const book = usableFor(desk, provider, amount)
  if (book === undefined) {
    const params = paramsWith(desk, provider, 'simplex')
    const channelId = channelIdOf(params)
    const createdAt = desk.deps.clock.now()
    const deal = newDeal({ channelId, key, agreementHash: null, amount })
    await shelf.add(newChannel({ channelId, role: 'payer', params, createdAt }), [deal])
    desk.synced.add(channelId)
    return channelId
  }
  const { channelId } = book.channel
  await shelf.change(channelId, (newest) => {
    if (newest.channel.freeze !== null) return 'CHANNEL_FROZEN'
    if (!isUsable(newest, provider)) return 'RESERVATION_LIMIT'
    const isBack = paysBack(newest.channel) ?? false
    const deal = newDeal({ channelId, key, isBack, agreementHash: null, amount })
    return { deals: [deal], value: undefined }
  })
  return channelId
}

const drop = (desk: Desk, channelId: Hash, key: string): Promise<void> =>
  desk.shelf.change(channelId, () => ({ dropped: [key], value: undefined }))

const reserveOn = async (desk: Desk, reservation: Reservation) => {
  const channelId = await hold(desk, reservation)
  const { channel } = desk.shelf.find(channelId) as ChannelBook
  if (channel.stage.phase === 'proposed') {
    try {
      await propose(desk, channelId)
    } catch (error) {
      await drop(desk, channelId, reservation.key)
      throw error
    }
  }
  return { channelId, params: channel.params }
}

type Due = Delivery & { paid: Amount }

const isHeard = ({ deals }: ChannelBook, { key, paid }: Due): boolean => {
  const deal = deals.get(key)
  return deal?.payment == null || deal.payment.isAcked || deal.payment.paid < paid
}

/** Whether the payee was heard to have it. */
const attempt = async (desk: Desk, due: Due, signal: AbortSignal): Promise<boolean> => {
  try {
    await ensureSynced(desk, due.channelId, signal)
    const heard = await unlessAborted(desk.courier.deliver(due), signal)
    return heard === null || heard >= due.paid
  } catch (cause) {
    if (isUnreached(cause)) return false
    throw isRemote(cause) ? refuse('PAYMENT_REFUSED', { reason: cause.code, cause }) : cause
  }
}

/** Sends until it is heard: by an answer, or because a reconnect brought it through. */
const deliver = async (desk: Desk, due: Due, signal: AbortSignal): Promise<void> => {
  if (await attempt(desk, due, signal)) return
  const { shelf, deps, options } = desk
  const isDone = (book: ChannelBook) => isHeard(book, due)
  const heard = shelf.until(due.channelId, isDone, signal)
  heard.catch(() => {})
  while (!isDone(shelf.find(due.channelId) as ChannelBook)) {
    const pause = deps.clock.wait(options.retryMs, { signal })
    pause.catch(() => {})
    await Promise.race([heard, pause])
    if (await attempt(desk, due, signal)) return
  }
}

const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const makeDurable = async (desk: Desk, channelId: Hash, order: PaymentOrder) => {
  const { deps, shelf } = desk
  const sign = (message: PayState) => deps.signer.sign(deps.channelDigest('PayState', message))
  const made = await shelf.change(channelId, (book) => {
    const isBack = paysBack(book.channel)
    if (isBack === null) return 'WRONG_ROLE'
    const payment = within(book, isBack, (view) => {
      const next = makePayment(view, order, sign)
      return typeof next === 'string' ? next : { ...next, sent: sentOf(next.channel) }
    })
    if (typeof payment === 'string') return payment
    return payment.isNew
      ? { channel: payment.channel, deals: [payment.deal], value: payment }
      : { value: payment }
  })
  const { sent } = made
  const amount = made.deal.payment?.amount ?? 0n
  if (made.isNew) {
    const { peer } = made.channel
    const { agreementHash } = order
    const sums = { amount: amount.toString(), sent: sent.toString() }
    deps.emit({ type: 'channel.paid', channelId, peer, role: 'payer', agreementHash, ...sums })
  }
  return { sent, amount }
}

const pay = async (desk: Desk, order: PaymentOrder, options: PayOptions) => {
  const { channelId } = requireBook(desk, order.key).channel
  const { signal, end } = deadline(desk, options)
  let code: 'SYNC_INCOMPLETE' | 'PAYMENT_UNACKED' = 'SYNC_INCOMPLETE'
  try {
    await ensureSynced(desk, channelId, signal)
    const made = await makeDurable(desk, channelId, order)
    code = 'PAYMENT_UNACKED'
    await deliver(desk, { channelId, key: order.key, paid: order.paid }, signal)
    return made
  } catch (cause) {
    if (signal.aborted) throw refuse(code, { channelId, cause })
    throw cause
  } finally {
    end()
  }
}

// One for all: without a reason each payment would pay for an exception with a stack.
const PAID = new Error('the payment needs no more time')

/** Ends with the caller's patience, the given time, or the keeper, whichever comes first. */
const deadline = (desk: Desk, { timeoutMs = desk.options.payTimeoutMs, signal }: PayOptions) => {
  const ended = new AbortController()
  const signals = [desk.stopping, ended.signal, ...(signal ? [signal] : [])]
  const timer = desk.deps.clock.wait(timeoutMs, { signal: ended.signal })
  timer.then(
    () => ended.abort(refuse('PAYMENT_UNACKED')),
    () => {},
  )
  return { signal: AbortSignal.any(signals), end: () => ended.abort(PAID) }
}

const release = async (desk: Desk, key: string): Promise<void> => {
  const book = bookOf(desk, key)
  if (book === undefined) return
  await desk.shelf.change(book.channel.channelId, ({ deals }) => {
    const deal = deals.get(key)
    return deal ? { deals: [{ ...deal, phase: 'over' }], value: undefined } : { value: undefined }
  })
}

/** Payer: a refund the payee signed becomes credit for the next payments. Payee: it is shown one that it has forgotten. */
const hearRefund = async (desk: Desk, body: CborValue, from: Remote): Promise<CborValue> => {
  const signed = wellFormed(refundFromWire(body))
  const { channelId, agreementHash } = signed.message
  const { channel } = bookWith(desk, channelId, from)
  const checks = { digest: desk.deps.marketDigest, recover: desk.deps.recover }
  const decide = (book: ChannelBook): Change<RefundMade> | ChannelFault => {
    const deal = dealOf(book, agreementHash)
    if (deal === undefined) return 'AGREEMENT_UNKNOWN'
    const taken = within(book, deal.isBack, (view) =>
      takeRefund({ channel: view.channel, deal }, signed, checks),
    )
    if (typeof taken === 'string') return taken
    return taken.isNew
      ? { channel: taken.channel, deals: [taken.deal], value: taken }
      : { value: taken }
  }
  const taken = await desk.shelf.change(channelId, decide, { agreements: [agreementHash] })
  if (taken.isNew) {
    const { peer, role } = channel
    const amount = signed.message.amount.toString()
    desk.deps.emit({ type: 'channel.refunded', channelId, peer, role, agreementHash, amount })
  }
  return ackToWire(taken.deal.refunded)
}

export const createPayer = (desk: Desk): Payer => {
  const oneByOne = createSerial()
  return {
    // One at a time per provider: two first deals share one channel.
    reserve: (reservation) => oneByOne(reservation.provider, () => reserveOn(desk, reservation)),
    confirm: (key) => coverReserves(desk, requireBook(desk, key).channel.channelId),
    pay: (order, options = {}) => pay(desk, order, options),
    release: (key) => release(desk, key),
  }
}

export const serveRefunds = (desk: Desk): void =>
  desk.serve('refund', (body, from) => hearRefund(desk, body, from))
