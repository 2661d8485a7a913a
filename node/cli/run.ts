import { basename } from 'node:path'
import { Fault, formatAmount } from '../../protocols/common/index.ts'
import type {
  EconomicStatusView,
  ExecuteRequestInput,
  ResultView,
  TaskView,
} from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { estimateFirst } from './estimate.ts'
import { EXIT, exitCodeOfFault, exitCodeOfOutcome } from './exit-codes.ts'
import { followTask } from './follow-task.ts'
import { createLiveOutput, type LiveOutput } from './live-output.ts'
import { type GlobalOptions, type NodeTarget, reachNode } from './node-client.ts'
import { advanceProgress, newProgress, progressLine } from './run-progress.ts'
import { shortHex, styled } from './terminal.ts'

export type RunOptions = GlobalOptions & {
  input?: string
  budget: string
  env?: readonly string[]
  file?: readonly string[]
  output?: readonly string[]
  fuel?: string
  memoryPages?: string
  wallMs?: string
  bidWindowMs?: string
  estimate?: boolean
  live?: boolean
  pricing?: 'first-price' | 'second-price'
  bidding?: 'open' | 'sealed' | 'direct'
}

type Token = { symbol: string; decimals: number }

const readFile = async ({ files }: CliDeps, path: string): Promise<Uint8Array> => {
  const bytes = await files.read(path)
  if (bytes === null) throw new Fault('FILE_MISSING', `No file ${path}`, { path })
  return bytes
}

const pairOf = (text: string, option: string): [string, string] => {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new Fault('REQUEST_INVALID', `${option} takes name=value, not ${text}`)
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text)

/** Keeps the task's bytes in the node, so that the order itself stays small, and states the order. */
const orderOf = async (
  deps: CliDeps,
  { client }: NodeTarget,
  { module, args, options }: { module: string; args: readonly string[]; options: RunOptions },
): Promise<ExecuteRequestInput> => {
  const keep = async (bytes: Uint8Array) => ({
    cid: (await client.putContent({ body: bytes })).cid,
  })
  const { input, budget, env = [], file = [], output = [] } = options
  const stdin =
    input === '-' ? await deps.terminal.readInput() : input && (await readFile(deps, input))
  const files: [string, { cid: string }][] = []
  for (const text of file) {
    const [name, path] = pairOf(text, '--file')
    files.push([name, await keep(await readFile(deps, path))])
  }
  return {
    module: await keep(await readFile(deps, module)),
    args: [basename(module), ...args],
    env: Object.fromEntries(env.map((text) => pairOf(text, '--env'))),
    ...(stdin && { stdin: await keep(stdin) }),
    files: Object.fromEntries(files),
    outputs: output.map((text) => pairOf(text, '--output')[0]),
    limits: {
      fuel: options.fuel,
      memoryPages: wholeNumber(options.memoryPages),
      wallMs: wholeNumber(options.wallMs),
    },
    budget,
    bidWindowMs: wholeNumber(options.bidWindowMs),
    pricing: options.pricing,
    bidding: options.bidding,
  }
}

/** A line on standard error that is written over and over, where there is somebody to see it. */
const createLiveLine = ({ terminal: { stderr } }: CliDeps, isQuiet: boolean) => {
  const isShown = stderr.isTty && !isQuiet
  let last = ''
  return {
    show: (text: string) => {
      if (!isShown || text === last) return
      last = text
      stderr.write(`\r\u001b[K${styled(stderr, 'dim', text)}`)
    },
    clear: () => {
      if (isShown && last !== '') stderr.write('\r\u001b[K')
      last = ''
    },
  }
}

type LiveLine = ReturnType<typeof createLiveLine>

const follow = async (
  deps: CliDeps,
  {
    task,
    target,
    token,
    live,
    output,
  }: {
    task: TaskView
    target: NodeTarget
    token: Token
    live: LiveLine
    output: LiveOutput | null
  },
): Promise<TaskView> => {
  let progress = newProgress(task)
  const show = () => live.show(progressLine(progress, token, deps.terminal.stderr.columns))
  try {
    return await followTask(
      deps,
      { id: task.id, target, signal: deps.interrupted },
      {
        onTask: (changed) => {
          progress = { ...progress, task: changed }
          show()
        },
        onEvent: (event) => {
          const isOurs = event.type === 'task.output' && event.role === 'requester'
          if (isOurs && event.taskId === task.id) output?.show(event)
          progress = advanceProgress(progress, event)
          show()
        },
      },
    )
  } finally {
    live.clear()
  }
}

