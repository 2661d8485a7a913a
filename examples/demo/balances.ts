import { money, type Words } from './telling.ts'

/** An account before and after, in atomic units. */
export type Account = { name: string; address: string; before: bigint; after: bigint }

/** What a task has cost, by the provider's receipt. */
export type Cost = { provider: string; amount: bigint }

export type Sums = {
  accounts: readonly Account[]
  buyer: string
  /** Tokens held by the channel contract. */
  contract: { before: bigint; after: bigint }
  costs: readonly Cost[]
  /** All tokens there are. */
  supply: { before: bigint; after: bigint }
}

export type Check = { what: string; isRight: boolean }

const total = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((sum, amount) => sum + amount, 0n)

const costsOf = (costs: readonly Cost[], provider: string): bigint =>
  total(costs.filter((cost) => cost.provider === provider).map(({ amount }) => amount))

/** Every sum that has to be right, each with its verdict. */
export const checkSums = ({ accounts, buyer, contract, costs, supply }: Sums): Check[] => {
  const sellers = accounts.filter(({ address }) => address !== buyer)
  const lost = total(
    accounts.filter(({ address }) => address === buyer).map(({ before, after }) => before - after),
  )
  const gains = total(sellers.map(({ before, after }) => after - before))
  const spent = total(costs.map(({ amount }) => amount))
  const isEachRight = sellers.every(
    ({ address, before, after }) => after - before === costsOf(costs, address),
  )
  const held = (when: 'before' | 'after') =>
    total(accounts.map((account) => account[when])) + contract[when]
  return [
    { what: 'something was bought', isRight: spent > 0n },
    { what: 'the buyer lost what the receipts say', isRight: lost === spent },
    { what: 'each seller gained what its receipts say', isRight: isEachRight },
    { what: 'all gains together are the loss', isRight: gains === lost },
    { what: 'no token is left in a channel', isRight: contract.after === contract.before },
    { what: 'no token appeared or vanished', isRight: held('before') === held('after') },
    {
      what: 'the agents hold the whole supply',
      isRight: supply.before === supply.after && held('after') === supply.after,
    },
  ]
}

/** Balances before and after, a line an account, and their sum. */
export const balanceLines = (
  { accounts, contract }: Pick<Sums, 'accounts' | 'contract'>,
  { paint, decimals }: Pick<Words, 'paint' | 'decimals'>,
): string[] => {
  const rows = [...accounts, { name: 'channels', ...contract }]
  const sum = {
    name: 'total',
    before: total(rows.map(({ before }) => before)),
    after: total(rows.map(({ after }) => after)),
  }
  const lineOf = ({ name, before, after }: { name: string; before: bigint; after: bigint }) => {
    const change = after - before
    const text = `${change > 0n ? '+' : ''}${money(change, decimals)}`.padStart(12)
    const unmoved = change === 0n ? 'dim' : null
    const style = unmoved ?? (change > 0n ? 'green' : 'yellow')
    const amounts = `${money(before, decimals).padStart(12)} ${money(after, decimals).padStart(12)}`
    return `  ${name.padEnd(10)} ${amounts} ${paint(style, text)}`
  }
  const header = `  ${'agent'.padEnd(10)} ${'before'.padStart(12)} ${'after'.padStart(12)} ${'change'.padStart(12)}`
  return [paint('dim', header), ...rows.map(lineOf), paint('bold', lineOf(sum))]
}
