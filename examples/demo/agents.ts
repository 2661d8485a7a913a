/** One agent of the demo: its name and what sets it apart. */
export type AgentPlan = {
  name: string
  part: 'buys' | 'sells' | 'idle'
  about: string
  market: Readonly<Record<string, string | number>>
  workers: number
}

/** Budgets and prices are in tokens; eight tiles may be on offer at one time. */
export const AGENTS: readonly AgentPlan[] = [
  {
    name: 'buyer',
    part: 'buys',
    about: 'buys all the work',
    market: { role: 'requester', bidWindowMs: 1200 },
    workers: 1,
  },
  {
    name: 'swift',
    part: 'sells',
    about: 'dear, two workers',
    market: {
      role: 'provider',
      pricePerMfuel: '0.00016',
      speedMfuelPerSecond: 8000,
      capacity: 10,
      loadMarginPercent: 40,
    },
    workers: 2,
  },
  {
    name: 'steady',
    part: 'sells',
    about: 'middling, one worker',
    market: {
      role: 'provider',
      pricePerMfuel: '0.00012',
      speedMfuelPerSecond: 4000,
      capacity: 6,
      loadMarginPercent: 80,
    },
    workers: 1,
  },
  {
    name: 'thrifty',
    part: 'sells',
    about: 'cheap, one worker, little room',
    market: {
      role: 'provider',
      pricePerMfuel: '0.00009',
      speedMfuelPerSecond: 2000,
      capacity: 4,
      loadMarginPercent: 120,
    },
    workers: 1,
  },
  {
    name: 'idle',
    part: 'idle',
    about: 'neither buys nor sells',
    market: { role: 'requester' },
    workers: 1,
  },
]

export type Place = {
  folder: string
  passphraseFile: string
  listen: string
  /** Addresses of the other agents. */
  others: readonly string[]
  rpcUrl: string
  deploymentFile: string
}

/** The settings file of an agent. */
export const settingsOf = ({ market, workers }: AgentPlan, place: Place): object => ({
  dataFolder: place.folder,
  identity: { passphraseFile: place.passphraseFile },
  network: { name: 'demo', listen: [place.listen], bootstrap: place.others, mdns: false },
  chain: { network: 'local', rpcUrls: [place.rpcUrl], deployment: place.deploymentFile },
  market,
  channel: { deposit: '6.00', windowSeconds: 10 },
  execution: { workers },
  control: { port: 0 },
  log: { level: 'info', format: 'json' },
})
