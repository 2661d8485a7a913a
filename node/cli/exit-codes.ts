import { faultCode } from '../../protocols/common/index.ts'
import type { Outcome } from '../../protocols/control/index.ts'

/** Exit codes by class of fault, as sysexits.h has them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  badInput: 65,
  noInput: 66,
  unavailable: 69,
  internal: 70,
  tryAgain: 75,
  notAllowed: 77,
  config: 78,
  interrupted: 130,
} as const

const classes: readonly (readonly [RegExp, number])[] = [
  [/^(INTERNAL|ANSWER_INVALID|RECORD_\w+)$/, EXIT.internal],
  [/^(CONFIG|SETTING|KEYSTORE|STORE|DATABASE|DATA_FOLDER|TOKEN_FILE|WELL_KNOWN)_/, EXIT.config],
  [
    /^(PORT_TAKEN|ADDRESS_\w+|CHAIN_MISMATCH|CHAIN_NOT_LOCAL|DEPLOYMENT_MISSING|DATASTORE_\w+)$/,
    EXIT.config,
  ],
  [/^(WRONG_PASSPHRASE|PASSPHRASE_\w+|TOKEN_\w+|SCOPE_\w+|SPENDING_LIMIT_\w+)$/, EXIT.notAllowed],
  [/^(NOT_FOUND|ROUTE_UNKNOWN|FILE_MISSING|CHANNEL_UNKNOWN|CONTENT_UNAVAILABLE)$/, EXIT.noInput],
  [
    /^(REQUEST_INVALID|(MODULE|MANIFEST|BODY|CONTENT|LIMITS|BUDGET|IDEMPOTENCY)_\w+)$/,
    EXIT.badInput,
  ],
  [/(_UNREACHABLE|_STOPPING|TOO_MANY_STREAMS)$/, EXIT.unavailable],
  [/^(RATE_LIMITED|NO_\w+|\w+_TIMEOUT|PROVIDER_RESTARTED)$/, EXIT.tryAgain],
  [/^CANCELLED$/, EXIT.interrupted],
]

/** Exit code for a fault's code. */
export const exitCodeOfFault = (code: string): number =>
  classes.find(([pattern]) => pattern.test(code))?.[1] ?? EXIT.failed

/** The code of any thrown value. Settings throw faults in all but class: they import no code. */
export const codeOf = (error: unknown): string => {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  return name === 'Fault' && typeof code === 'string' ? code : faultCode(error)
}

// What a shell shows for a process ended by the matching signal: ABRT, XCPU, SEGV, XFSZ.
const verdictCodes = {
  trap: 134,
  'out-of-fuel': 152,
  'stack-overflow': 139,
  'output-limit': 153,
} as const

/** Exit code of `souk run` for what the guest did: its own, or one that names how it was ended. */
export const exitCodeOfOutcome = (outcome: Outcome, exitCode: number): number =>
  outcome === 'exit' ? exitCode & 0xff : verdictCodes[outcome]
