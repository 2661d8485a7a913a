import type { VerificationView } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { type GlobalOptions, reachNode } from './node-client.ts'
import { shortHex, styled, tableOf } from './terminal.ts'

const exitCodes = {
  same: EXIT.ok,
  different: EXIT.failed,
  undecided: EXIT.tryAgain,
} as const

type Decided = VerificationView & { verdict: keyof typeof exitCodes }

const headline = ({ verdict, receiptHash, provider, code, detail }: Decided): string => {
  const receipt = `receipt ${shortHex(receiptHash)} of ${shortHex(provider)}`
  switch (verdict) {
    case 'same':
      return `${receipt} is right: this machine got the same`
    case 'different':
      return `${receipt} is wrong: this machine got something else`
    case 'undecided':
      return `${receipt} could not be checked here: ${code} ${detail}`
  }
}

const FIELDS = ['outcome', 'exitCode', 'fuelUsed', 'resultHash'] as const

const comparison = ({ claimed, found, differences }: Decided): string[] => {
  if (!found) return []
  const rows = FIELDS.map((field) => [
    field,
    String(claimed[field]),
    String(found[field]),
    differences.includes(field) ? 'differs' : 'same',
  ])
  return tableOf(['', 'receipt', 'this machine', ''], rows)
}

const isDecided = (view: VerificationView): view is Decided => view.verdict !== 'running'

/** souk verify: runs the task of a receipt again on the node's machine. 0: the same; 1: different; 75: could not be told. */
export const verify = async (
  deps: CliDeps,
  { receipt, options }: { receipt: string; options: GlobalOptions },
): Promise<number> => {
  const { client } = await reachNode(deps, options)
  const { stdout } = deps.terminal
  for (;;) {
    deps.interrupted.throwIfAborted()
    const call = { idempotencyKey: deps.newKey(), signal: deps.interrupted }
    const view = await client.verifyReceipt({ id: receipt }, call)
    if (!isDecided(view)) continue
    const colour = view.verdict === 'same' ? 'green' : 'red'
    const lines = options.json
      ? [JSON.stringify(view)]
      : [styled(stdout, colour, headline(view)), ...comparison(view)]
    stdout.write(`${lines.join('\n')}\n`)
    return exitCodes[view.verdict]
  }
}
