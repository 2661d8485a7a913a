import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { ADDED_EXPORTS, HOOK } from '../../../node/adapters/wasm/module/index.ts'
import { FuelTank } from '../../../node/adapters/wasm/runner/fuel-tank.ts'
import { runHere, textOf, verdictHere } from '../../fixtures/wasm/run.ts'
import { compileCommand, wasmFixture } from '../../fixtures/wasm/wat.ts'

const PAGE = 16_384n

describe('a guest that ends by itself', () => {
  it('exits with 0 when _start returns', () => {
    const verdict = verdictHere(wasmFixture('hello'))
    assert.deepEqual([verdict.kind, verdict.exitCode], ['exit', 0])
    assert.equal(textOf(verdict.stdout), 'hello\n')
  })

  it('exits with the code it gives, as a signed number', () => {
    const exit = (code: number) =>
      verdictHere(
        compileCommand(
          `(call $exit (i32.const ${code}))`,
          '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
        ),
      ).exitCode
    assert.deepEqual([exit(256), exit(-1), exit(0)], [256, -1, 0])
  })

  it('traps, and has no exit code then', () => {
    const verdict = verdictHere(compileCommand('unreachable'))
    assert.deepEqual([verdict.kind, verdict.exitCode], ['trap', -1])
  })

  it('traps when its data does not fit its memory', () => {
    const verdict = verdictHere(
      compileCommand('', '(memory (export "memory") 1) (data (i32.const 65536) "x")'),
    )
    assert.deepEqual([verdict.kind, verdict.fuelUsed], ['trap', 0n])
  })

  it('hands back no files unless it exits', () => {
    const input = { files: new Map([['kept.txt', new Uint8Array(3)]]), outputs: ['kept.txt'] }
    assert.equal(verdictHere(wasmFixture('hello'), { input }).files.size, 1)
    assert.equal(verdictHere(wasmFixture('trap'), { input }).files.size, 0)
  })
})

describe('a guest that uses too much', () => {
  it('is out of fuel at the limit, which is what it pays', () => {
    const verdict = verdictHere(wasmFixture('spin'), { limits: { fuel: 100_000n } })
    assert.deepEqual([verdict.kind, verdict.fuelUsed], ['out-of-fuel', 100_000n])
  })

  it('is out of fuel even if it ends before the next test', () => {
    const module = compileCommand('(drop (i32.div_u (i32.const 1) (i32.const 1)))')
    assert.equal(verdictHere(module, { limits: { fuel: PAGE + 11n } }).kind, 'exit')
    assert.equal(verdictHere(module, { limits: { fuel: PAGE + 10n } }).kind, 'out-of-fuel')
  })

  it('is out of fuel in a host call before the call does anything', () => {
    const verdict = verdictHere(wasmFixture('hello'), { limits: { fuel: PAGE + 400n } })
    assert.deepEqual([verdict.kind, verdict.stdout.length], ['out-of-fuel', 0])
  })

  it('overflows its stack at the same depth in every compiler', () => {
    const verdict = verdictHere(wasmFixture('recurse'), { limits: { stackUnits: 1_100 } })
    assert.equal(verdict.kind, 'stack-overflow')
    // 11 units a call (frame, one parameter, two operands), 9 for _start; the call that does not fit has paid too.
    assert.equal(verdict.fuelUsed, PAGE + 8n + 100n * 9n)
  })

  it('is held to one memory size, and may ask for more in vain', () => {
    const grow = (pages: number) =>
      verdictHere(
        compileCommand(
          `(call $exit (memory.grow (i32.const ${pages})))`,
          `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
           (memory (export "memory") 1 50)`,
        ),
        { limits: { memoryPages: 20 } },
      )
    assert.equal(grow(19).exitCode, 1)
    assert.equal(grow(20).exitCode, -1)
    assert.equal(grow(-1).exitCode, -1)
    assert.equal(grow(-1).fuelUsed, grow(0).fuelUsed)
  })

  it('ends at the byte of output beyond the limit', () => {
    const stdin = new Uint8Array(5_000).fill(65)
    const echo = (stdoutBytes: number) =>
      verdictHere(wasmFixture('echo'), { input: { stdin }, limits: { stdoutBytes } })
    assert.equal(echo(5_000).kind, 'exit')
    assert.equal(echo(4_999).kind, 'output-limit')
    assert.equal(echo(4_999).stdout.length, 4_999)
  })

  it('ends when its files grow beyond the limit', () => {
    const input = { files: new Map([['in.txt', new Uint8Array(100)]]), outputs: ['out/copy.txt'] }
    const copy = (fileBytes: number) =>
      verdictHere(wasmFixture('copy-file'), { input, limits: { fileBytes } })
    assert.equal(copy(100).kind, 'exit')
    assert.equal(copy(99).kind, 'output-limit')
  })
})

