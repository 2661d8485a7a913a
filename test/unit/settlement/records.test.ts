import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { ChainCall, RecordKind } from '../../../node/ports/index.ts'
import { subjectsOf } from '../../../node/settlement/calls.ts'
import { effectOf, type TransactionRecord } from '../../../node/settlement/index.ts'
import { createOutbox, type OutboxEntry } from '../../../node/settlement/outbox.ts'
import { channelIdOf, ZERO_ADDRESS } from '../../../protocols/common/index.ts'
import { createMemoryStore } from '../../fakes/store.ts'
import { aChannel, alice, aWorld, bob, open } from './settlement-world.ts'

const record = (over: Partial<TransactionRecord> = {}): TransactionRecord => ({
  hash: '0x1',
  network: 'memory',
  chainId: 31337,
  subjects: [{ kind: 'channel', id: '0x2' }],
  call: null,
  key: null,
  status: 'done',
  block: 1,
  gasUsed: 1n,
  recordedAt: 1,
  events: [],
  ...over,
})

describe('what a transaction settled', () => {
  it('is a channel that was paid out, or a reputation that was anchored, once it is done', () => {
    assert.equal(effectOf(record()), 'none')
    assert.equal(effectOf(record({ call: 'coop-close' })), 'settled')
    assert.equal(effectOf(record({ call: 'settle-channel' })), 'settled')
    assert.equal(effectOf(record({ events: ['channel-settled'] })), 'settled')
    assert.equal(effectOf(record({ call: 'coop-close', status: 'reverted' })), 'none')
    const anchor = record({ subjects: [{ kind: 'reputation', id: alice }] })
    assert.equal(effectOf(anchor), 'anchored')
  })
})

describe('what a call is about', () => {
  const params = aChannel(ZERO_ADDRESS)
  const promise = {
    message: {
      channelId: channelIdOf(params),
      epoch: 0,
      fromA: true,
      sent: 1n,
      lockedTotal: 0n,
      locksRoot: '0x0',
      memo: '0x0',
    },
    signature: '0x',
  } as const
  const message = { channelId: channelIdOf(params), tower: bob, validUntil: 1 }
  const claim = { params, promise }
  const forClient = { ...claim, authority: { message, signature: '0x' } } as const
  const signatures = { signatureA: '0x', signatureB: '0x' } as const
  const coop = { channelId: channelIdOf(params), epoch: 0, payA: 0n, payB: 0n, validUntil: 1 }
  const moved = { newDepA: 0n, newDepB: 0n, outA: 0n, outB: 0n }
  const terms = { channelId: channelIdOf(params), epoch: 0, ...moved, validUntil: 1 }

  it('is its channel, each of a batch, or none', () => {
    const one: ChainCall[] = [
      { type: 'open-channel', params, amount: 1n },
      { type: 'fund-channel', params, amount: 1n },
      { type: 'claim', claim },
      { type: 'claim-for', claim: forClient },
      { type: 'respond', claim },
      { type: 'respond-for', claim: forClient },
      { type: 'claim-batch', claims: [claim] },
      { type: 'claim-batch-for', claims: [forClient] },
      { type: 'rebase', params, rebase: { terms, ...signatures } },
      { type: 'start-close', params, promise: null },
      { type: 'settle-channel', params },
      { type: 'coop-close', params, close: { terms: coop, ...signatures } },
    ]
    for (const call of one) {
      assert.deepEqual(subjectsOf(call), [{ kind: 'channel', id: channelIdOf(params) }], call.type)
    }
    assert.deepEqual(subjectsOf({ type: 'withdraw-credit', token: ZERO_ADDRESS }), [])
    assert.deepEqual(subjectsOf({ type: 'approve-token', spender: bob, amount: 1n }), [])
  })
})

describe('an outbox written before prices could be raised', () => {
  const transaction = { hash: '0x11', raw: '0x22', nonce: 7 } as const
  const old = (key: string, order: number, submission: unknown) => ({
    key,
    order,
    call: open(aWorld()),
    createdAt: 900,
    submission,
  })

  it('is taken over: intents, transactions on their way, and ends', async () => {
    const store = createMemoryStore()
    const entries = store.collection({ name: 'outbox', version: 1 } as RecordKind<unknown>)
    const open = store.collection({ name: 'outbox-open', version: 1 } as RecordKind<unknown>)
    const order = store.collection({ name: 'outbox-order', version: 1 } as RecordKind<unknown>)
    const flight = { since: 950, nonceTaken: { blocks: 1, last: 4 }, note: 'n' }
    const before = [
      old('a', 0, { phase: 'intended' }),
      old('b', 1, { phase: 'sent', transaction, ...flight }),
      old('c', 2, { phase: 'done', hash: '0x11', block: 3, gasUsed: 4n }),
      old('d', 3, { phase: 'reverted', hash: null, reason: 'No()' }),
    ]
    for (const entry of before) {
      const at = entry.order.toString().padStart(12, '0')
      const writes = [entries.put(entry.key, entry), order.put(at, entry.key)]
      await store.commit(entry.order < 2 ? [...writes, open.put(at, entry.key)] : writes)
    }
    const outbox = createOutbox(store.reopen())
    const unfinished = await outbox.load()
    assert.deepEqual(
      unfinished.map(({ submission }: OutboxEntry) => submission),
      [
        { phase: 'intended', note: '' },
        { phase: 'sent', versions: [transaction], pricedAt: 950, ...flight },
      ],
    )
    const timing = { urgency: 'normal', deadline: null, createdAt: 900 }
    assert.deepEqual(unfinished[0]?.timing, timing)
    const done = { phase: 'done', hash: '0x11', block: 3, gasUsed: 4n, versions: [] }
    assert.deepEqual((await outbox.get('c'))?.submission, done)
    const refused = { phase: 'reverted', hash: null, reason: 'No()' }
    assert.deepEqual((await outbox.get('d'))?.submission, refused)
    assert.deepEqual(
      outbox.views().map(({ key, status, hashes }) => [key, status, hashes]),
      [
        ['a', 'intended', []],
        ['b', 'sent', ['0x11']],
        ['c', 'done', ['0x11']],
        ['d', 'reverted', []],
      ],
    )
  })
})
