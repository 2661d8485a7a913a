import { formatAmount } from '../../protocols/common/index.ts'
import type { EstimateView, ExecuteRequestInput } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import type { NodeTarget } from './node-client.ts'
import { styled } from './terminal.ts'

type Token = { symbol: string; decimals: number }

const MFUEL = 1e6

/** Fuel in millions, short enough to read. */
export const fuelText = (units: string): string => {
  const mfuel = Number(units) / MFUEL
  const digits = mfuel >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }
  return `${mfuel.toLocaleString('en-US', digits)} Mfuel`
}

const sourceOf = ({ from, samples }: EstimateView): string => {
  if (from === 'dry-run') return ', as a run here took'
  if (from === 'limit') return ' or less: no run of it is known'
  return samples === 1 ? ', as one run of it took' : `, as ${samples} runs of it took`
}

const priceOf = ({ cost }: EstimateView, { symbol, decimals }: Token): string => {
  if (cost === null) return 'at a price not known yet'
  const [low, likely, high] = [cost.low, cost.likely, cost.high].map((units) =>
    formatAmount(BigInt(units), decimals),
  )
  return low === high
    ? `about ${likely} ${symbol}`
    : `about ${likely} ${symbol} (${low} to ${high})`
}

/** An estimate in words, a line each. */
export const estimateLines = (estimate: EstimateView, token: Token): readonly string[] => {
  const { budget, fuel, isLikelyWithinBudget, outcome } = estimate
  const most = `${formatAmount(BigInt(budget), token.decimals)} ${token.symbol}`
  const what = `${priceOf(estimate, token)} for ${fuelText(fuel.likely)}${sourceOf(estimate)}`
  return [
    `${what}; you pay ${most} at most`,
    ...(isLikelyWithinBudget === false ? [`it is likely to cost more than ${most}`] : []),
    ...(outcome !== null && outcome !== 'exit' ? [`here the program ended by ${outcome}`] : []),
  ]
}

const withFuelLimit = (
  order: ExecuteRequestInput,
  { fuelLimit }: EstimateView,
): ExecuteRequestInput => ({ ...order, limits: { ...order.limits, fuel: fuelLimit } })

/**
 * Says what an order will cost before money is committed, and gives the order with room for so much fuel where it set no limit itself; null
 * where nothing more than the estimate was asked for. A program that asks for JSON gets an answer to what it asked, and nothing on the side.
 */
export const estimateFirst = async (
  { terminal: { stdout, stderr }, newKey }: Pick<CliDeps, 'terminal' | 'newKey'>,
  { client }: NodeTarget,
  asked: {
    order: ExecuteRequestInput
    token: Token
    options: { estimate?: boolean; json?: boolean }
  },
): Promise<ExecuteRequestInput | null> => {
  const { order, token, options } = asked
  const isWanted = options.estimate ?? false
  if (options.json && !isWanted) return order
  const estimate = await client.estimate({ body: order }, { idempotencyKey: newKey() })
  if (options.json) stdout.write(`${JSON.stringify(estimate)}\n`)
  else {
    const lines = estimateLines(estimate, token).map((line) => `souk: ${line}\n`)
    for (const line of lines) stderr.write(styled(stderr, 'dim', line))
  }
  return isWanted ? null : withFuelLimit(order, estimate)
}
