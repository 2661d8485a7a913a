// What stake and its records cost. How a draw grows with the jury is measured in test/reputation/Jury.t.sol, up to 10,000 jurors.
import { keccak256, toHex } from 'viem'
import { buildEscrowWorld, type EscrowWorld } from './escrow-world.ts'
import { createRows, type Row } from './row.ts'

const DAY = 86_400
const CHANNEL = keccak256(toHex('channel'))

const row = (name: string, measure: Row<EscrowWorld>['measure']): Row<EscrowWorld> => ({
  name,
  target: null,
  elsewhere: '-',
  measure,
})

export const reputationRows = createRows('ReputationContract', buildEscrowWorld, [
  row('deposit', async (stage, { provider, token, onStake }) =>
    stage.costOf(await onStake(provider, { functionName: 'deposit', args: [token, 5_000_000n] })),
  ),
  row('allocate to a channel', async (stage, { provider, token, onStake }) => {
    const args = [token, CHANNEL, 5_000_000n] as const
    return stage.costOf(await onStake(provider, { functionName: 'allocate', args }))
  }),
  row('finish a release', async (stage, { provider, other, token, onStake }) => {
    const args = [token, CHANNEL] as const
    await onStake(provider, { functionName: 'allocate', args: [...args, 5_000_000n] })
    await onStake(provider, { functionName: 'startRelease', args })
    stage.pass(52 * DAY)
    const finish = [token, provider.address, CHANNEL] as const
    return stage.costOf(await onStake(other, { functionName: 'finishRelease', args: finish }))
  }),
  row('withdraw unbonded stake', async (stage, { provider, token, onStake }) => {
    await onStake(provider, { functionName: 'startUnbonding', args: [token, 5_000_000n] })
    stage.pass(52 * DAY)
    const args = [token, provider.address] as const
    return stage.costOf(await onStake(provider, { functionName: 'finishUnbonding', args }))
  }),
  row('anchor the receipts of a day', async (stage, { provider, onStake }) => {
    const anchored = { receiptsRoot: keccak256(toHex('root')), count: 1234n, value: 98_765_432n }
    const args = [Math.floor(stage.now() / DAY), anchored] as const
    return stage.costOf(await onStake(provider, { functionName: 'anchor', args }))
  }),
])
