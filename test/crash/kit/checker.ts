// An accountant that trusts nobody: it reads both databases from disk with its own reader, checks signatures with another library, and
// takes balances from the chain.
import assert from 'node:assert/strict'
import { recoverTypedDataAddress } from 'viem'
import { type RawRecords, readRecords } from './raw-records.ts'

type Hex = `0x${string}`

/** What the chain says of one channel and of both accounts, read past the node. Amounts in atomic units. */
export type ChainTruth = {
  chainId: number
  contract: Hex
  /** What the payee has gained since the beginning, and all payers together. */
  gained: Record<'payers' | 'payee', bigint>
  /** What lies in the contract. */
  held: bigint
  channel(
    channelId: Hex,
  ): Promise<{ status: string; deposit: bigint; claimed: bigint; epoch: number }>
}

/** Folders of the databases. */
export type Sides = { payers: readonly string[]; payee: string }

type Promise_ = {
  message: {
    channelId: Hex
    epoch: number
    fromA: boolean
    sent: bigint
    lockedTotal: bigint
    locksRoot: Hex
    memo: Hex
  }
  signature: Hex
}
type Channel = {
  channelId: Hex
  params: { signerA: Hex; signerB: Hex; mode: number }
  promise: Promise_ | null
  paidTotal: bigint
  refundedTotal: bigint
  deposit: bigint
  epoch: number
  stage: { phase: string }
}
type Deal = {
  channelId: Hex
  agreementHash: Hex | null
  isBack: boolean
  paid: bigint
  refunded: bigint
}

const DUPLEX = 0

const payStateTypes = {
  PayState: [
    { name: 'channelId', type: 'bytes32' },
    { name: 'epoch', type: 'uint16' },
    { name: 'fromA', type: 'bool' },
    { name: 'sent', type: 'uint96' },
    { name: 'lockedTotal', type: 'uint96' },
    { name: 'locksRoot', type: 'bytes32' },
    { name: 'memo', type: 'bytes32' },
  ],
} as const

const valuesOf = <T>(records: RawRecords, collection: string): T[] => [
  ...((records.get(collection) ?? new Map()) as Map<string, T>).values(),
]

const dealsOf = (records: RawRecords, channelId: Hex): Map<Hex, Deal> => {
  const deals = new Map<Hex, Deal>()
  for (const name of ['channel-deals', 'channel-deals-resting']) {
    for (const deal of valuesOf<Deal>(records, name)) {
      if (deal.channelId !== channelId || deal.agreementHash === null) continue
      assert.ok(!deals.has(deal.agreementHash), `deal ${deal.agreementHash} is recorded twice`)
      deals.set(deal.agreementHash, deal)
    }
  }
  return deals
}

const sentOf = ({ promise }: Channel): bigint => promise?.message.sent ?? 0n
const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((all, one) => all + one, 0n)

const assertSigned = async ({ channelId, promise, params }: Channel, truth: ChainTruth) => {
  if (promise === null) return
  assert.equal(promise.message.channelId, channelId)
  const signer = await recoverTypedDataAddress({
    domain: {
      name: 'Souk',
      version: '1',
      chainId: truth.chainId,
      verifyingContract: truth.contract,
    },
    types: payStateTypes,
    primaryType: 'PayState',
    message: promise.message,
    signature: promise.signature,
  })
  assert.equal(signer.toLowerCase(), params.signerA, 'a promise that the payer did not sign')
}

const assertSums = (channel: Channel, deals: ReadonlyMap<Hex, Deal>): void => {
  const paid = sum([...deals.values()].map((deal) => deal.paid))
  const refunded = sum([...deals.values()].map((deal) => deal.refunded))
  assert.equal(channel.paidTotal, paid, 'the channel counts other payments than its deals')
  assert.equal(channel.refundedTotal, refunded, 'the channel counts other refunds than its deals')
  assert.ok(paid - refunded <= sentOf(channel), 'more is counted as paid than is promised')
}

