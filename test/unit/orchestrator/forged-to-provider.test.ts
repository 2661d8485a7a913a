import assert from 'node:assert/strict'
import type { CborValue, Hash } from '../../../protocols/common/index.ts'
import {
  DEAL,
  encodeAccept,
  encodeCancel,
  encodeOffer,
  encodeStart,
  encodeStatus,
} from '../../../protocols/market/index.ts'
import {
  anOrder,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
  untilPhase,
} from '../../builders/trading-world.ts'
import { type Message, mallory, type Stage, say, setStage } from './stage.ts'

let stage: Stage
let world: TradingWorld
let ann: TradingAgent
let bob: TradingAgent
const enter = async () => {
  stage = await setStage()
  world = stage.world
  ann = stage.ann
  bob = stage.bob
}
const leave = () => stage.leave()

describe('a provider with a signed deal', () => {
  let id: string
  beforeEach(enter)
  afterEach(leave)

  const upTo = async (phase: 'signed' | 'started' | 'delivered') => {
    if (phase === 'signed') {
      world.network.intercept(({ type }) => (type === 'start' ? 'lose-request' : 'deliver'))
    }
    id = (await ann.now.api.executeWithPayment(anOrder({ acceptance: 'manual' }))).id
    if (phase === 'delivered') stage.finish()
    await turnUntil(world, () => bob.now.deals.live()[0]?.journey.phase === phase)
    world.network.intercept(null)
    const [record] = bob.now.deals.live()
    assert.ok(record)
    return record
  }
  const phase = async () => (await bob.now.deals.list())[0]?.journey.phase

  it('obeys nobody but its requester', async () => {
    const { agreementHash, deal } = await upTo('signed')
    const { message } = deal.agreement
    const acceptance = {
      message: { receiptHash: agreementHash, rating: 5 },
      signature: deal.agreement.signature,
    }
    const messages: Message[] = [
      [DEAL.START, encodeStart({ agreementHash })],
      [DEAL.CANCEL, encodeCancel({ agreementHash, code: 'CANCELLED' })],
      [DEAL.ACCEPT, encodeAccept({ agreementHash, acceptance })],
      [DEAL.STATUS, encodeStatus({ agreementHash })],
    ]
    for (const request of messages) {
      await assert.rejects(say(stage.stranger, bob, request), { code: 'DEAL_UNKNOWN' })
    }
    await assert.rejects(say(stage.stranger, bob, [DEAL.OFFER, encodeOffer(deal)]), {
      code: 'OFFER_INVALID',
    })
    assert.equal(message.requester, ann.address)
    assert.equal(await phase(), 'signed')
  })

  it('signs the same offer again, and no second one for the same bid', async () => {
    const { deal } = await upTo('signed')
    await say(ann.now.talk, bob, [DEAL.OFFER, encodeOffer(deal)])
    const message = { ...deal.agreement.message, salt: `0x${'77'.repeat(32)}` as const }
    const signature = ann.now.signer.sign(ann.now.digest('Agreement', message))
    const second = encodeOffer({ ...deal, agreement: { message, signature } })
    await assert.rejects(say(ann.now.talk, bob, [DEAL.OFFER, second]), {
      code: 'OFFER_INVALID',
      message: /BID_TAKEN/,
    })
    assert.equal((await bob.now.deals.list()).length, 1)
  })

  it('signs nothing that its own bid does not say, or that is not signed', async () => {
    const { deal } = await upTo('signed')
    const { agreement, award, bid } = deal
    const agreed = (changes: object, signer = ann.now.signer) => {
      const message = { ...agreement.message, salt: `0x${'77'.repeat(32)}` as const, ...changes }
      return { message, signature: signer.sign(ann.now.digest('Agreement', message)) }
    }
    const foreign = { ...bid.message, provider: mallory.address }
    const offers: [RegExp, typeof deal][] = [
      [/PRICE_MISMATCH/, { ...deal, agreement: agreed({ basePrice: 0n }) }],
      [/BAD_SIGNATURE/, { ...deal, agreement: agreed({}, mallory) }],
      [
        /BAD_SIGNATURE/,
        { ...deal, agreement: agreed({}), award: { ...award, signature: bid.signature } },
      ],
      [/another agent/, { ...deal, agreement: agreed({}), bid: { ...bid, message: foreign } }],
      [/PREPAID_ABOVE_PRICE/, { ...deal, agreement: agreed({ prepaid: 2n ** 80n }) }],
    ]
    for (const [message, offer] of offers) {
      const request: Message = [DEAL.OFFER, encodeOffer(offer)]
      await assert.rejects(say(ann.now.talk, bob, request), { code: 'OFFER_INVALID', message })
    }
    assert.equal((await bob.now.deals.list()).length, 1)
  })

  it('starts nothing without money behind it', async () => {
    await ann.now.api.executeWithPayment(anOrder())
    await world.clock.advance(1_000)
    world.chain.failures.setAutomine(false)
    await turnUntil(world, () => bob.now.deals.live().length === 1)
    const agreementHash = bob.now.deals.live()[0]?.agreementHash as Hash
    const start: Message = [DEAL.START, encodeStart({ agreementHash })]
    await assert.rejects(say(ann.now.talk, bob, start), { code: 'CHANNEL_UNCONFIRMED' })
    assert.equal(await phase(), 'signed')
  })

  it('starts nothing after its time', async () => {
    const { agreementHash, deal } = await upTo('signed')
    world.network.intercept(({ type }) => (type === 'start' ? 'lose-request' : 'deliver'))
    await world.clock.set(deal.agreement.message.startBy + 1)
    world.network.intercept(null)
    const start: Message = [DEAL.START, encodeStart({ agreementHash })]
    await assert.rejects(say(ann.now.talk, bob, start), { code: 'START_TIMEOUT' })
    await turnUntil(world, async () => (await phase()) === 'void')
    await assert.rejects(say(ann.now.talk, bob, start), { code: 'DEAL_OVER' })
    assert.equal(bob.sandbox.jobs.length, 0)
  })

  it('refuses what has no known form', async () => {
    await upTo('started')
    for (const type of [DEAL.OFFER, DEAL.START, DEAL.ACCEPT, DEAL.CANCEL, DEAL.STATUS]) {
      await assert.rejects(say(ann.now.talk, bob, [type, ['?']]), { code: 'DEAL_MALFORMED' })
    }
    assert.equal(await phase(), 'started')
  })

  it('takes no acceptance that is not of its receipt, and none before it is paid', async () => {
    const { agreementHash, journey } = await upTo('delivered')
    await untilPhase(world, { agent: ann, id, phases: ['delivered'] })
    const { receiptHash } = (journey as { delivery: { receiptHash: Hash } }).delivery
    const accept = (hash: Hash, signer = ann.now.signer): Message => {
      const message = { receiptHash: hash, rating: 5 }
      const signature = signer.sign(ann.now.digest('Acceptance', message))
      return [DEAL.ACCEPT, encodeAccept({ agreementHash, acceptance: { message, signature } })]
    }
    const fault = { code: 'ACCEPTANCE_INVALID' }
    await assert.rejects(say(ann.now.talk, bob, accept(agreementHash)), fault)
    await assert.rejects(say(ann.now.talk, bob, accept(receiptHash, mallory)), fault)
    await say(ann.now.talk, bob, accept(receiptHash))
    assert.equal(await phase(), 'delivered')
  })

  it('keeps on to what it delivered when it is called off', async () => {
    const { agreementHash } = await upTo('delivered')
    const cancel: Message = [DEAL.CANCEL, encodeCancel({ agreementHash, code: 'CANCELLED' })]
    await assert.rejects(say(ann.now.talk, bob, cancel), { code: 'DEAL_OVER' })
    assert.equal(await phase(), 'delivered')
  })

  it('says how far it is', async () => {
    const { agreementHash } = await upTo('started')
    const status: Message = [DEAL.STATUS, encodeStatus({ agreementHash })]
    assert.deepEqual(await say(ann.now.talk, bob, status), ['started', null, null])
    stage.finish()
    await untilPhase(world, { agent: ann, id, phases: ['delivered'] })
    await ann.now.api.complete(id)
    await turnUntil(world, async () => (await phase()) === 'settled')
    const [name, receipt, acceptance] = (await say(ann.now.talk, bob, status)) as CborValue[]
    assert.equal(name, 'settled')
    assert.ok(receipt && acceptance)
  })
})
