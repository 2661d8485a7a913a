import { MAX_AMOUNT } from '../../protocols/common/index.ts'
import type { Chain } from '../ports/index.ts'
import { allowanceFor } from './calls.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import type { ReachKeeper } from './reach.ts'

export type AllowanceDeps = {
  chain: Pick<Chain, 'identity' | 'allowance'>
  outbox: Outbox
  reach: ReachKeeper
}

/** Gives the channel contract leave to take a deposit before the deposit is sent. */
export const createAllowances = ({ chain, outbox, reach }: AllowanceDeps) => {
  const { contracts } = chain.identity
  // By the deposit's key: the key of the allowance that it waits for.
  const waiting = new Map<string, string>()

  const isAllowance = ({ call, submission }: OutboxEntry): boolean =>
    call.type === 'approve-token' &&
    call.spender === contracts.paymentChannel &&
    submission.phase === 'intended'

  const aNewOne = ({ key, timing }: OutboxEntry): OutboxEntry => {
    const { createdAt, urgency, deadline } = timing
    const terms = { urgency, ...(deadline === null ? {} : { deadline }) }
    // The contract takes from an allowance only what its owner asks it to in open and fund, so one large allowance risks nothing.
    const call = {
      type: 'approve-token',
      spender: contracts.paymentChannel,
      amount: MAX_AMOUNT,
    } as const
    // Not kept as an intent: after a crash the allowance is looked at again.
    return outbox.create(`${key}#approve-${outbox.nextOrder()}`, call, { createdAt, terms })
  }

  return {
    /** The allowance that a call needs first, one under way or a new one; null where it needs none. */
    before: async (
      entry: OutboxEntry,
      underWay: readonly OutboxEntry[],
    ): Promise<OutboxEntry | null> => {
      const needed = allowanceFor(entry.call, contracts.token)
      if (needed === null) return null
      const ask = () => chain.allowance(contracts.paymentChannel)
      if ((await reach.untilAnswered(ask)) >= needed) return null
      const allowance = underWay.find(isAllowance) ?? aNewOne(entry)
      waiting.set(entry.key, allowance.key)
      return allowance
    },
    /** The allowance that a deposit waits for. */
    awaitedBy: (key: string): string | undefined => waiting.get(key),
    /** Ends the waiting for an allowance; gives the keys of those that waited. */
    release: (allowance: string): string[] => {
      const keys = [...waiting].flatMap(([key, awaited]) => (awaited === allowance ? [key] : []))
      for (const key of keys) waiting.delete(key)
      return keys
    },
  }
}
