import type { VerdictKind } from './result-manifest.ts'

/** How a run ended, as hashed and signed. Numbers are part of the protocol: never reuse one. */
export const VERDICT_CODES: Readonly<Record<VerdictKind, number>> = {
  exit: 0,
  trap: 1,
  'out-of-fuel': 2,
  'stack-overflow': 3,
  'output-limit': 4,
}

/** The kind a code stands for, or null for a code nobody assigned. */
export const verdictKindOf = (code: number): VerdictKind | null => {
  const found = Object.entries(VERDICT_CODES).find(([, value]) => value === code)
  return found ? (found[0] as VerdictKind) : null
}
