// What each step of a dispute costs, with the juries of Ethereum's settings: 7, 15 and 31 seats. Targets are the design's.
import type { Vote } from '../../protocols/arbitration/index.ts'
import {
  buildCourtWorld,
  type CourtWorld,
  type Dispute,
  RATING,
  RIGHT,
  WRONG,
} from './court-world.ts'
import { createRows, perItem, type Row, sumOf } from './row.ts'
import type { Cost, Stage } from './stage.ts'

type CourtRow = Row<CourtWorld>

const row = (name: string, target: bigint | null, measure: CourtRow['measure']): CourtRow => ({
  name,
  target,
  elsewhere: '-',
  measure,
})

/** Opened by the requester, with a receipt that says `shown`. */
const opened = async (world: CourtWorld, kind: 'overChannel' | 'inEscrow', shown = RIGHT) => {
  const dispute = await world[kind]()
  await world.open(world.requester, dispute, shown)
  return dispute
}

/** A first jury that found the result right. */
const judged = async (world: CourtWorld, kind: 'overChannel' | 'inEscrow', shown = RIGHT) => {
  const dispute = await opened(world, kind, shown)
  await world.passEvidence()
  const jurors = await world.judge(dispute)
  return { dispute, jurors }
}

const send = async (
  stage: Stage,
  {
    world,
    by = 'other',
    ...request
  }: { world: CourtWorld; by?: 'requester' | 'other' } & {
    functionName: string
    args: readonly unknown[]
  },
): Promise<Cost> => stage.costOf(await world.onCourt(world[by], request as never))

const rule = async (stage: Stage, world: CourtWorld, { matter }: Dispute) => {
  stage.pass(world.waits.appeal)
  return send(stage, { world, functionName: 'rule', args: [matter] })
}

const DRAWS = 8

/** The mean of some draws: each seed takes its own way through the tree. */
const drawOf = (count: number): CourtRow =>
  row(`draw of 7 of ${count.toLocaleString('en-US')} staked`, null, async (stage, world) => {
    await world.plantJury(count)
    const costs: Cost[] = []
    for (let seconds = 0; seconds < DRAWS; seconds += 1) {
      const once = async () => {
        stage.pass(seconds)
        const dispute = await opened(world, 'overChannel')
        await world.passEvidence()
        return stage.costOf(await world.draw(dispute))
      }
      costs.push(await stage.aside(once))
    }
    return perItem(sumOf(costs), DRAWS)
  })

const firstOf = <Item>(items: readonly Item[]): Item => items[0] as Item

export const courtRows = createRows('DisputeArbiterContract', buildCourtWorld, [
  row('open over a channel, with receipt and proof of payment', null, async (stage, world) =>
    stage.costOf(await world.open(world.requester, await world.overChannel())),
  ),
  row('open over an escrow, with receipt', null, async (stage, world) =>
    stage.costOf(await world.open(world.requester, await world.inEscrow())),
  ),
  row('join', null, async (stage, world) => {
    const dispute = await world.inEscrow()
    await world.open(world.provider, dispute)
    const { agreement, id, matter } = dispute
    const progress = { agreementHash: id, slice: 0, fuelUsed: 0n, paid: agreement.prepaid }
    const args = [matter, { progress, signature: '0x' }]
    return send(stage, { world, by: 'requester', functionName: 'join', args })
  }),
  row('show a second receipt', null, async (stage, world) => {
    const dispute = await opened(world, 'overChannel')
    const args = [dispute.matter, await world.receiptFor(dispute, WRONG)]
    return send(stage, { world, functionName: 'showReceipt', args })
  }),
  row('show an acceptance', null, async (stage, world) => {
    const dispute = await opened(world, 'overChannel')
    const { receipt } = await world.receiptFor(dispute)
    const accepted = { receiptHash: world.digest('Receipt', receipt), rating: RATING }
    const signature = await world.sign(world.requester, 'Acceptance', accepted)
    const args = [dispute.matter, RATING, signature]
    return send(stage, { world, functionName: 'showAcceptance', args })
  }),
  ...[10, 100, 1_000, 10_000].map(drawOf),
  row('fix a later seed', null, async (stage, world) => {
    const { matter } = await opened(world, 'overChannel')
    await world.passEvidence()
    await stage.mine(world.waits.draw)
    return send(stage, { world, functionName: 'reseed', args: [matter] })
  }),
  row('commit', 50_000n, async (stage, world) => {
    const dispute = await opened(world, 'overChannel')
    await world.passEvidence()
    const juror = firstOf(world.jurorsOf(await world.draw(dispute)))
    return stage.costOf(await world.commit(juror, { dispute, round: 0, vote: RIGHT }))
  }),
  row('reveal', 45_000n, async (stage, world) => {
    const dispute = await opened(world, 'overChannel')
    await world.passEvidence()
    const juror = firstOf(world.jurorsOf(await world.draw(dispute)))
    const ballot: { dispute: Dispute; round: number; vote: Vote } = {
      dispute,
      round: 0,
      vote: RIGHT,
    }
    await world.commit(juror, ballot)
    stage.pass(50_000)
    return stage.costOf(await world.reveal(juror, ballot))
  }),
  row('appeal', null, async (stage, world) => {
    const { dispute } = await judged(world, 'overChannel')
    const args = [dispute.matter]
    return send(stage, { world, by: 'requester', functionName: 'appeal', args })
  }),
  row('draw of 15 of 40 staked, after an appeal', null, async (stage, world) => {
    const { dispute } = await judged(world, 'overChannel')
    await send(stage, { world, by: 'requester', functionName: 'appeal', args: [dispute.matter] })
    await stage.mine(world.waits.seed)
    return stage.costOf(await world.draw(dispute))
  }),
  row('rule over a channel, a jury of 7 found it right', null, async (stage, world) =>
    rule(stage, world, (await judged(world, 'overChannel')).dispute),
  ),
  row('rule over a channel, a jury of 7 found it wrong', null, async (stage, world) =>
    rule(stage, world, (await judged(world, 'overChannel', WRONG)).dispute),
  ),
  row('rule over an escrow, a jury of 7 found it right', null, async (stage, world) =>
    rule(stage, world, (await judged(world, 'inEscrow')).dispute),
  ),
  row('rule without a jury, nothing delivered', null, async (stage, world) => {
    const dispute = await world.overChannel()
    stage.pass(7300)
    await world.open(world.requester, dispute, null)
    await world.passEvidence()
    return rule(stage, world, dispute)
  }),
  row('settle seven seats', null, async (stage, world) => {
    const { dispute } = await judged(world, 'overChannel')
    await rule(stage, world, dispute)
    return send(stage, { world, functionName: 'settleSeats', args: [dispute.matter, 0] })
  }),
  row("withdraw a juror's credit", null, async (stage, world) => {
    const { dispute, jurors } = await judged(world, 'overChannel')
    await rule(stage, world, dispute)
    await send(stage, { world, functionName: 'settleSeats', args: [dispute.matter, 0] })
    const juror = firstOf(jurors)
    const args = [world.token, juror.address] as const
    return stage.costOf(await world.onCourt(juror, { functionName: 'withdrawCredit', args }))
  }),
])
