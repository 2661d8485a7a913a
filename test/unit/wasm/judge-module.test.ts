import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { MODULE_BOUNDS, prepareModule } from '../../../node/adapters/wasm/module/index.ts'
import { code, HEADER, leb, raw, section, withBody } from '../../fixtures/wasm/raw.ts'
import { compileCommand, compileWat, wasmFixture } from '../../fixtures/wasm/wat.ts'

const judge = (module: Uint8Array, memoryPages = 64) => prepareModule(module, { memoryPages })

const repeat = (times: number, text: string): string => text.repeat(times)

const refused: Readonly<Record<string, [code: string, module: () => Uint8Array]>> = {
  'bytes that are no module': ['NOT_WASM', () => Uint8Array.of(1, 2, 3)],
  'a module of the component format': [
    'NOT_WASM',
    () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0),
  ],
  'more bytes than a module may have': [
    'MODULE_TOO_LARGE',
    () => {
      const bytes = new Uint8Array(MODULE_BOUNDS.moduleBytes + 1)
      bytes.set(HEADER)
      return bytes
    },
  ],
  'a section that overruns the module': ['TRUNCATED', () => raw(1, 100, 0)],
  'a number of six bytes': ['BAD_ENCODING', () => raw(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0)],
  'sections out of order': ['BAD_SECTION', () => raw(...section(3, [0]), ...section(1, [0]))],
  'the same section twice': ['BAD_SECTION', () => raw(...section(1, [0]), ...section(1, [0]))],
  'an unknown section': ['BAD_SECTION', () => raw(...section(14, [0]))],
  'bytes behind a section content': ['BAD_SECTION', () => raw(...section(1, [0, 0]))],
  'a tag section': ['EXCEPTIONS', () => raw(...section(13, [0]))],
  'an export name that is not UTF-8': [
    'BAD_ENCODING',
    () => raw(...section(5, [1, 0, 1]), ...section(7, [1, 1, 0xff, 2, 0])),
  ],
  'too many types': ['TOO_MANY', () => raw(...section(1, leb(MODULE_BOUNDS.types + 1)))],
  'too many parameters': [
    'TOO_MANY',
    () => compileCommand('', `(func (param ${repeat(MODULE_BOUNDS.parameters + 1, 'i32 ')}))`),
  ],
  'a struct type': ['GC_TYPES', () => raw(...section(1, [1, 0x5f, 0]))],
  'a typed reference': ['GC_TYPES', () => raw(...section(1, [1, 0x60, 1, 0x64, 0]))],
  'no memory': ['MEMORY_MISSING', () => compileWat('(module (func (export "_start")))')],
  'a memory that is not exported': [
    'MEMORY_MISSING',
    () => compileWat('(module (memory 1) (func (export "_start")))'),
  ],
  'two memories': ['MULTI_MEMORY', () => raw(...section(5, [2, 0, 1, 0, 1]))],
  'more memory than agreed': [
    'MEMORY_TOO_LARGE',
    () => compileCommand('', '(memory (export "memory") 65)'),
  ],
  'shared memory': ['THREADS', () => compileCommand('', '(memory (export "memory") 1 2 shared)')],
  'a 64-bit memory': ['MEMORY64', () => raw(...section(5, [1, 4, 1]))],
  'a table that is too large': [
    'TABLE_TOO_LARGE',
    () => compileCommand('', '(table 2000000 funcref)'),
  ],
  'an imported memory': ['IMPORT_KIND', () => compileWat('(module (memory (import "a" "b") 1))')],
  'an imported table': [
    'IMPORT_KIND',
    () => compileWat('(module (table (import "a" "b") 1 funcref))'),
  ],
  'an imported global': ['IMPORT_KIND', () => compileWat('(module (global (import "a" "b") i32))')],
  'a function of another module': [
    'IMPORT_UNKNOWN',
    () => compileCommand('', '(import "env" "system" (func))'),
  ],
  'a WASI function that does not exist': [
    'IMPORT_UNKNOWN',
    () => compileCommand('', '(import "wasi_snapshot_preview1" "fd_write.x" (func))'),
  ],
  'a WASI function of another type': [
    'IMPORT_TYPE',
    () => compileCommand('', '(import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))'),
  ],
  'no _start': ['START_MISSING', () => compileWat('(module (memory (export "memory") 1))')],
  'a _start that takes something': [
    'START_MISSING',
    () => compileWat('(module (memory (export "memory") 1) (func (export "_start") (param i32)))'),
  ],
  'a start section': ['START_SECTION', () => compileCommand('', '(func $f) (start $f)')],
  'an export named like the fuel': [
    'EXPORT_RESERVED',
    () => compileCommand('', '(global (export "souk:fuel") i32 (i32.const 0))'),
  ],
  'atomic instructions': ['THREADS', () => code(0xfe, 0x03, 0x00)],
  'relaxed SIMD': ['RELAXED_SIMD', () => code(0xfd, 0x80, 0x02)],
  'exception handling': ['EXCEPTIONS', () => code(0x06, 0x40, 0x0b)],
  'an instruction on structs': ['GC_TYPES', () => code(0xfb, 0x00)],
  'a call of a typed reference': ['GC_TYPES', () => code(0x14, 0x00)],
  'an opcode nobody knows': ['UNKNOWN_OPCODE', () => code(0x27)],
  'an unknown bulk opcode': ['UNKNOWN_OPCODE', () => code(0xfc, 18)],
  'another memory in a load': ['MULTI_MEMORY', () => code(0x41, 0, 0x28, 0x42, 0, 0)],
  'another memory in memory.size': ['MULTI_MEMORY', () => code(0x3f, 1)],
  'a local that does not exist': ['BAD_INDEX', () => code(0x20, 0)],
  'the fuel counter as a global': ['BAD_INDEX', () => code(0x42, 0, 0x24, 0)],
  'the hook table in a call': ['BAD_INDEX', () => code(0x41, 0, 0x11, 0, 0)],
  'a helper as a function': ['BAD_INDEX', () => code(0x10, 1)],
  'a helper as a reference': ['BAD_INDEX', () => code(0xd2, 1, 0x1a)],
  'a type behind the last': ['BAD_INDEX', () => code(0x41, 0, 0x11, 1, 0)],
  'a block type behind the last': ['BAD_INDEX', () => code(0x02, 1, 0x0b)],
  'a branch out of the function': ['BAD_INDEX', () => code(0x0c, 1)],
  'an export of a helper': [
    'BAD_INDEX',
    () =>
      raw(
        ...section(1, [1, 0x60, 0, 0]),
        ...section(3, [1, 0]),
        ...section(5, [1, 0, 1]),
        ...section(7, [1, 1, 0x61, 0, 1]),
      ),
  ],
  'else without if': ['BAD_ENCODING', () => code(0x05)],
  'code behind the end': ['BAD_ENCODING', () => withBody([0, 0x0b, 0x0b])],
  'a body without end': ['TRUNCATED', () => withBody([0, 0x01])],
  'too many locals': ['TOO_MANY_LOCALS', () => withBody([1, ...leb(10_001), 0x7f, 0x0b])],
  'locals times segments beyond reason': [
    'TOO_COSTLY_TO_COMPILE',
    () => withBody([1, ...leb(9_000), 0x7f, ...Array(2_000).fill([0x03, 0x40, 0x0b]).flat(), 0x0b]),
  ],
  'blocks nested too deep': [
    'NESTED_TOO_DEEP',
    () => withBody([0, ...Array(5_001).fill([0x02, 0x40]).flat(), ...Array(5_002).fill(0x0b)]),
  ],
  'a branch table that is too large': [
    'BRANCH_TABLE_TOO_LARGE',
    () => code(0x41, 0, 0x0e, ...leb(16_385), ...Array(16_386).fill(0)),
  ],
  'a body that is too large': [
    'BODY_TOO_LARGE',
    () => withBody([0].concat(Array(MODULE_BOUNDS.bodyBytes).fill(0x01), 0x0b)),
  ],
  'a computed constant': [
    'BAD_CONSTANT',
    () => raw(...section(5, [1, 0, 1]), ...section(6, [1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b])),
  ],
  'a constant that reads a global': [
    'BAD_CONSTANT',
    () => raw(...section(5, [1, 0, 1]), ...section(6, [1, 0x7f, 0, 0x23, 0, 0x0b])),
  ],
  'a function without a body': [
    'BAD_SECTION',
    () =>
      raw(
        ...section(1, [1, 0x60, 0, 0]),
        ...section(3, [1, 0]),
        ...section(5, [1, 0, 1]),
        ...section(10, [0]),
      ),
  ],
  'a function whose types do not fit': ['INVALID', () => code(0x41, 0)],
}

