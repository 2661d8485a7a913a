import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'mocha'
import type { Talk } from '../../../node/ports/index.ts'
import type { CborValue } from '../../../protocols/common/index.ts'
import {
  balancesOf,
  createPair,
  faultOf,
  finishBoth,
  hashOf,
  type Pair,
  payTo,
  rest,
  stopAll,
  strike,
} from './two-agents.ts'

const meetAgain = async (pair: Pair) => {
  pair.bob.disconnect()
  pair.bob.reconnect()
  await rest(pair)
}

describe('after a restart', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('a payer compares its memory with the payee before it pays', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    const order: string[] = []
    pair.network.intercept(({ type, from }) => {
      if (from === pair.ann.address) order.push(type)
      return 'deliver'
    })
    await pair.ann.restart()
    assert.deepEqual(await payTo(pair, deal, 20n), { sent: 20n, amount: 10n })
    assert.equal(order[0], 'sync')
    assert.equal(order.at(-1), 'pay')
  })

  it('a payer that cannot reach the payee signs nothing', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    pair.bob.disconnect()
    await pair.ann.restart()
    const failed = payTo(pair, deal, 20n).then(() => 'paid', faultOf)
    await rest(pair)
    await pair.clock.advance(31_000)
    assert.equal(await failed, 'SYNC_INCOMPLETE')
    assert.equal(pair.ann.keeper.get(deal.channelId)?.sent, '0')
  })

  it('both sides go on where they were', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    await pair.ann.restart()
    await pair.bob.restart()
    await rest(pair)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 10n)
    await payTo(pair, deal, 30n)
    await finishBoth(pair, deal)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.sent, '30')
    const second = await strike(pair, 'two', 60n)
    assert.equal(second.channelId, deal.channelId)
  })
})

describe('a payee restored from an old backup', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('is sent back the promise and the payments it has forgotten', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    const backup = pair.bob.store.snapshot()
    await payTo(pair, deal, 25n)
    await pair.bob.restart(backup)
    await pair.clock.advance(3_000)
    await rest(pair)
    assert.equal(await pair.bob.keeper.paidFor(deal.agreementHash), 25n)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.sent, '25')
    assert.equal(pair.ann.keeper.get(deal.channelId)?.frozen, null)
  })

  it('is shown the refund it has forgotten', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 25n)
    const backup = pair.bob.store.snapshot()
    await pair.bob.keeper.refund(deal.agreementHash)
    await rest(pair)
    await pair.bob.restart(backup)
    await pair.clock.advance(3_000)
    await rest(pair)
    assert.equal(pair.bob.keeper.get(deal.channelId)?.credit, '25')
  })

  it('with nothing left at all takes part in the channel again', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 25n)
    await pair.bob.restart(new Map())
    await rest(pair)
    await pair.clock.advance(3_000)
    await rest(pair)
    const view = pair.bob.keeper.get(deal.channelId)
    assert.deepEqual([view?.role, view?.sent, view?.deposit], ['payee', '25', '100'])
    const { keeper } = pair.bob
    await keeper.claim(deal.channelId)
    assert.equal(balancesOf(pair).bob, 25n)
  })
})

describe('a liar', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  const answering = async (change: (message: CborValue[]) => CborValue) => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    await payTo(pair, deal, 10n)
    await pair.bob.keeper.stop()
    const { talk } = pair.network.join(pair.bob.address)
    talk.serve('/souk/channel/1', 'sync', async (body) => change([...(body as CborValue[])]))
    await rest(pair)
    const outcome = payTo(pair, deal, 20n).then(() => 'paid', faultOf)
    await rest(pair)
    await pair.clock.advance(31_000)
    return { deal, outcome: await outcome }
  }

  it('that shows a promise nobody signed is not paid, and nothing of it is kept', async () => {
    const { deal, outcome } = await answering((message) => {
      const [fields, signature] = message[2] as [CborValue[], Uint8Array]
      const forged = [...fields]
      forged[3] = new Uint8Array(12).fill(1)
      message[2] = [forged, signature]
      return message
    })
    assert.equal(outcome, 'PROMISE_SIGNATURE')
    assert.equal(pair.ann.keeper.get(deal.channelId)?.sent, '10')
  })

  it('that answers for another channel or in no known form is not paid', async () => {
    const { outcome } = await answering((message) => message.slice(1))
    assert.equal(outcome, 'MESSAGE_MALFORMED')
    await stopAll(pair)
    const other = await answering((message) => [new Uint8Array(32), ...message.slice(1)])
    assert.equal(other.outcome, 'CHANNEL_UNKNOWN')
  })

  it('that contradicts the channel’s own parameters freezes it', async () => {
    const { deal } = await answering((message) => {
      const params = [...(message[1] as CborValue[])]
      params[7] = 7
      message[1] = params
      return message
    })
    assert.equal(pair.ann.keeper.get(deal.channelId)?.frozen, 'PARAMS_CONFLICT')
    assert.equal((await pair.ann.keeper.unfreeze(deal.channelId)).frozen, null)
  })
})

describe('a stranger', () => {
  let pair: Pair
  afterEach(() => stopAll(pair))

  it('learns nothing of a channel and changes nothing', async () => {
    pair = await createPair()
    const deal = await strike(pair, 'one', 60n)
    const bodies = new Map<string, CborValue>()
    pair.network.intercept(({ type, body }) => {
      bodies.set(type, body)
      return 'deliver'
    })
    await payTo(pair, deal, 10n)
    await meetAgain(pair)
    const { talk } = pair.network.join(`0x${'77'.repeat(20)}`)
    const request = (type: string) =>
      talk.request(pair.bob.address, {
        protocol: '/souk/channel/1' as const,
        type,
        body: bodies.get(type) ?? null,
      })
    assert.deepEqual(await request('pay'), ['CHANNEL_UNKNOWN'])
    assert.equal(await request('sync').then(() => 'ok', faultOf), 'CHANNEL_UNKNOWN')
    assert.equal(pair.bob.keeper.get(deal.channelId)?.sent, '10')
  })

  it('can propose only channels in its own name, and few', async () => {
    pair = await createPair()
    const { ann, bob } = pair
    let proposal: CborValue = null
    pair.network.intercept(({ type, body }) => {
      if (type === 'propose') proposal ??= body
      return 'deliver'
    })
    await ann.keeper.reserve({ provider: bob.address, amount: 5n, key: hashOf('one') })
    const propose = (talk: Talk, body: CborValue) =>
      talk
        .request(bob.address, { protocol: '/souk/channel/1', type: 'propose', body })
        .then(() => 'ok', faultOf)
    const { talk: stranger } = pair.network.join(`0x${'77'.repeat(20)}`)
    assert.equal(await propose(stranger, proposal), 'PROPOSAL_REFUSED')
    assert.equal(await propose(stranger, [1]), 'MESSAGE_MALFORMED')
    await ann.keeper.stop()
    const { talk: asAnn } = pair.network.join(ann.address)
    const outcomes: string[] = []
    for (let salt = 0; salt < 5; salt++) {
      const params = [...(proposal as unknown as CborValue[])]
      params[7] = salt
      outcomes.push(await propose(asAnn, params))
    }
    assert.deepEqual(outcomes, ['ok', 'ok', 'ok', 'CHANNEL_LIMIT', 'CHANNEL_LIMIT'])
    await pair.clock.advance(3_600_000)
    const late = [...(proposal as unknown as CborValue[])]
    late[7] = 9
    assert.equal(await propose(asAnn, late), 'ok')
    assert.equal(bob.keeper.list().length, 1)
  })
})
