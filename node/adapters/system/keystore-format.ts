import { z } from 'zod'
import { Fault } from '../../../protocols/common/index.ts'
import type { SystemFault } from './faults.ts'

// A keystore may come from anyone: bounds keep a crafted one from taking hours or all memory.
const MAX_SCRYPT_BYTES = 512 * 2 ** 20
const hexBytes = (min: number, max = min) =>
  z
    .string()
    .regex(new RegExp(`^(0x)?([0-9a-fA-F]{2}){${min},${max}}$`))
    .transform((text) => Uint8Array.from(Buffer.from(text.replace(/^0x/, ''), 'hex')))

const ScryptParams = z
  .object({
    n: z
      .int()
      .min(2)
      .max(2 ** 22),
    r: z.int().min(1).max(64),
    p: z.int().min(1).max(16),
    dklen: z.literal(32),
    salt: hexBytes(1, 64),
  })
  .refine(({ n }) => (n & (n - 1)) === 0, 'n must be a power of two')
  .refine(({ n, r }) => 128 * n * r <= MAX_SCRYPT_BYTES, 'needs more than 512 MiB')

const Pbkdf2Params = z.object({
  c: z.int().min(1).max(10_000_000),
  dklen: z.literal(32),
  prf: z.literal('hmac-sha256'),
  salt: hexBytes(1, 64),
})

const sealed = {
  cipher: z.literal('aes-128-ctr'),
  cipherparams: z.object({ iv: hexBytes(16) }),
  ciphertext: hexBytes(32),
  mac: hexBytes(32),
}

const Keystore = z.object({
  version: z.literal(3),
  address: hexBytes(20).optional(),
  crypto: z.discriminatedUnion('kdf', [
    z.object({ ...sealed, kdf: z.literal('scrypt'), kdfparams: ScryptParams }),
    z.object({ ...sealed, kdf: z.literal('pbkdf2'), kdfparams: Pbkdf2Params }),
  ]),
})
export type Keystore = z.infer<typeof Keystore>

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Reads Web3 Secret Storage version 3, within bounds. Throws Fault KEYSTORE_INVALID. */
export const parseKeystore = (text: string): Keystore => {
  const json = parseJson(text)
  // Early geth wrote `Crypto`.
  const { Crypto, ...rest } = Object(json) as Record<string, unknown>
  const parsed = Keystore.safeParse(Crypto === undefined ? rest : { crypto: Crypto, ...rest })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.length ? `at ${issue.path.join('.')}: ` : ''
  throw new Fault<SystemFault>(
    'KEYSTORE_INVALID',
    `Not a keystore of version 3 that can be read (${where}${issue?.message})`,
  )
}
