import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { meterModule } from '../../../node/adapters/wasm/module/index.ts'
import { compileWat } from '../../fixtures/wasm/wat.ts'

// Bits of a NaN that no arithmetic makes, and of the one that the meter makes of all others.
const STRANGE = '0x7ff4000000001234'
const CANONICAL = 0x7ff8000000000000n
const NAN = '(f64.div (global.get $zero) (global.get $zero))'

// What `body`, a function from nothing to i64, answers once metered.
const bitsOf = (body: string, extra = ''): bigint => {
  const module = compileWat(`(module
    (memory 1) (data (i32.const 0) "\\34\\12\\00\\00\\00\\00\\f4\\7f")
    (global $zero (mut f64) (f64.const 0)) ${extra}
    (func (export "f") (result i64) ${body}))`)
  const { metered, inspection } = meterModule(module, { memoryPages: 1 })
  assert.ok(metered, JSON.stringify(inspection.faults))
  const instance = new WebAssembly.Instance(
    new WebAssembly.Module(metered as Uint8Array<ArrayBuffer>),
  )
  const { exports } = instance
  ;(exports['souk:fuel'] as WebAssembly.Global<'i64'>).value = 1n << 40n
  ;(exports['souk:stack'] as WebAssembly.Global<'i32'>).value = 1_000
  return BigInt.asUintN(64, (exports.f as () => bigint)())
}
const bits = (value: string): string => `(i64.reinterpret_f64 ${value})`

describe('a NaN that arithmetic made', () => {
  const seen: Readonly<Record<string, [body: string, extra?: string]>> = {
    'in its bits': [bits(NAN)],
    'after more arithmetic': [bits(`(f64.add (f64.const 1) (f64.mul (f64.const 2) ${NAN}))`)],
    'with its sign changed': [bits(`(f64.neg ${NAN})`)],
    'through a local': [`(local $x f64) (local.set $x ${NAN}) ${bits('(local.get $x)')}`],
    'through a local, changed in a loop': [
      `(local $x f64) (local $n i32) (loop $l (local.set $x (f64.add (local.get $x) ${NAN}))
        (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))
       ${bits('(local.get $x)')}`,
    ],
    'through a local that also holds a number': [
      `(local $x f64) (local.set $x (f64.const 2)) (local.set $x ${NAN}) ${bits('(local.get $x)')}`,
    ],
    'through a local that also holds what was loaded': [
      `(local $x f64) (local.set $x (f64.load (i32.const 0))) (local.set $x ${NAN}) ${bits('(local.get $x)')}`,
    ],
    'through a local that stays on the stack': [`(local $x f64) ${bits(`(local.tee $x ${NAN})`)}`],
    'copied from local to local': [
      `(local $x f64) (local $y f64) (local.set $x ${NAN}) (local.set $y (local.get $x)) ${bits('(local.get $y)')}`,
    ],
    'out of a block': [bits(`(block (result f64) ${NAN})`)],
    'carried by a branch': [bits(`(block (result f64) (br 0 ${NAN}))`)],
    'from a half of an if': [
      bits(`(if (result f64) (i32.const 1) (then ${NAN}) (else (f64.const 1)))`),
    ],
    'chosen by select': [bits(`(select ${NAN} (f64.const 1) (i32.const 1))`)],
    'given to a function': [
      `(call $bits ${NAN})`,
      `(func $bits (param f64) (result i64) ${bits('(local.get 0)')})`,
    ],
    'returned by a function': [bits('(call $nan)'), `(func $nan (result f64) (return ${NAN}))`],
    'in a global': [`(global.set $zero ${NAN}) ${bits('(global.get $zero)')}`],
    'in memory': [`(f64.store (i32.const 8) ${NAN}) (i64.load (i32.const 8))`],
    'in one lane of a vector': [
      `(i64x2.extract_lane 1 (f64x2.sqrt (f64x2.neg (f64x2.splat (f64.const 1)))))`,
    ],
  }
  for (const [how, [body, extra]] of Object.entries(seen)) {
    it(`is the canonical one where it is seen ${how}`, () => {
      assert.equal(bitsOf(body, extra), CANONICAL)
    })
  }

  it('gives its sign to nobody that the compiler could choose', () => {
    assert.equal(bitsOf(bits(`(f64.copysign (f64.const 1) ${NAN})`)), 0x3ff0000000000000n)
    assert.equal(bitsOf(bits(`(f64.neg (f64.neg ${NAN}))`)), CANONICAL)
  })
})

describe('a NaN that was only moved', () => {
  const moved: Readonly<Record<string, [body: string, extra?: string]>> = {
    'a local': ['(local $x f64) (local.set $x (f64.load (i32.const 0)))', '(local.get $x)'],
    'a local that also holds results': [
      `(local $x f64) (local.set $x ${NAN}) (local.set $x (f64.load (i32.const 0)))`,
      '(local.get $x)',
    ],
    'two locals': [
      '(local $x f64) (local $y f64) (local.set $x (f64.load (i32.const 0))) (local.set $y (local.get $x))',
      '(local.get $y)',
    ],
    'a block': ['', '(block (result f64) (f64.load (i32.const 0)))'],
    'a choice': ['', '(select (f64.load (i32.const 0)) (f64.const 1) (i32.const 1))'],
    'a constant': ['', `(f64.const nan:0x4000000001234)`],
    'a local with a constant': [
      `(local $x f64) (local.set $x ${NAN}) (local.set $x (f64.const nan:0x4000000001234))`,
      '(local.get $x)',
    ],
  }
  for (const [what, [before, value]] of Object.entries(moved)) {
    it(`keeps its bits through ${what}`, () => {
      assert.equal(bitsOf(`${before} ${bits(value ?? '')}`), BigInt(STRANGE))
    })
  }

  it('keeps its bits as a parameter beside arithmetic', () => {
    const found = bitsOf(
      '(call $same (f64.load (i32.const 0)))',
      `(func $same (param f64) (result i64)
        (if (i32.const 0) (then (local.set 0 (f64.add (local.get 0) (f64.const 1)))))
        ${bits('(local.get 0)')})`,
    )
    assert.equal(found, BigInt(STRANGE))
  })

  it('keeps its bits, but for the sign, where that is changed', () => {
    const found = bitsOf(bits('(f64.neg (f64.load (i32.const 0)))'))
    assert.equal(found, BigInt(STRANGE) | (1n << 63n))
  })
})
