/** The answer to a message from the network: use it, drop it without blame, or blame the sender. */
export type Verdict<Code extends string = string> =
  | { action: 'accept' }
  | { action: 'ignore' | 'reject'; code: Code }

export const accept = { action: 'accept' } as const
export const ignore = <Code extends string>(code: Code): Verdict<Code> => ({
  action: 'ignore',
  code,
})
export const reject = <Code extends string>(code: Code): Verdict<Code> => ({
  action: 'reject',
  code,
})
