import type { Chain, ChainCall } from '../../node/ports/index.ts'
import { Fault, type Hash, MAX_AMOUNT } from '../../protocols/common/index.ts'

/** Settlement's submit for tests of others: approves where needed, sends at once, and the same key is done once. */
export const createDirectSubmit = (chain: Chain) => {
  const done = new Map<string, Promise<{ hash: Hash; block: number }>>()
  const send = async (call: ChainCall): Promise<{ hash: Hash; block: number }> => {
    const transaction = await chain.prepare(call)
    await chain.broadcast(transaction)
    const outcome = await chain.outcome(transaction.hash)
    if (outcome.status === 'done') return { hash: transaction.hash, block: outcome.block }
    const reason = outcome.status === 'reverted' ? outcome.reason : outcome.status
    throw new Fault('TX_REVERTED', 'the transaction did not succeed', { reason })
  }
  const approveFirst = async (call: ChainCall): Promise<void> => {
    if (call.type !== 'open-channel' && call.type !== 'fund-channel') return
    const spender = chain.identity.contracts.paymentChannel
    if (call.params.token !== chain.identity.contracts.token) return
    if ((await chain.allowance(spender)) >= call.amount) return
    await send({ type: 'approve-token', spender, amount: MAX_AMOUNT })
  }
  return (key: string, call: ChainCall): Promise<{ hash: Hash; block: number }> => {
    const known = done.get(key)
    if (known !== undefined) return known
    const outcome = approveFirst(call).then(() => send(call))
    done.set(key, outcome)
    // A failed submission may be asked for again.
    outcome.catch(() => done.delete(key))
    return outcome
  }
}