describe('a module that must not run', () => {
  for (const [what, [fault, module]] of Object.entries(refused)) {
    it(`is refused with ${fault} for ${what}`, () => {
      const { inspection, metered } = judge(module())
      assert.ok(metered === null)
      assert.equal(inspection.accepted, false)
      const codes = inspection.faults.map((found) => found.code)
      assert.ok(codes.includes(fault), JSON.stringify(inspection.faults))
    })
  }

  it('is told every import that is not allowed, not only the first', () => {
    const { inspection } = judge(
      compileCommand('', '(import "env" "a" (func)) (import "env" "b" (func))'),
    )
    assert.deepEqual(
      inspection.faults.map(({ where }) => where),
      ['env.a', 'env.b'],
    )
  })

  it('is refused whatever single byte of it is changed, or still compiles', () => {
    const whole = wasmFixture('copy-file')
    for (let at = 0; at < whole.length; at++) {
      const changed = whole.slice()
      changed[at] = (changed[at] as number) ^ 0x15
      const { metered } = judge(changed)
      if (metered) new WebAssembly.Module(metered as Uint8Array<ArrayBuffer>)
    }
  })
})

describe('a module that may run', () => {
  it('is described by what it asks for', () => {
    const { inspection } = judge(wasmFixture('exit-code'))
    assert.equal(inspection.accepted, true)
    assert.deepEqual(inspection.imports, [
      'wasi_snapshot_preview1.fd_write',
      'wasi_snapshot_preview1.proc_exit',
    ])
    assert.deepEqual(inspection.exports, ['memory', '_start'])
    assert.equal(inspection.functions, 1)
    assert.deepEqual(inspection.memoryPages, { min: 1, max: null })
    assert.ok(inspection.codeBytes > 10)
  })

  it('gets its maxima lowered to what was agreed', async () => {
    const { metered } = judge(
      compileCommand('', '(memory (export "memory") 1 1000) (table (export "t") 1 funcref)'),
      7,
    )
    const { instance } = await WebAssembly.instantiate(metered as Uint8Array<ArrayBuffer>)
    const memory = instance.exports.memory as WebAssembly.Memory
    assert.throws(() => memory.grow(7), RangeError)
    assert.equal(memory.grow(6), 1)
  })

  it('keeps no custom section', () => {
    const module = Uint8Array.from([...wasmFixture('hello'), ...section(0, [1, 0x61, 9, 9, 9])])
    const { metered } = judge(module)
    assert.deepEqual(metered, judge(wasmFixture('hello')).metered)
  })
})
