import { type Address, type Amount, ZERO_ADDRESS } from '../../protocols/common/index.ts'
import { balanceIn, credit, creditIn, demand, type Ledger, type Scene } from './memory-ledger.ts'

/** Takes a deposit from the sender, by allowance where it is a token. */
export const pull = (
  ledger: Ledger,
  scene: Scene,
  { token, amount }: { token: Address; amount: Amount },
): void => {
  const { sender, contract } = scene
  if (token !== ZERO_ADDRESS) {
    const key = `${sender}:${contract}`
    const allowed = ledger.allowances.get(key) ?? 0n
    demand(allowed >= amount, `ERC20InsufficientAllowance(${contract}, ${allowed}, ${amount})`)
    ledger.allowances.set(key, allowed - amount)
  }
  const balance = balanceIn(ledger, token, sender)
  demand(balance >= amount, `ERC20InsufficientBalance(${sender}, ${balance}, ${amount})`)
  credit(ledger, token, { to: sender, amount: -amount })
  credit(ledger, token, { to: contract, amount })
}

type Payment = { token: Address; to: Address; amount: Amount }

/** Pays from the contract; what the receiver refuses waits as its credit. */
export const payOut = (ledger: Ledger, scene: Scene, payment: Payment): void => {
  const { token, to, amount } = payment
  if (ledger.refusing.has(to)) {
    ledger.credits.set(`${token}:${to}`, creditIn(ledger, token, to) + amount)
    return
  }
  credit(ledger, token, { to: scene.contract, amount: -amount })
  credit(ledger, token, payment)
}

/** Pays the sender's credit out. */
export const payCredit = (ledger: Ledger, scene: Scene, token: Address): void => {
  const { sender } = scene
  const amount = creditIn(ledger, token, sender)
  demand(amount > 0n, `NoCredit(${token}, ${sender})`)
  demand(!ledger.refusing.has(sender), `ReceiverRefused(${sender})`)
  ledger.credits.delete(`${token}:${sender}`)
  payOut(ledger, scene, { token, to: sender, amount })
}
