// What each operation on an escrow costs. Targets are the design's.
import { buildEscrowWorld, type EscrowWorld } from './escrow-world.ts'
import { createRows, perItem, type Row } from './row.ts'

type EscrowRow = Row<EscrowWorld>
type Deal = ReturnType<EscrowWorld['agree']>

const NONE_PUBLISHED = '-'

const row = (name: string, target: bigint | null, measure: EscrowRow['measure']): EscrowRow => ({
  name,
  target,
  elsewhere: NONE_PUBLISHED,
  measure,
})

const funded = async (world: EscrowWorld, name = 'one'): Promise<Deal> => {
  const deal = world.agree(name)
  await world.fund(deal)
  return deal
}

const delivered = async (world: EscrowWorld, name = 'one'): Promise<Deal> => {
  const deal = await funded(world, name)
  await world.deliver(deal)
  return deal
}

const BATCH = 10
const LONG = 86_400

export const escrowRows = createRows('EscrowContract', buildEscrowWorld, [
  row('fund with stake lock', 100_000n, async (stage, world) =>
    stage.costOf(await world.fund(world.agree('one'))),
  ),
  row('deliver', null, async (stage, world) => {
    const deal = await funded(world)
    return stage.costOf(await world.deliver(deal))
  }),
  row("release, requester's call", 70_000n, async (stage, world) => {
    const { terms } = await delivered(world)
    const { requester, onEscrow } = world
    return stage.costOf(await onEscrow(requester, { functionName: 'release', args: [terms] }))
  }),
  row('release after silence', 70_000n, async (stage, world) => {
    const { terms } = await delivered(world)
    stage.pass(LONG)
    const { provider, onEscrow } = world
    return stage.costOf(await onEscrow(provider, { functionName: 'release', args: [terms] }))
  }),
  row('release of an accepted receipt, nothing delivered before', null, async (stage, world) => {
    const deal = await funded(world)
    const { receipt, acceptance } = await world.receiptFor(deal)
    const args = [deal.terms, receipt, '0x', world.RATING, acceptance] as const
    return stage.costOf(
      await world.onEscrow(world.provider, { functionName: 'releaseAccepted', args }),
    )
  }),
  row(`release in a batch, per escrow, N = ${BATCH}`, null, async (stage, world) => {
    const items: Deal['terms'][] = []
    for (let index = 0; index < BATCH; index++) {
      items.push((await delivered(world, String(index))).terms)
    }
    stage.pass(LONG)
    const request = { functionName: 'releaseBatch', args: [items] } as const
    return perItem(await stage.costOf(await world.onEscrow(world.provider, request)), BATCH)
  }),
  row("refund, requester's call", 62_000n, async (stage, world) => {
    const { terms } = await funded(world)
    stage.pass(LONG / 8)
    const { requester, onEscrow } = world
    return stage.costOf(await onEscrow(requester, { functionName: 'refund', args: [terms] }))
  }),
  row('refund by anyone, once no dispute is possible', 62_000n, async (stage, world) => {
    const { terms } = await funded(world)
    stage.pass(LONG)
    const { other, onEscrow } = world
    return stage.costOf(await onEscrow(other, { functionName: 'refund', args: [terms] }))
  }),
  row('settle by two approvals', null, async (stage, world) => {
    const { terms, id } = await delivered(world)
    const { requester, provider, other, approvals, onEscrow } = world
    const approval = { kind: 3, toProvider: 12_345_678n, validUntil: stage.now() + 600 }
    const message = { id, ...approval }
    const byRequester = await approvals.sign(requester, 'Approve', message)
    const byProvider = await approvals.sign(provider, 'Approve', message)
    const args = [terms, approval, byRequester, byProvider] as const
    return stage.costOf(await onEscrow(other, { functionName: 'settle', args }))
  }),
  row("the court's part of opening a dispute", null, async (stage, world) => {
    const { terms } = await delivered(world)
    const { requester, arbiter, onEscrow } = world
    const args = [terms, requester.address] as const
    return stage.costOf(await onEscrow(arbiter, { functionName: 'dispute', args }))
  }),
  row("the court's part of ruling", null, async (stage, world) => {
    const { terms } = await delivered(world)
    const { requester, arbiter, onEscrow } = world
    await onEscrow(arbiter, { functionName: 'dispute', args: [terms, requester.address] })
    const args = [terms, 12_345_678n, true] as const
    return stage.costOf(await onEscrow(arbiter, { functionName: 'rule', args }))
  }),
])
