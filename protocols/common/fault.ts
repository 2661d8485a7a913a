/**
 * The one error the node throws on purpose. `code` comes from a closed list in the `faults.ts` of the folder that throws it, and is
 * the same in logs, metrics, HTTP problem documents, stream error frames and the CLI's output.
 */
export class Fault<Code extends string = string> extends Error {
  readonly code: Code
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: Code,
    message: string,
    { cause, ...details }: { cause?: unknown; [detail: string]: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.code = code
    this.details = details
  }
}

/** The code of any thrown value; `INTERNAL` where nobody gave one. */
export const faultCode = (error: unknown): string =>
  error instanceof Fault ? error.code : 'INTERNAL'
