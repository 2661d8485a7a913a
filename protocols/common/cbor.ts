import { decode, encode, rfc8949EncodeOptions } from 'cborg'

/** What a frame may hold: no floats, tags or undefined. Maps only where keys are fixed by a schema. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }

/** Canonical CBOR (RFC 8949 core deterministic encoding). */
export const encodeCbor = (value: CborValue): Uint8Array => encode(value, rfc8949EncodeOptions)

/** Strict CBOR decoding; throws on anything non-minimal, indefinite, duplicated or tagged. */
export const decodeCbor = (bytes: Uint8Array): CborValue =>
  decode(bytes, {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowInfinity: false,
    allowNaN: false,
    rejectDuplicateMapKeys: true,
  }) as CborValue
