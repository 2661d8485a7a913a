import type { Config } from './schema.ts'

/** What settings must be together. `paths`: those it looks at, the one to blame first. */
type Rule = {
  paths: readonly [string, ...string[]]
  isKept: (config: Config) => boolean
  expected: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

export const rules: readonly Rule[] = [
  {
    paths: ['chain.rpcUrls', 'chain.network'],
    isKept: ({ chain }) => chain.network === 'local' || chain.rpcUrls.length > 0,
    expected: 'at least one endpoint, since chain.network is not local',
  },
  {
    paths: [
      'market.weights.price',
      'market.weights.reputation',
      'market.weights.specialty',
      'market.weights.eta',
    ],
    isKept: ({ market: { weights } }) =>
      weights.price + weights.reputation + weights.specialty + weights.eta === 100,
    expected: 'weights that add up to 100',
  },
  {
    paths: ['control.host', 'control.allowRemote'],
    isKept: ({ control }) => LOOPBACK.test(control.host) || control.allowRemote,
    expected: 'a loopback address, unless control.allowRemote is true',
  },
]