describe('a guest paid for in slices', () => {
  it('is asked about once for each slice that has ended', () => {
    const asked: { slice: number; fuelUsed: bigint }[] = []
    const onSlice = (usage: { slice: number; fuelUsed: bigint }) => {
      asked.push(usage)
      return 'continue' as const
    }
    verdictHere(wasmFixture('count'), { sliceFuel: 3_000_000n, hooks: { onSlice } })
    assert.deepEqual(
      asked.map(({ slice }) => slice),
      [1, 2, 3],
    )
    assert.ok(asked.every(({ slice, fuelUsed }) => fuelUsed > BigInt(slice) * 3_000_000n))
  })

  it('is asked about each slice that one charge has used up', () => {
    const slices: number[] = []
    const onSlice = ({ slice }: { slice: number }) => {
      slices.push(slice)
      return 'continue' as const
    }
    verdictHere(wasmFixture('hello'), { sliceFuel: 5_000n, hooks: { onSlice } })
    assert.deepEqual(slices, [1, 2, 3])
  })

  it('uses the same fuel and writes the same, whatever the slices', () => {
    const whole = verdictHere(wasmFixture('witness'))
    fc.assert(
      fc.property(fc.bigInt({ min: 100n, max: 20_000n }), (sliceFuel) => {
        assert.deepEqual(verdictHere(wasmFixture('witness'), { sliceFuel }), whole)
      }),
      { numRuns: 50 },
    )
  })

  it('stops where the gate says so, with the fuel used until then', () => {
    const outcome = runHere(wasmFixture('count'), {
      sliceFuel: 1_000_000n,
      hooks: { onSlice: ({ slice }) => (slice < 3 ? 'continue' : 'stop') },
    })
    assert.ok(outcome.kind === 'failure' && outcome.code === 'STOPPED')
    assert.ok(outcome.fuelUsed > 3_000_000n && outcome.fuelUsed < 3_016_500n)
  })

  it('looks after its owner from time to time', () => {
    const beats: bigint[] = []
    const tank = new FuelTank({
      limit: 10_000_000_000n,
      sliceFuel: 10_000_000_000n,
      onSlice: () => assert.fail('no slice has ended'),
      onBeat: (fuelUsed) => void beats.push(fuelUsed),
    })
    const counter = { value: 0n }
    tank.attach(counter)
    for (let step = 0; step < 4; step++) {
      counter.value = -1n
      tank.refuel()
    }
    const beat = 250_000_001n
    assert.deepEqual(
      beats,
      [1n, 2n, 3n, 4n].map((count) => count * beat),
    )
    assert.equal(tank.used(), 4n * beat)
  })
})

describe('a host that fails', () => {
  const failing = (error: Error) =>
    runHere(wasmFixture('hello'), {
      hooks: {
        createHost: () => ({
          functions: () => ({
            fd_write: () => {
              throw error
            },
          }),
          start: ({ exports }) => {
            ;(exports._start as () => void)()
            return 0
          },
          outputs: () => assert.fail('there is no result'),
          dispose: () => undefined,
        }),
      },
    })

  it('gives no verdict', () => {
    const outcome = failing(new Error('broken'))
    assert.ok(outcome.kind === 'failure' && outcome.code === 'CHILD_CRASHED')
    assert.equal(outcome.detail, 'broken')
  })

  it('is told apart from a machine without memory', () => {
    const outcome = failing(new RangeError('could not allocate memory'))
    assert.ok(outcome.kind === 'failure' && outcome.code === 'MEMORY_EXHAUSTED')
  })

  it('blames the machine, not the task, when memory below the maximum is refused', () => {
    const outcome = runHere(wasmFixture('spin'), {
      hooks: {
        createHost: () => ({
          functions: () => ({}),
          start: ({ exports }) => {
            const hooks = exports[ADDED_EXPORTS.hooks] as WebAssembly.Table
            ;(hooks.get(0) as (reason: number) => void)(HOOK.memoryFailed)
            return 0
          },
          outputs: () => assert.fail('there is no result'),
          dispose: () => undefined,
        }),
      },
    })
    assert.ok(outcome.kind === 'failure' && outcome.code === 'MEMORY_EXHAUSTED')
  })
})
