import { refuse } from './faults.ts'
import type { ByteReader } from './reader.ts'

export const VALUE = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const

const names = new Map<number, string>(Object.entries(VALUE).map(([name, code]) => [code, name]))
// Codes of the typed references and of the aggregate types.
const GC_FROM = 0x60
const GC_TO = 0x74

/** A value type as its byte; typed references are refused. */
export const readValueType = (reader: ByteReader): number => {
  const code = reader.u8()
  if (names.has(code)) return code
  if (code >= GC_FROM && code <= GC_TO) refuse('GC_TYPES', `type 0x${code.toString(16)}`)
  return refuse('BAD_ENCODING', `value type 0x${code.toString(16)}`)
}

/** funcref or externref. */
export const readReferenceType = (reader: ByteReader): number => {
  const code = readValueType(reader)
  if (code !== VALUE.funcref && code !== VALUE.externref) {
    refuse('BAD_ENCODING', `reference type 0x${code.toString(16)}`)
  }
  return code
}

export type FunctionType = { parameters: Uint8Array; results: Uint8Array }

/** (i32, i64) -> (i32) */
export const formatFunctionType = ({ parameters, results }: FunctionType): string => {
  const list = (types: Uint8Array) => [...types].map((code) => names.get(code) ?? '?').join(', ')
  return `(${list(parameters)}) -> (${list(results)})`
}
