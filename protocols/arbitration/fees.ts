import { type Amount, least } from '../common/index.ts'

type Funds = readonly [Amount, Amount]

/** What is left of two sides' funds when the first pays fees as far as it can, and the second the rest. */
export const charge = ([first, second]: Funds, fees: Amount): [Amount, Amount] => {
  const paid = least(first, fees)
  return [first - paid, second - (fees - paid)]
}

/** The same when each pays half, the odd unit the second, and what the other cannot. */
export const halve = (funds: Funds, fees: Amount): [Amount, Amount] => {
  const half = fees / 2n
  const [first, second] = charge(funds, half)
  const [secondLeft, firstLeft] = charge([second, first], fees - half)
  return [firstLeft, secondLeft]
}

/** What the provider got over the channel and did not give back, as far as proven. */
export const lossOf = (paid: Amount, refunded: Amount): Amount =>
  paid > refunded ? paid - refunded : 0n

/** What of a price is still to be paid out of the requester's deposit, when so much was paid on balance. */
export const dueOf = (owed: Amount, paid: Amount, deposit: Amount): Amount =>
  owed <= paid ? 0n : least(owed - paid, deposit)
