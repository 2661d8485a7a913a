import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { MODULE_BOUNDS, prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { code, leb, moduleOf, raw, section, withBody } from '../../fixtures/wasm/raw.ts'
import { verdictHere } from '../../fixtures/wasm/run.ts'
import { compileCommand } from '../../fixtures/wasm/wat.ts'

const EXIT = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
const PAGES = 64

// The fault that ended the reading of a module.
const faultOf = (module: Uint8Array) => {
  const { inspection, metered } = prepareModule(module, { memoryPages: PAGES })
  assert.ok(metered === null)
  assert.equal(inspection.accepted, false)
  const fault = inspection.faults.at(-1)
  assert.ok(fault)
  return fault
}

const times = (count: number, ...bytes: number[]): number[] => Array(count).fill(bytes).flat()

// A command with more functions beside `_start`, all of the first type, with this as each one's body.
const withFunctions = (count: number, body: number[]): Uint8Array => {
  const one = [...leb(body.length), ...body]
  return moduleOf(
    section(1, [1, 0x60, 0, 0]),
    section(3, leb(count).concat(times(count, 0))),
    section(5, [1, 0, 1]),
    section(7, [2, 6, ...Buffer.from('_start'), 0, 0, 6, ...Buffer.from('memory'), 2, 0]),
    section(10, leb(count).concat(times(count, ...one))),
  )
}

describe('a module made to exhaust its judge or its compiler', () => {
  it('is refused for a table beyond the bound, and told the bound', () => {
    const fault = faultOf(compileCommand('', '(table 4294967295 funcref)'))
    assert.equal(fault.code, 'TABLE_TOO_LARGE')
    assert.equal(fault.value, 4_294_967_295)
    assert.equal(fault.limit, MODULE_BOUNDS.tableEntries)
    assert.equal(fault.where, 'table section')
  })

  it('is refused for one giant function, and told which and where', () => {
    const fault = faultOf(withBody([0, ...times(MODULE_BOUNDS.bodyBytes, 0x01), 0x0b]))
    assert.deepEqual([fault.code, fault.functionIndex], ['BODY_TOO_LARGE', 0])
    assert.equal(fault.limit, MODULE_BOUNDS.bodyBytes)
    assert.ok((fault.offset ?? 0) > 8)
  })

  it('is refused when few bytes declare very many locals in very many functions', () => {
    // 450 KB that stand for 500 million locals.
    const fault = faultOf(withFunctions(50_000, [1, ...leb(10_000), 0x7f, 0x0b]))
    assert.equal(fault.code, 'TOO_COSTLY_TO_COMPILE')
    assert.equal(fault.limit, MODULE_BOUNDS.compileWorkTotal)
  })

  it('is refused when one count stands for more than could follow', () => {
    for (const id of [1, 3, 4, 6, 7, 9, 11]) {
      const fault = faultOf(raw(...section(id, leb(0xffff_ffff))))
      assert.equal(fault.code, 'TOO_MANY')
      assert.equal(fault.value, 0xffff_ffff)
    }
  })

  it('is refused for 10,000 nested blocks', () => {
    const fault = faultOf(withBody([0, ...times(10_000, 0x02, 0x40), ...times(10_001, 0x0b)]))
    assert.deepEqual([fault.code, fault.limit], ['NESTED_TOO_DEEP', MODULE_BOUNDS.nesting])
  })

  it('is refused for many locals times many branches', () => {
    const body = [1, ...leb(10_000), 0x7f, ...times(2_000, 0x02, 0x40, 0x0c, 0x00, 0x0b), 0x0b]
    assert.equal(faultOf(withBody(body)).code, 'TOO_COSTLY_TO_COMPILE')
  })

  it('is refused for a high stack of operands times many branches', () => {
    const high = times(20_000, 0x41, 0x00)
    const blocks = times(2_000, 0x02, 0x40, 0x0c, 0x00, 0x0b)
    const drops = times(20_000, 0x1a)
    assert.equal(
      faultOf(withBody([0, ...high, ...blocks, ...drops, 0x0b])).code,
      'TOO_COSTLY_TO_COMPILE',
    )
  })

  it('is refused for calls that move a thousand values each', () => {
    const types = 'i32 '.repeat(1_000)
    const values = '(i32.const 0) '.repeat(1_000)
    const module = compileCommand(
      `${values} ${'(call $swap) '.repeat(10_000)} ${'drop '.repeat(1_000)}`,
      `(func $swap (param ${types}) (result ${types}) ${values})`,
    )
    assert.equal(faultOf(module).code, 'TOO_COSTLY_TO_COMPILE')
  })

  it('is refused for a giant branch table, and for many large ones with many locals', () => {
    const giant = code(0x41, 0, 0x0e, ...leb(100_000), ...times(100_001, 0))
    assert.deepEqual(
      [faultOf(giant).code, faultOf(giant).value],
      ['BRANCH_TABLE_TOO_LARGE', 100_000],
    )
    const table = [0x02, 0x40, 0x41, 0, 0x0e, ...leb(16_000), ...times(16_001, 0), 0x0b]
    const many = withBody([1, ...leb(1_000), 0x7f, ...times(10, ...table), 0x0b])
    assert.equal(faultOf(many).code, 'TOO_COSTLY_TO_COMPILE')
  })

  it('is judged in time that grows with its size, for charges raised again and again', () => {
    const body = (count: number) =>
      withBody([0, ...times(count, 0x41, 0, 0x04, 0x40, 0x01, 0x05, 0x01, 0x0b), 0x0b])
    const { metered } = prepareModule(body(60_000), { memoryPages: PAGES })
    assert.ok(metered && metered.length < 2_000_000)
  })
})

describe('a guest made to escape its limits', () => {
  it('traps where a data segment lies beyond its memory', () => {
    const { kind } = verdictHere(
      compileCommand('', '(memory (export "memory") 1) (data (i32.const 65536) "x")'),
    )
    assert.equal(kind, 'trap')
  })

  it('traps where an element segment lies beyond its table', () => {
    const { kind } = verdictHere(
      compileCommand('', '(func $f) (table 1 funcref) (elem (i32.const 1) $f)'),
    )
    assert.equal(kind, 'trap')
  })

  it('cannot make its fuel overflow by the size of what it asks for', () => {
    const huge = [
      '(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))',
      '(memory.copy (i32.const 0) (i32.const 0) (i32.const -1))',
      '(table.fill (i32.const 0) (ref.null func) (i32.const -1))',
      '(drop (table.grow (ref.null func) (i32.const -1)))',
    ]
    for (const operation of huge) {
      const extra = '(table 1 funcref)'
      const { kind, fuelUsed } = verdictHere(compileCommand(operation, extra))
      assert.equal(kind, 'out-of-fuel')
      assert.equal(fuelUsed, 1_000_000_000n)
    }
    const { kind } = verdictHere(compileCommand('(drop (memory.grow (i32.const -1)))'))
    assert.equal(kind, 'exit')
  })

  it('runs out of fuel in whatever way it goes on for ever', () => {
    const endless: Record<string, [body: string, extra?: string]> = {
      'a loop': ['(loop $l (br $l))'],
      'a loop in a loop': ['(loop $a (loop $b (br_if $b (i32.const 1))) (br $a))'],
      'a loop by table': ['(loop $l (br_table $l $l (i32.const 7)))'],
      'tail calls': ['(call $f)', '(func $f (return_call $f))'],
      'tail calls by table': [
        '(call $f)',
        '(type $t (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f (return_call_indirect (type $t) (i32.const 0)))',
      ],
    }
    for (const [what, [body, extra]] of Object.entries(endless)) {
      const verdict = verdictHere(compileCommand(body, extra), { limits: { fuel: 10_000_000n } })
      assert.equal(verdict.kind, 'out-of-fuel', what)
    }
  })

  it('overflows its stack at one depth, direct, indirect, with large frames or from a deep loop', () => {
    const deep: Record<string, string> = {
      direct: '(func $f (call $f))',
      indirect:
        '(type $t (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f (call_indirect (type $t) (i32.const 0)))',
      'with large frames': `(func $f (local ${'i64 '.repeat(5_000)}) (call $f))`,
      'from a loop': '(func $f (loop $l (call $f) (br $l)))',
      'through a tail call': '(func $f (call $g)) (func $g (return_call $f))',
    }
    for (const [what, functions] of Object.entries(deep)) {
      const verdict = verdictHere(compileCommand('(call $f)', functions))
      assert.equal(verdict.kind, 'stack-overflow', what)
    }
  })

  it('gets its stack back when it returns', () => {
    const verdict = verdictHere(
      compileCommand(
        `(local $n i32) (loop $l (call $f (i32.const 20)) (local.set $n (i32.add (local.get $n) (i32.const 1)))
         (br_if $l (i32.lt_u (local.get $n) (i32.const 50000)))) (call $exit (i32.const 3))`,
        `${EXIT} (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))`,
      ),
      { limits: { stackUnits: 400 } },
    )
    assert.deepEqual([verdict.kind, verdict.exitCode], ['exit', 3])
  })

  it('pays at most one credit too much where it traps', () => {
    const turns = (n: number) =>
      verdictHere(
        compileCommand(`(local $n i32) (loop $l (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $n) (i32.const ${n})))) unreachable`),
      )
    for (const n of [1, 100, 10_000, 100_000]) {
      const { kind, fuelUsed } = turns(n)
      const used = 16_384n + 9n * BigInt(n)
      assert.equal(kind, 'trap')
      assert.ok(fuelUsed >= used && fuelUsed <= used + 16_384n, `${n}: ${fuelUsed} for ${used}`)
    }
  })
})
