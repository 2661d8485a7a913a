import type { Amount } from '../common/index.ts'

/** What both sides of a DUPLEX channel deposited and promised in its last epoch, in atomic units. */
export type DuplexEnd = { depositA: Amount; depositB: Amount; sentA: Amount; sentB: Amount }

/** What a SIMPLEX channel's payer deposited and promised, and what its payee claimed, in atomic units. */
export type SimplexEnd = { deposit: Amount; claimed: Amount; sent: Amount }

export type FinalSplit = { payA: Amount; payB: Amount }

/** payA = clamp(depositA + sentB - sentA, 0, depositA + depositB); partyB gets the rest. Mirrors the contract. */
export const splitDuplex = ({ depositA, depositB, sentA, sentB }: DuplexEnd): FinalSplit => {
  const total = depositA + depositB
  const due = depositA + sentB - sentA
  const payA = due < 0n ? 0n : due
  return payA < total ? { payA, payB: total - payA } : { payA: total, payB: 0n }
}

/** partyB gets what its promise is worth beyond what it claimed, partyA the rest. Mirrors the contract. */
export const splitSimplex = ({ deposit, claimed, sent }: SimplexEnd): FinalSplit => {
  const covered = sent < deposit ? sent : deposit
  const payB = covered > claimed ? covered - claimed : 0n
  return { payA: deposit - claimed - payB, payB }
}
