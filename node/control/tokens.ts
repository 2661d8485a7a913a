import { createHash, timingSafeEqual } from 'node:crypto'
import type { Amount } from '../../protocols/common/index.ts'
import type { Scope } from '../../protocols/control/index.ts'

/** What a token may do. `spendPerDay` caps the budgets of tasks started in any 24 hours, in atomic units; null is no cap. */
export type Grant = {
  name: string
  scopes: readonly Exclude<Scope, 'public'>[]
  spendPerDay: Amount | null
}

export type Tokens = {
  /** The grant of a presented token; null for an unknown one. Takes equally long for any wrong token. */
  find(presented: string): Grant | null
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Knows tokens by their hash only. */
export const createTokens = (grants: readonly (Grant & { token: string })[]): Tokens => {
  const known = grants.map(({ token, ...grant }) => ({ digest: digestOf(token), grant }))
  return {
    find: (presented) => {
      const digest = digestOf(presented)
      let found: Grant | null = null
      for (const { digest: expected, grant } of known) {
        if (timingSafeEqual(expected, digest)) found = grant
      }
      return found
    },
  }
}

/** May do everything; the token in the owner's file. */
export const ownerGrant = (spendPerDay: Amount | null): Grant => ({
  name: 'owner',
  scopes: ['read', 'write', 'spend'],
  spendPerDay,
})
