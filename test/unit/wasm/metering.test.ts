import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { verdictHere } from '../../fixtures/wasm/run.ts'
import { compileCommand, wasmFixture } from '../../fixtures/wasm/wat.ts'
import { fuelByHand, type Program, programText, someProgram } from './naive-fuel.ts'

const EXIT = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
// One page the module starts with.
const PAGE = 16_384n
const fuelOf = (body: string, extra = '') =>
  verdictHere(compileCommand(body, extra)).fuelUsed - PAGE
const exitCodeOf = (body: string, extra = '') =>
  verdictHere(compileCommand(`(call $exit ${body})`, `${EXIT} ${extra}`)).exitCode

describe('fuel', () => {
  it('is the sum of the instructions, each at its price', () => {
    assert.equal(fuelOf('(drop (i32.const 1))'), 2n)
    assert.equal(fuelOf('(drop (i32.add (i32.const 1) (i32.const 2)))'), 4n)
    assert.equal(fuelOf('(drop (i32.div_u (i32.const 1) (i32.const 2)))'), 11n)
    assert.equal(fuelOf('(drop (i32.load (i32.const 0)))'), 5n)
    assert.equal(fuelOf('(call $f)', '(func $f)'), 6n)
  })

  it('is charged for each turn of a loop', () => {
    const turns = (n: number) =>
      fuelOf(`(local $n i32) (loop $l
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (i32.const ${n}))))`)
    assert.equal(turns(11) - turns(10), turns(101) - turns(100))
    assert.equal(turns(1001) - turns(1), (turns(2) - turns(1)) * 1000n)
  })

  it('is charged for the side of a choice that was taken', () => {
    const choice = (which: number) =>
      fuelOf(`(if (i32.const ${which}) (then (drop (i32.const 1)))
        (else (drop (i32.div_u (i32.const 1) (i32.const 1)))))`)
    assert.equal(choice(0) - choice(1), 9n)
  })

  it('is charged by size for bulk operations and growth', () => {
    const fill = (n: number) => fuelOf(`(memory.fill (i32.const 0) (i32.const 1) (i32.const ${n}))`)
    assert.equal(fill(1000) - fill(0), 500n)
    const grow = (n: number) => fuelOf(`(drop (memory.grow (i32.const ${n})))`)
    assert.equal(grow(3) - grow(0), 3n * PAGE)
    const table = (n: number) =>
      fuelOf(`(table.fill (i32.const 0) (ref.null func) (i32.const ${n}))`, '(table 100 funcref)')
    assert.equal(table(100) - table(0), 400n)
  })

  it('equals what a naive count of instructions gives, for any program', () => {
    fc.assert(
      fc.property(someProgram, (program: Program) => {
        const verdict = verdictHere(compileCommand(programText(program), EXIT))
        const { fuel, exitCode } = fuelByHand(program)
        assert.equal(verdict.kind, 'exit')
        assert.equal(verdict.exitCode, exitCode)
        assert.equal(verdict.fuelUsed, fuel + PAGE)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a metered module', () => {
  it('computes what the original computes', () => {
    assert.equal(
      exitCodeOf(
        '(call $fib (i32.const 15))',
        `(func $fib (param i32) (result i32)
          (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`,
      ),
      610,
    )
  })

  it('keeps several results, block parameters and returns out of nested blocks', () => {
    assert.equal(
      exitCodeOf(
        '(i32.add (call $two))',
        `(func $two (result i32 i32)
          (i32.const 1)
          (block (param i32) (result i32 i32)
            (i32.const 2) (br_if 0 (i32.const 0)) (br_if 1 (i32.const 1))))
         (func $unused (call $two) drop drop)`,
      ),
      3,
    )
  })

  it('keeps tail calls from growing the stack', () => {
    assert.equal(
      exitCodeOf(
        '(call $down (i32.const 100000))',
        `(func $down (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
          (return_call $down (i32.sub (local.get 0) (i32.const 1))))`,
      ),
      5,
    )
  })

  it('keeps indirect tail calls, table and bulk operations', () => {
    assert.equal(
      exitCodeOf(
        '(call $go)',
        `(table $t 4 funcref) (elem $e func $six $seven)
         (type $f (func (result i32)))
         (func $six (result i32) (i32.const 6))
         (func $seven (result i32) (i32.const 7))
         (func $go (result i32)
           (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
           (elem.drop $e)
           (table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 2))
           (drop (table.grow $t (ref.null func) (i32.const 1)))
           (table.set $t (i32.const 0) (ref.func $seven))
           (drop (ref.is_null (table.get $t (i32.const 4))))
           (drop (table.size $t))
           (return_call_indirect $t (type $f) (i32.const 3)))`,
      ),
      7,
    )
  })

  it('keeps data segments and their operations', () => {
    assert.equal(
      exitCodeOf(
        '(call $sum)',
        `(data $d "\\01\\02\\03\\04")
         (func $sum (result i32)
           (memory.init $d (i32.const 8) (i32.const 0) (i32.const 4))
           (data.drop $d)
           (memory.copy (i32.const 16) (i32.const 8) (i32.const 4))
           (i32.add (i32.load8_u (i32.const 18)) (i32.load8_s (i32.const 19))))`,
      ),
      7,
    )
  })

  it('keeps vectors, lanes and saturating conversions', () => {
    assert.equal(
      exitCodeOf(
        '(call $v)',
        `(func $v (result i32) (local $a v128)
          (local.set $a (v128.load8_splat (i32.const 0)))
          (local.set $a (i8x16.replace_lane 3 (local.get $a) (i32.const 9)))
          (local.set $a (i8x16.shuffle 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 (local.get $a) (local.get $a)))
          (v128.store8_lane 2 (i32.const 40) (local.get $a))
          (i32.add (i32.load8_u (i32.const 40))
            (i32.sub (i32.trunc_sat_f64_s (f64.const 1e300)) (i32.const 2147483647))))`,
      ),
      9,
    )
  })

  it('branches by table', () => {
    const pick = (n: number) =>
      exitCodeOf(
        `(call $pick (i32.const ${n}))`,
        `(func $pick (param i32) (result i32)
          (block $c (block $b (block $a (br_table $a $b $c (local.get 0)))
            (return (i32.const 10))) (return (i32.const 20))) (i32.const 30))`,
      )
    assert.deepEqual([pick(0), pick(1), pick(2), pick(99)], [10, 20, 30, 30])
  })

  it('is the same bytes each time', () => {
    const once = prepareModule(wasmFixture('nan'), { memoryPages: 64 }).metered
    assert.deepEqual(prepareModule(wasmFixture('nan'), { memoryPages: 64 }).metered, once)
  })
})

describe('a NaN', () => {
  it('has the canonical bits after arithmetic, and its own where bits are only moved', () => {
    const { stdout } = verdictHere(wasmFixture('nan'))
    const hex = Buffer.from(stdout).toString('hex')
    const f32 = '0000c07f'
    const f64 = '000000000000f87f'
    assert.equal(hex.slice(0, 16), f32 + f32)
    assert.equal(hex.slice(16, 64), f64 + f64 + f64)
    assert.equal(hex.slice(64, 96), f32.repeat(4))
    assert.equal(hex.slice(96, 128), f64.repeat(2))
    assert.equal(hex.slice(128, 136), '0000803f')
    assert.equal(hex.slice(136, 144), f32)
    assert.equal(hex.slice(144, 152), '3412a07f')
  })
})
