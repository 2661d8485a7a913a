import assert from 'node:assert/strict'
import type { Hash, Signed } from '../../../protocols/common/index.ts'
import { encodeResultManifest } from '../../../protocols/execution/index.ts'
import { DEAL, encodeDeliver, encodeFail, encodeProgress } from '../../../protocols/market/index.ts'
import {
  anOrder,
  type TradingAgent,
  type TradingWorld,
  turnUntil,
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

describe('a requester with a running task', () => {
  let id: string
  let agreementHash: Hash
  const digest = () => bob.now.digest
  const signed = <T extends object>(
    name: 'Progress' | 'Receipt',
    message: T,
    by = bob.now.signer,
  ) => ({ message, signature: by.sign(digest()(name as 'Progress', message as never)) }) as never

  beforeEach(async () => {
    await enter()
    id = (await ann.now.api.executeWithPayment(anOrder())).id
    await turnUntil(world, () => bob.gates.length === 4)
    agreementHash = (await ann.now.api.task(id)).agreementHash as Hash
  })
  afterEach(leave)

  const progress = (changes: Partial<Signed<'Progress'>['message']> = {}) => ({
    agreementHash,
    slice: 5,
    fuelUsed: 500_000_000n,
    paid: 505_000n,
    ...changes,
  })
  const receipt = (changes: Partial<Signed<'Receipt'>['message']> = {}) => ({
    agreementHash,
    resultHash: `0x${'12'.repeat(32)}` as const,
    outcome: 0,
    exitCode: 0,
    fuelUsed: 450_000_000n,
    cost: 460_000n,
    finishedAt: world.clock.now(),
    ...changes,
  })
  const delivery = (signedReceipt: Signed<'Receipt'>): Message => {
    const cid = `bafkrei${'a'.repeat(52)}`
    const result = encodeResultManifest({
      verdict: 'exit',
      exitCode: 0,
      fuelUsed: 450_000_000n,
      stdout: cid,
      stderr: cid,
      files: {},
    })
    return [
      DEAL.DELIVER,
      encodeDeliver({ receipt: signedReceipt, result, wallMs: 1, peakRssBytes: 1 }),
    ]
  }
  const assertUnchanged = async () => {
    const task = await ann.now.api.task(id)
    assert.deepEqual([task.phase, task.paid], ['running', '410000'])
  }

  const refused: [what: string, code: string, note: () => Signed<'Progress'>][] = [
    ['of a slice too far', 'PROGRESS_INVALID', () => signed('Progress', progress({ slice: 6 }))],
    ['of a slice before', 'PROGRESS_INVALID', () => signed('Progress', progress({ slice: 3 }))],
    [
      'without more fuel',
      'PROGRESS_INVALID',
      () => signed('Progress', progress({ fuelUsed: 400_000_000n })),
    ],
    [
      'that asks for too much',
      'PROGRESS_INVALID',
      () => signed('Progress', progress({ paid: 505_001n })),
    ],
    [
      'over the limit of fuel',
      'PROGRESS_INVALID',
      () => signed('Progress', progress({ fuelUsed: 1_000_000_001n })),
    ],
    ['signed by another', 'PROGRESS_INVALID', () => signed('Progress', progress(), mallory)],
    [
      'of an unknown agreement',
      'DEAL_UNKNOWN',
      () => signed('Progress', progress({ agreementHash: `0x${'13'.repeat(32)}` })),
    ],
  ]
  for (const [what, code, note] of refused) {
    it(`pays for no progress ${what}`, async () => {
      const message: Message = [DEAL.PROGRESS, encodeProgress(note())]
      await assert.rejects(say(bob.now.talk, ann, message), { code })
      await assertUnchanged()
    })
  }

  it('answers the same progress again, and pays for it once', async () => {
    const note = signed('Progress', progress({ slice: 4, fuelUsed: 400_000_000n, paid: 410_000n }))
    await say(bob.now.talk, ann, [DEAL.PROGRESS, encodeProgress(note)])
    await assertUnchanged()
    assert.equal(ann.told('task.progress').length, 4)
  })

  const receipts: [what: string, changes: Partial<Signed<'Receipt'>['message']>][] = [
    ['of another cost', { cost: 460_001n }],
    ['finished after its time', { finishedAt: 1_760_000_000 }],
    ['of an outcome that there is none of', { outcome: 9 }],
    ['of less fuel than its slices', { fuelUsed: 300_000_000n, cost: 310_000n }],
  ]
  for (const [what, changes] of receipts) {
    it(`takes no receipt ${what}`, async () => {
      const message = delivery(signed('Receipt', receipt(changes)))
      await assert.rejects(say(bob.now.talk, ann, message), { code: 'RECEIPT_INVALID' })
      await assertUnchanged()
    })
  }

  it('takes no receipt that its provider did not sign', async () => {
    const message = delivery(signed('Receipt', receipt(), mallory))
    await assert.rejects(say(bob.now.talk, ann, message), { code: 'RECEIPT_INVALID' })
    await assertUnchanged()
  })

  it('hears nothing about the task from anybody else', async () => {
    const messages: Message[] = [
      [DEAL.PROGRESS, encodeProgress(signed('Progress', progress()))],
      delivery(signed('Receipt', receipt())),
      [DEAL.FAIL, encodeFail({ agreementHash, code: 'CHILD_CRASHED', message: 'gone' })],
    ]
    for (const message of messages) {
      await assert.rejects(say(stage.stranger, ann, message), { code: 'DEAL_UNKNOWN' })
    }
    await assertUnchanged()
  })

  it('refuses what has no known form', async () => {
    for (const type of [DEAL.PROGRESS, DEAL.DELIVER, DEAL.FAIL]) {
      await assert.rejects(say(bob.now.talk, ann, [type, ['?']]), { code: 'DEAL_MALFORMED' })
    }
    await assertUnchanged()
  })

  it('tells whoever comes with it once more that the deal is over', async () => {
    await ann.now.api.cancel(id)
    const note: Message = [DEAL.PROGRESS, encodeProgress(signed('Progress', progress()))]
    await assert.rejects(say(bob.now.talk, ann, note), { code: 'DEAL_OVER' })
    await say(bob.now.talk, ann, [
      DEAL.FAIL,
      encodeFail({ agreementHash, code: 'CHILD_CRASHED', message: 'gone' }),
    ])
    assert.equal((await ann.now.api.task(id)).code, 'CANCELLED')
  })
})
