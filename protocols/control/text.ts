import { z } from 'zod'
import type { Address, Hash } from '../common/index.ts'

/** A whole number of atomic units, or of fuel, as a decimal string. */
export const Decimal = z.string().regex(/^\d{1,39}$/, 'a whole number in decimal digits')

/** Tokens as people write them, such as "0.50". */
export const TokenText = z.string().regex(/^\d{1,20}(\.\d{1,18})?$/, 'an amount such as "0.50"')

const hexOf = <T extends Hash | Address>(bytes: number): z.ZodType<T, T> =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`), `${bytes} bytes as lower-case hex`) as never

export const HashText = hexOf<Hash>(32)
export const AddressText = hexOf<Address>(20)

/** A CIDv1 in base32. */
export const CidText = z.string().regex(/^b[a-z2-7]{20,120}$/, 'a CIDv1 in base32')

/** Names a task in paths: letters, digits, dashes. */
export const TaskId = z.string().regex(/^[0-9A-Za-z-]{1,80}$/, 'a task id')

/** Milliseconds since the Unix epoch. */
export const UnixMs = z.int().nonnegative()

/** Seconds since the Unix epoch; 0 where there is none. */
export const UnixSecondsNumber = z.int().nonnegative()
