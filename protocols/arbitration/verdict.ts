import type { Amount, Hex } from '../common/index.ts'
import { NO_RESULT } from './vote.ts'

/** The verdicts by their numbers on chain; 0 stands for none yet. */
export const VERDICTS = [
  'none',
  'right',
  'wrong',
  'equivocated',
  'undelivered',
  'late',
  'accepted',
  'input-missing',
  'provider-absent',
  'requester-absent',
  'host-failure',
  'stalled',
  'undecided',
] as const

export type CourtVerdict = (typeof VERDICTS)[number]
export type Side = 'requester' | 'provider'

/** What both sides showed until the end of the evidence. */
export type Evidence = {
  /** The other side matched the opener's bond. */
  joined: boolean
  answered: boolean
  equivocated: boolean
  accepted: boolean
  late: boolean
}

const OWED: readonly CourtVerdict[] = [
  'right',
  'accepted',
  'input-missing',
  'requester-absent',
  'host-failure',
  'stalled',
]
const OPENER_LOSES: readonly CourtVerdict[] = ['host-failure', 'stalled']
const UNMEASURED: readonly CourtVerdict[] = ['undecided', 'host-failure']
const FULL = 10_000n
const SEVERITY: Partial<Record<CourtVerdict, bigint>> = {
  wrong: FULL,
  equivocated: FULL,
  undelivered: 2_500n,
  'provider-absent': 2_500n,
  late: 1_000n,
}

/** What is plain without anybody running anything again; `none` where a jury is needed. */
export const withoutJury = (evidence: Evidence, opener: Side): CourtVerdict => {
  if (evidence.equivocated) return 'equivocated'
  if (!evidence.answered) return 'undelivered'
  if (evidence.accepted) return 'accepted'
  if (evidence.late) return 'late'
  if (evidence.joined) return 'none'
  return opener === 'requester' ? 'provider-absent' : 'requester-absent'
}

const short = (hash: Hex): Hex => `0x${hash.slice(-40)}`

/** What a jury's majority (null where there is none) makes of the provider's answer. */
export const ofJury = (found: Hex | null, shown: Hex): CourtVerdict => {
  if (found === null) return 'undecided'
  if (found === short(NO_RESULT.inputMissing)) return 'input-missing'
  if (found === short(NO_RESULT.outputMissing)) return 'undelivered'
  if (found === short(NO_RESULT.hostFailure)) return 'host-failure'
  return found === shown ? 'right' : 'wrong'
}

/** Whether jurors are measured against the finding: machines that fail and votes that split prove nobody wrong. */
export const measuresJurors = (verdict: CourtVerdict): boolean => !UNMEASURED.includes(verdict)

/** Whether the receipt's cost is owed. */
export const isOwed = (verdict: CourtVerdict): boolean => OWED.includes(verdict)

/** Who pays the fees first; where a verdict is `undecided` both do, half each. */
export const loserOf = (verdict: CourtVerdict, opener: Side): Side => {
  if (OPENER_LOSES.includes(verdict)) return opener
  return isOwed(verdict) ? 'requester' : 'provider'
}

/** Whether a finding is against this side, so that it may ask a larger jury. */
export const mayAppeal = (verdict: CourtVerdict, opener: Side, side: Side): boolean =>
  !measuresJurors(verdict) || loserOf(verdict, opener) === side

/** What the provider's stake loses beside fees: required stake x severity, and the loss it caused. */
export const liabilityOf = (verdict: CourtVerdict, stake: Amount, loss: Amount): Amount => {
  const severity = SEVERITY[verdict]
  return severity === undefined ? 0n : (stake * severity) / FULL + loss
}
