import { fromString as parseText } from 'uint8arrays'
import { type Amount, Fault, parseAmount } from '../../protocols/common/index.ts'
import type {
  BytesSource,
  ExecuteRequest,
  OrderSource,
  TaskOrder,
} from '../../protocols/control/index.ts'

const sourceOf = (source: BytesSource): OrderSource => {
  if ('cid' in source) return { cid: source.cid }
  if ('text' in source) return { bytes: parseText(source.text, 'utf8') }
  return { bytes: new Uint8Array(Buffer.from(source.bytesBase64, 'base64')) }
}

const PRICING_NAMES = { 'first-price': 'FIRST', 'second-price': 'SECOND' } as const
const BIDDING_NAMES = { open: 'OPEN', sealed: 'SEALED', direct: 'DIRECT' } as const

const limitsOf = (limits: ExecuteRequest['limits']): TaskOrder['limits'] => ({
  fuel: limits.fuel === undefined ? null : BigInt(limits.fuel),
  memoryPages: limits.memoryPages ?? null,
  outputBytes: limits.outputBytes ?? null,
  wallMs: limits.wallMs ?? null,
})

const budgetOf = (text: string, decimals: number): Amount => {
  const amount = parseAmount(text, decimals)
  if (amount !== null) return amount
  throw new Fault('REQUEST_INVALID', `budget: the token has ${decimals} decimals at most`)
}

/** The order that a request's body stands for. */
export const orderOf = (
  request: ExecuteRequest,
  { requestId, decimals }: { requestId: string; decimals: number },
): TaskOrder => ({
  requestId,
  module: sourceOf(request.module),
  args: request.args,
  env: request.env,
  stdin: request.stdin ? sourceOf(request.stdin) : null,
  files: Object.fromEntries(
    Object.entries(request.files).map(([path, source]) => [path, sourceOf(source)]),
  ),
  outputs: request.outputs,
  limits: limitsOf(request.limits),
  budget: budgetOf(request.budget, decimals),
  bidWindowMs: request.bidWindowMs ?? null,
  pricing: PRICING_NAMES[request.pricing],
  bidding: BIDDING_NAMES[request.bidding],
  deliverWithinSeconds: request.deliverWithinSeconds ?? null,
  sliceCount: request.sliceCount ?? null,
  acceptance: request.acceptance,
  tags: {
    taskType: request.tags.taskType ?? '',
    industry: request.tags.industry ?? '',
    region: request.tags.region ?? '',
  },
})
