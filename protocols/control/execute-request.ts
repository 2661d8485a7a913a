import { z } from 'zod'
import { CidText, Decimal, TokenText } from './text.ts'

const MAX_MODULE_BYTES = 64 * 1024 * 1024
const Base64 = z.base64().max(Math.ceil(MAX_MODULE_BYTES / 3) * 4)

const ByCid = z.strictObject({ cid: CidText })
const ByBytes = z.strictObject({ bytesBase64: Base64 })
const ByText = z.strictObject({ text: z.string().max(1024 * 1024) })

/** Bytes of a module or an input: kept content by its CID, or the bytes themselves. */
export const BytesSource = z.union([ByCid, ByBytes, ByText])
export type BytesSource = z.infer<typeof BytesSource>

const Path = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^/\0][^\0]*$/, 'a relative path')
const Argument = z.string().max(4096)
const Tag = z.string().max(40)

/** Most that a task may use; what is left out is the node's default. */
export const ExecuteLimits = z.strictObject({
  fuel: Decimal.optional(),
  memoryPages: z.int().min(1).max(65_536).optional(),
  outputBytes: z.int().min(0).optional(),
  wallMs: z.int().min(1).max(86_400_000).optional(),
})

/** Body of POST tasks/execute-with-payment. `args` begins with the program's name; `budget` is the most to pay, in tokens ("0.50"). */
export const ExecuteRequest = z.strictObject({
  module: z.union([ByCid, ByBytes]),
  args: z.array(Argument).max(64).default([]),
  env: z.record(z.string().min(1).max(255), Argument).default({}),
  stdin: BytesSource.optional(),
  files: z.record(Path, BytesSource).default({}),
  outputs: z.array(Path).max(64).default([]),
  limits: ExecuteLimits.default({}),
  budget: TokenText,
  bidWindowMs: z.int().min(100).max(3_600_000).optional(),
  pricing: z.enum(['first-price', 'second-price']).default('first-price'),
  bidding: z.enum(['open', 'sealed', 'direct']).default('open'),
  deliverWithinSeconds: z.int().min(1).max(604_800).optional(),
  sliceCount: z.int().min(1).max(1000).optional(),
  acceptance: z.enum(['auto', 'manual']).default('auto'),
  tags: z
    .strictObject({ taskType: Tag.optional(), industry: Tag.optional(), region: Tag.optional() })
    .default({}),
})
/** The parsed body, defaults applied. */
export type ExecuteRequest = z.infer<typeof ExecuteRequest>
/** The body as a client may write it. */
export type ExecuteRequestInput = z.input<typeof ExecuteRequest>
