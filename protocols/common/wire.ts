import type { CborValue } from './cbor.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { fromHex, toHex } from './hex.ts'
import type { Signed } from './signed.ts'
import type { SolidityType, TypedMessage, TypedName } from './typed-messages.ts'
import { typedMessages } from './typed-messages.ts'
import type { Hex } from './units.ts'

const MAX_TEXT = 256

const isUint = (bits: number) => (value: CborValue) => {
  if (typeof value === 'bigint') return value >= 0n && value < 1n << BigInt(bits)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits
}
const isBytes = (length: number) => (value: CborValue) =>
  value instanceof Uint8Array && value.length === length

type FieldCodec = {
  isValid: (value: CborValue) => boolean
  toWire: (value: unknown) => CborValue
  fromWire: (value: CborValue) => unknown
}

const bytesCodec = (length: number): FieldCodec => ({
  isValid: isBytes(length),
  toWire: (value) => fromHex(value as Hex),
  fromWire: (value) => toHex(value as Uint8Array),
})
const asIs = (value: unknown) => value as CborValue
const numberCodec = (bits: number): FieldCodec => ({
  isValid: isUint(bits),
  toWire: asIs,
  fromWire: Number,
})
const bigintCodec = (bits: number): FieldCodec => ({
  isValid: isUint(bits),
  toWire: asIs,
  fromWire: (value) => BigInt(value as bigint | number),
})

// An amount can exceed CBOR's 64-bit integers: 12 bytes, big-endian.
const amountCodec: FieldCodec = {
  isValid: isBytes(12),
  toWire: (value) => fromHex(`0x${(value as bigint).toString(16).padStart(24, '0')}`),
  fromWire: (value) => BigInt(toHex(value as Uint8Array)),
}

const codecs: Record<SolidityType, FieldCodec> = {
  bytes32: bytesCodec(32),
  address: bytesCodec(20),
  bool: { isValid: (value) => typeof value === 'boolean', toWire: asIs, fromWire: asIs },
  string: {
    isValid: (value) => typeof value === 'string' && value.length <= MAX_TEXT,
    toWire: asIs,
    fromWire: asIs,
  },
  int32: {
    isValid: (value) =>
      typeof value === 'number' && Number.isInteger(value) && (value | 0) === value,
    toWire: asIs,
    fromWire: asIs,
  },
  uint8: numberCodec(8),
  uint16: numberCodec(16),
  uint32: numberCodec(32),
  uint40: numberCodec(40),
  uint64: bigintCodec(64),
  uint96: amountCodec,
}

/** A typed message as a CBOR array of its fields in table order. */
export const toWire = <Name extends TypedName>(
  name: Name,
  message: TypedMessage<Name>,
): CborValue[] => {
  const values = message as Record<string, unknown>
  return typedMessages[name].map(([field, type]) => codecs[type].toWire(values[field]))
}

/** The typed message of a decoded CBOR array; null unless every field has exactly its type and range. */
export const fromWire = <Name extends TypedName>(
  name: Name,
  wire: CborValue | undefined,
): TypedMessage<Name> | null => {
  const fields = typedMessages[name]
  if (!Array.isArray(wire) || wire.length !== fields.length) return null
  const message: Record<string, unknown> = {}
  for (const [index, [field, type]] of fields.entries()) {
    const value = wire[index] as CborValue
    if (!codecs[type].isValid(value)) return null
    message[field] = codecs[type].fromWire(value)
  }
  return message as TypedMessage<Name>
}

/** A signed message as the CBOR value `[[fields...], signature]`. */
export const signedToWire = <Name extends TypedName>(
  name: Name,
  { message, signature }: Signed<Name>,
): CborValue => [toWire(name, message), fromHex(signature)]

/** The signed message of a decoded CBOR value; null when malformed. The signature is not verified here. */
export const signedFromWire = <Name extends TypedName>(
  name: Name,
  wire: CborValue | undefined,
): Signed<Name> | null => {
  if (!Array.isArray(wire) || wire.length !== 2 || !isBytes(65)(wire[1] as CborValue)) return null
  const message = fromWire(name, wire[0] as CborValue)
  return message && { message, signature: toHex(wire[1] as Uint8Array) }
}

/** Bytes of a signed message, as gossiped: strict CBOR of `[[fields...], signature]`. */
export const encodeSigned = <Name extends TypedName>(name: Name, signed: Signed<Name>) =>
  encodeCbor(signedToWire(name, signed))

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** Strictly decodes gossiped bytes; null when malformed, also when `encodeSigned` would write the same message otherwise. */
export const decodeSigned = <Name extends TypedName>(
  name: Name,
  bytes: Uint8Array,
): Signed<Name> | null => {
  try {
    const signed = signedFromWire(name, decodeCbor(bytes))
    // One message, one encoding (no floats for integers, no broken UTF-8), or anyone could gossip it anew under another message id.
    return signed && isSame(encodeSigned(name, signed), bytes) ? signed : null
  } catch {
    return null
  }
}
