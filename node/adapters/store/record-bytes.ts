import { type DecodeOptions, decode, type EncodeOptions, encode, Token, Type } from 'cborg'
import { Fault } from '../../../protocols/common/index.ts'
import type { RecordKind } from '../../ports/index.ts'
import type { StoreFault } from './faults.ts'

const POSITIVE_BIGNUM = 2
const NEGATIVE_BIGNUM = 3

const bigEndian = (value: bigint): Uint8Array => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
const fromBigEndian = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

const refuse = (_value: unknown, kind: string): never => {
  throw new TypeError(`A record cannot hold a value of type ${kind}`)
}

// Everything that would come back as something else, in the names that cborg gives to types.
const REFUSED = [
  ...['undefined', 'Map', 'ArrayBuffer', 'DataView', 'BigUint64Array', 'BigInt64Array'],
  ...['Uint8ClampedArray', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array'],
  ...['Float32Array', 'Float64Array', 'Tagged'],
]

// Every bigint carries a bignum tag, small ones too: without it 5n would come back as 5.
const encodeOptions: EncodeOptions = {
  ignoreUndefinedProperties: true,
  typeEncoders: {
    ...Object.fromEntries(REFUSED.map((kind) => [kind, refuse])),
    bigint: (value: bigint) =>
      value >= 0n
        ? [new Token(Type.tag, POSITIVE_BIGNUM), new Token(Type.bytes, bigEndian(value))]
        : [new Token(Type.tag, NEGATIVE_BIGNUM), new Token(Type.bytes, bigEndian(-1n - value))],
  },
}
const decodeOptions: DecodeOptions = {
  tags: {
    [POSITIVE_BIGNUM]: (content) => fromBigEndian(content() as Uint8Array),
    [NEGATIVE_BIGNUM]: (content) => -1n - fromBigEndian(content() as Uint8Array),
  },
}

/** Bytes of one record: CBOR of `[version, value]`. Properties that are undefined are left out. */
export const encodeRecord = (version: number, value: unknown): Uint8Array =>
  encode([version, value], encodeOptions)

const corrupt = (name: string, cause: unknown) =>
  new Fault<StoreFault>('RECORD_CORRUPT', `A record of ${name} in the database cannot be read`, {
    cause,
    collection: name,
  })

const parse = (bytes: Uint8Array, name: string): [version: number, value: unknown] => {
  try {
    const [version, value] = decode(bytes, decodeOptions) as [number, unknown]
    return [version, value]
  } catch (cause) {
    throw corrupt(name, cause)
  }
}

/** The current value of a stored record, upgraded from an older version where its kind knows how. */
export const decodeRecord = <T>(
  { name, version, upgrade }: RecordKind<T>,
  bytes: Uint8Array,
): T => {
  const [written, value] = parse(bytes, name)
  if (written === version) return value as T
  const details = { collection: name, written, known: version }
  if (written > version) {
    throw new Fault<StoreFault>(
      'RECORD_TOO_NEW',
      `A record of ${name} was written by a newer node (version ${written}, this one knows ${version})`,
      details,
    )
  }
  if (upgrade === undefined) {
    throw new Fault<StoreFault>(
      'RECORD_TOO_OLD',
      `A record of ${name} has version ${written} and this node has no upgrade for it`,
      details,
    )
  }
  return upgrade(value, written)
}