const summaryOf = (status: EconomicStatusView, { symbol, decimals }: Token): string => {
  const money = (units: string) => formatAmount(BigInt(units), decimals)
  const { cost, budget, resources, parties, receipt } = status
  const parts = [`${money(cost ?? '0')} of at most ${money(budget.maxPrice)} ${symbol}`]
  if (resources) parts.push(`${resources.fuel} fuel`)
  if (resources?.wallMs != null) parts.push(`${(resources.wallMs / 1000).toFixed(2)} s`)
  if (parties.provider) parts.push(`by ${shortHex(parties.provider)}`)
  if (receipt) parts.push(`receipt ${shortHex(receipt.receiptHash)}`)
  return parts.join(' · ')
}

const showResult = async (
  deps: CliDeps,
  {
    result,
    options,
    output,
  }: { result: ResultView; options: RunOptions; output: LiveOutput | null },
): Promise<void> => {
  const bytesOf = (base64: string) => Buffer.from(base64, 'base64')
  const whole = output ?? createLiveOutput(deps.terminal, () => undefined)
  whole.finish('stderr', bytesOf(result.stderr))
  whole.finish('stdout', bytesOf(result.stdout))
  for (const text of options.output ?? []) {
    const [name, path] = pairOf(text, '--output')
    const content = result.files[name]
    if (content !== undefined) await deps.files.write(path, bytesOf(content))
  }
}

const finish = async (
  deps: CliDeps,
  {
    task,
    target,
    token,
    options,
    output,
  }: {
    task: TaskView
    target: NodeTarget
    token: Token
    options: RunOptions
    output: LiveOutput | null
  },
): Promise<number> => {
  const { client } = target
  const { stdout, stderr } = deps.terminal
  const status = await client.economicStatus({ id: task.id })
  const hasResult = task.phase === 'accepted' || task.phase === 'settled'
  const result = hasResult ? await client.result({ id: task.id }) : null
  if (options.json) stdout.write(`${JSON.stringify({ task, status, result })}\n`)
  else if (result) await showResult(deps, { result, options, output })
  if (result === null) {
    const kept = BigInt(status.amountPaid) - BigInt(status.refunded)
    const money = `${formatAmount(kept > 0n ? kept : 0n, token.decimals)} ${token.symbol} paid`
    const why = `${task.code ?? task.phase}: ${task.message ?? 'the task ended without a result'}`
    stderr.write(`${styled(stderr, 'red', `souk: ${why}`)} (${money})\n`)
    return exitCodeOfFault(task.code ?? task.phase.toUpperCase())
  }
  if (!options.json) stderr.write(`${styled(stderr, 'dim', `souk: ${summaryOf(status, token)}`)}\n`)
  if (result.outcome !== 'exit') {
    stderr.write(`${styled(stderr, 'red', `souk: the program ended by ${result.outcome}`)}\n`)
  }
  return exitCodeOfOutcome(result.outcome, result.exitCode)
}

/** souk run: buys one run of a WebAssembly program and behaves like it. */
export const run = async (
  deps: CliDeps,
  { module, args, options }: { module: string; args: readonly string[]; options: RunOptions },
): Promise<number> => {
  const target = await reachNode(deps, options)
  const order = await orderOf(deps, target, { module, args, options })
  const { token } = await target.client.self()
  const body = await estimateFirst(deps, target, { order, token, options })
  if (body === null) return EXIT.ok
  const bought = await target.client.executeWithPayment({ body }, { idempotencyKey: deps.newKey() })
  const isQuiet = options.json ?? false
  const live = createLiveLine(deps, isQuiet)
  // Unproven until the receipt is checked: for people, and for programs that ask for it.
  const showsLive = !isQuiet && (options.live ?? deps.terminal.stdout.isTty)
  const output = showsLive ? createLiveOutput(deps.terminal, live.clear) : null
  try {
    const task = await follow(deps, { task: bought, target, token, live, output })
    return await finish(deps, { task, target, token, options, output })
  } catch (error) {
    if (!deps.interrupted.aborted) throw error
    deps.terminal.stderr.write('souk: cancelling\n')
    // Too late to cancel is no failure: the task then ends by itself.
    const options = { idempotencyKey: deps.newKey() }
    await target.client.cancel({ id: bought.id }, options).catch(() => undefined)
    return EXIT.interrupted
  }
}
