import { type Account, balanceLines, type Cost, checkSums, type Sums } from './balances.ts'
import { createTokenReader } from './chain-reader.ts'
import type { Agent } from './market-network.ts'
import { closeChannels, type Shopper } from './shopping.ts'
import type { Stage } from './stage.ts'
import { money } from './telling.ts'

/** What the chain says of everybody's money at one time. */
export type Holdings = { accounts: ReadonlyMap<string, bigint>; contract: bigint; supply: bigint }

type ChainPlace = { rpcUrl: string; deployment: { token: string; paymentChannel: string } }

export const readHoldings = async (
  { rpcUrl, deployment: { token, paymentChannel } }: ChainPlace,
  agents: readonly Agent[],
): Promise<Holdings> => {
  const reader = createTokenReader({ rpcUrl, token })
  const accounts = new Map<string, bigint>()
  for (const { agent } of agents) accounts.set(agent, await reader.balanceOf(agent))
  return {
    accounts,
    contract: await reader.balanceOf(paymentChannel),
    supply: await reader.totalSupply(),
  }
}

type Settling = {
  chain: ChainPlace
  agents: readonly Agent[]
  buyer: Agent
  before: Holdings
  shopper: Shopper
}

const sumsOf = (
  { agents, buyer, before }: Settling,
  { after, costs }: { after: Holdings; costs: readonly Cost[] },
): Sums => ({
  accounts: agents.map(
    ({ name, agent: address }): Account => ({
      name,
      address,
      before: before.accounts.get(address) ?? 0n,
      after: after.accounts.get(address) ?? 0n,
    }),
  ),
  buyer: buyer.agent,
  contract: { before: before.contract, after: after.contract },
  costs,
  supply: { before: before.supply, after: after.supply },
})

/** Last act: channels closed on the chain, and every sum checked against it. True where all is right. */
export const settleUp = async (stage: Stage, settling: Settling): Promise<boolean> => {
  const { screen, words, signal } = stage
  const { chain, agents, buyer, shopper } = settling
  screen.say('', words.paint('bold', '  3  Settlement on the chain'), '')
  const costs = await shopper.costs()
  await stage.step('channels', async () => {
    const count = await closeChannels(buyer.client, signal)
    return [`${count} closed, everyone paid`, undefined]
  })
  const sums = sumsOf(settling, { after: await readHoldings(chain, agents), costs })
  const checks = checkSums(sums)
  screen.say('', ...balanceLines(sums, words), '')
  const spent = costs.reduce((sum, { amount }) => sum + amount, 0n)
  for (const { what, isRight } of checks) {
    if (!isRight) screen.say(`  ${words.paint('red', '✗')} ${what}: no`)
  }
  const isRight = checks.every((check) => check.isRight)
  if (isRight) {
    const amount = `${money(spent, words.decimals)} ${words.symbol}`
    const claim = `${costs.length} receipts say ${amount}; the chain moved exactly that, and no token more`
    screen.say(`  ${words.paint('green', '✓')} ${claim}`)
  }
  return isRight
}