const payerSideOf = (payers: readonly RawRecords[], channelId: Hex) => {
  for (const records of payers) {
    for (const channel of valuesOf<Channel>(records, 'channels')) {
      if (channel.channelId === channelId) return { mine: records, payer: channel }
    }
  }
  throw new assert.AssertionError({ message: `the payer has forgotten channel ${channelId}` })
}

const assertSameBooks = (
  { payer, paid }: { payer: Channel; paid: ReadonlyMap<Hex, Deal> },
  { payee, taken }: { payee: Channel; taken: ReadonlyMap<Hex, Deal> },
): void => {
  // A rebase begins both ways anew: the sums of older epochs are on chain.
  if (payer.params.mode !== DUPLEX) assertSums(payer, paid)
  if (payee.params.mode !== DUPLEX) assertSums(payee, taken)
  for (const [agreement, deal] of taken) {
    const { paid: given = 0n, refunded = 0n } = paid.get(agreement) ?? {}
    assert.deepEqual({ paid: given, refunded }, { paid: deal.paid, refunded: deal.refunded })
  }
}

type Books = { payers: readonly RawRecords[]; theirs: RawRecords; isForgetful: boolean }

/** What one channel earned its payee, when both sides and the chain agree on it. */
const auditChannel = async (
  { payers, theirs, isForgetful }: Books,
  payee: Channel,
  truth: ChainTruth,
): Promise<bigint> => {
  const { channelId } = payee
  const { mine, payer } = payerSideOf(payers, channelId)
  await assertSigned(payer, truth)
  await assertSigned(payee, truth)
  assert.ok(
    sentOf(payer) >= sentOf(payee),
    'the payee holds a promise that the payer has forgotten',
  )
  const [paid, taken] = [dealsOf(mine, channelId), dealsOf(theirs, channelId)]
  if (!isForgetful) assertSameBooks({ payer, paid }, { payee, taken })
  const onChain = await truth.channel(channelId)
  assert.equal(onChain.status, payee.stage.phase)
  assert.equal(onChain.status, payer.stage.phase)
  if (payee.params.mode !== DUPLEX) return payee.paidTotal - payee.refundedTotal
  return sum(
    [...taken.values()].map((deal) => (deal.paid - deal.refunded) * (deal.isBack ? -1n : 1n)),
  )
}

type Entry = { key: string; submission: { phase: string; hash?: Hex | null } }

/** No call was carried out twice, and none is left without an end. */
const assertOutbox = (records: RawRecords): void => {
  const hashes = new Set<string>()
  for (const { key, submission } of valuesOf<Entry>(records, 'outbox')) {
    assert.ok(['done', 'reverted'].includes(submission.phase), `${key} is ${submission.phase}`)
    if (submission.phase !== 'done') continue
    assert.ok(submission.hash && !hashes.has(submission.hash), `${key} shares a transaction`)
    hashes.add(submission.hash)
  }
}

export type AuditOptions = {
  /** One side was set back to an old backup: its own books may be incomplete, its money may not. */
  isForgetful?: boolean
}

/** Holds agents at rest, with all channels closed, to what they and the chain have on record. Returns what the payee earned. */
export const audit = async (
  folders: Sides,
  truth: ChainTruth,
  { isForgetful = false }: AuditOptions = {},
): Promise<bigint> => {
  const payers = await Promise.all(folders.payers.map(readRecords))
  const theirs = await readRecords(folders.payee)
  let earned = 0n
  for (const channel of valuesOf<Channel>(theirs, 'channels')) {
    const { status } = await truth.channel(channel.channelId)
    if (status === 'none') continue
    earned += await auditChannel({ payers, theirs, isForgetful }, channel, truth)
  }
  for (const records of [...payers, theirs]) assertOutbox(records)
  assert.equal(truth.held, 0n, 'something was left in the contract')
  assert.equal(truth.gained.payee, earned, 'the payee was not paid what it earned')
  assert.equal(truth.gained.payers, -earned, 'the payers paid something else than the payee earned')
  return earned
}
