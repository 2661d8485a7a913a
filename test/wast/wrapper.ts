import { type Form, headOf } from './expressions.ts'

// A NaN's bits, and vectors, do not survive JavaScript: calls and comparisons are made in a module of their own.

const TYPES: Readonly<Record<string, string>> = {
  'i32.const': 'i32',
  'i64.const': 'i64',
  'f32.const': 'f32',
  'f64.const': 'f64',
  'v128.const': 'v128',
}

/** The type of a constant that a wrapper can write, or null. */
export const typeOfConstant = (form: Form): string | null => TYPES[headOf(form)] ?? null

const words = (form: Form): string[] => form.items.filter((item) => typeof item === 'string')
const written = (form: Form): string => `(${words(form).join(' ')})`

const BITS = {
  f32: { as: 'i32', quiet: '0x7fc00000', all: '0x7fffffff' },
  f64: { as: 'i64', quiet: '0x7ff8000000000000', all: '0x7fffffffffffffff' },
} as const

// Whether a float equals what is wanted: `nan:canonical` leaves the sign open, `nan:arithmetic` all but the quiet bit.
const floatIs = (type: 'f32' | 'f64', value: string, wanted: string): string => {
  const { as, quiet, all } = BITS[type]
  const bits = `(${as}.reinterpret_${type} ${value})`
  if (wanted === 'nan:canonical' || wanted === 'nan:arithmetic') {
    const mask = wanted === 'nan:canonical' ? all : quiet
    return `(${as}.eq (${as}.and ${bits} (${as}.const ${mask})) (${as}.const ${quiet}))`
  }
  return `(${as}.eq ${bits} (${as}.reinterpret_${type} (${type}.const ${wanted})))`
}

const lanesAre = (value: string, form: Form): string => {
  const [, shape = '', ...lanes] = words(form)
  if (!shape.startsWith('f')) {
    return `(i8x16.all_true (i8x16.eq ${value} ${written(form)}))`
  }
  const type = shape.startsWith('f32') ? 'f32' : 'f64'
  return lanes
    .map((wanted, lane) => floatIs(type, `(${shape}.extract_lane ${lane} ${value})`, wanted))
    .reduce((all, one) => `(i32.and ${all} ${one})`)
}

const resultIs = (value: string, form: Form): string => {
  const type = typeOfConstant(form)
  const wanted = words(form)[1] ?? ''
  if (type === 'v128') return lanesAre(value, form)
  if (type === 'f32' || type === 'f64') return floatIs(type, value, wanted)
  return `(${type}.eq ${value} ${written(form)})`
}

/** A call of an export with constants, and the results it must have; null where only its end matters. */
export type WrappedCall = { field: string; arguments: readonly Form[]; results: readonly Form[] }

const typesOf = (forms: readonly Form[]): string => forms.map(typeOfConstant).join(' ')
const quoted = (name: string): string =>
  `"${[...Buffer.from(name)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`

/** Text of a module whose export `t` makes the call and answers whether it gave the results. */
export const wrapperText = ({ field, arguments: given, results }: WrappedCall): string => {
  const checks = results.map((form, index) => resultIs(`(local.get ${index})`, form))
  const takes = results.map((_, index) => `(local.set ${results.length - 1 - index})`)
  return `(module
    (import "m" ${quoted(field)} (func $f (param ${typesOf(given)}) (result ${typesOf(results)})))
    (func (export "t") (result i32) (local ${typesOf(results)})
      ${given.map(written).join(' ')} (call $f) ${takes.join(' ')}
      ${checks.reduce((all, one) => `(i32.and ${all} ${one})`, '(i32.const 1)')}))`
}
