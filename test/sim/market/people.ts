import type { Agent, Town } from './town.ts'

const isSeller = (index: number) => index % 5 === 0
/** Every fifth agent sells. */
export const honest = (index: number) =>
  isSeller(index) ? { sellsAt: 5_000n + BigInt(index) } : {}
/** An agent that only buys. */
export const BUYER = 1

/** Who has a name: agents with a history know each other. */
export const createAcquaintance = () => {
  const known = new Set<string>()
  return {
    scoreOf: (agent: string): number => (known.has(agent) ? 60 : 50),
    introduce: (agents: readonly Agent[]): void => {
      for (const { signer } of agents) known.add(signer.address)
    },
  }
}

/** A machine of an attacker with links to so many honest ones. */
export const intrude = (
  town: Town,
  agents: readonly Agent[],
  { name, links }: { name: string; links: number },
) => {
  const intruder = town.settle(name)
  for (const agent of town.random.shuffled(agents).slice(0, links)) {
    town.overlay.link(intruder.station, agent.station)
  }
  return intruder
}

export const isHonest = (agents: readonly Agent[], provider: string | undefined): boolean =>
  agents.some(({ signer }) => signer.address === provider)
