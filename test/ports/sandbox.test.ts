import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'mocha'
import { createSandbox, type SandboxOptions } from '../../node/adapters/wasm/index.ts'
import type { Sandbox } from '../../node/ports/index.ts'
import { textOf } from '../fixtures/wasm/run.ts'
import {
  bytes,
  cancellation,
  ENDLESS_FUEL,
  failureOf,
  run,
  verdict,
} from '../fixtures/wasm/sandbox-kit.ts'
import { wasmFixture } from '../fixtures/wasm/wat.ts'

// Children of this process that hold guests, by the file they run.
const childPids = (): number[] => {
  const tasks = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  const isChild = (pid: number) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/adapters/wasm/child/main.')
  return tasks.trim().split(' ').filter(Boolean).map(Number).filter(isChild)
}

const describeSandbox = (name: string, options: Partial<SandboxOptions>): void => {
  describe(`a sandbox with ${name}`, () => {
    let sandbox: Sandbox
    before(async () => {
      sandbox = createSandbox({}, { workers: 1, maxQueue: 2, ...options })
      await sandbox.start()
    })
    after(() => sandbox.stop())

    it('names its engine by a hash', () => {
      assert.match(sandbox.engineHash, /^0x[0-9a-f]{64}$/)
    })

    it('runs a program and hands back what it wrote', async () => {
      const result = await verdict(sandbox, wasmFixture('hello'))
      assert.equal(result.kind, 'exit')
      assert.equal(result.exitCode, 0)
      assert.equal(textOf(result.stdout), 'hello\n')
    })

    it('reports an exit code and stderr', async () => {
      const result = await verdict(sandbox, wasmFixture('exit-code'))
      assert.equal(result.exitCode, 7)
      assert.equal(textOf(result.stderr), 'sorry')
    })

    it('tells a trap apart, keeping what was written before', async () => {
      const result = await verdict(sandbox, wasmFixture('trap'))
      assert.equal(result.kind, 'trap')
      assert.equal(textOf(result.stdout), 'before')
    })

    it('passes stdin through, however much there is', async () => {
      const stdin = new Uint8Array(300_000).map((_, index) => index % 251)
      const result = await verdict(sandbox, wasmFixture('echo'), { input: { stdin } })
      assert.deepEqual(result.stdout, stdin)
    })

    it('shows input files and hands back the outputs that were asked for', async () => {
      const files = new Map([['in.txt', bytes('content')]])
      const outputs = ['out/copy.txt', 'out/missing.txt']
      const result = await verdict(sandbox, wasmFixture('copy-file'), { input: { files, outputs } })
      assert.equal(result.exitCode, 0)
      assert.deepEqual([...result.files], [['out/copy.txt', bytes('content')]])
    })

    it('stops an endless loop when its fuel is used up, at the same count each time', async () => {
      const result = await verdict(sandbox, wasmFixture('spin'), { limits: { fuel: 50_000_000n } })
      assert.equal(result.kind, 'out-of-fuel')
      assert.equal(result.fuelUsed, 50_000_000n)
    })

    it('kills an endless loop at its wall time while this process goes on', async () => {
      let ticks = 0
      const timer = setInterval(() => ticks++, 5)
      const asked = { limits: { fuel: ENDLESS_FUEL, wallMs: 300 }, sliceFuel: ENDLESS_FUEL }
      const code = await failureOf(sandbox, wasmFixture('spin'), asked)
      clearInterval(timer)
      assert.equal(code, 'WALL_TIMEOUT')
      assert.ok(ticks > 10, `${ticks} ticks`)
    })

    it('ends a flood of output at its limit', async () => {
      const limits = { stdoutBytes: 100_000, fuel: 1_000_000_000n }
      const result = await verdict(sandbox, wasmFixture('flood'), { limits })
      assert.equal(result.kind, 'output-limit')
      assert.ok(result.stdout.length <= 100_000)
    })

    it('lets a guest have as much memory as agreed, not a page more', async () => {
      const result = await verdict(sandbox, wasmFixture('grab'), { limits: { memoryPages: 40 } })
      assert.equal(result.exitCode, 40)
    })

    it('ends endless recursion the same way everywhere', async () => {
      const result = await verdict(sandbox, wasmFixture('recurse'))
      assert.equal(result.kind, 'stack-overflow')
    })

    it('uses the same fuel twice, whatever the slices', async () => {
      const counts: bigint[] = []
      for (const sliceFuel of [1_000_000n, 333_333n, 10_000_000n]) {
        counts.push((await verdict(sandbox, wasmFixture('count'), { sliceFuel })).fuelUsed)
      }
      assert.equal(new Set(counts).size, 1, counts.join())
    })

    it('asks at each slice, in order, with the guest standing still', async () => {
      const slices: number[] = []
      const onSlice = async ({ slice, fuelUsed }: { slice: number; fuelUsed: bigint }) => {
        assert.ok(fuelUsed > BigInt(slice) * 1_000_000n)
        slices.push(slice)
        return 'continue' as const
      }
      await run(sandbox, wasmFixture('count'), { sliceFuel: 1_000_000n, hooks: { onSlice } })
      assert.deepEqual(slices, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    it('does not count the wait at a slice as wall time', async () => {
      const onSlice = () =>
        new Promise<'continue'>((resolve) => setTimeout(resolve, 400, 'continue'))
      const asked = { sliceFuel: 5_000_000n, limits: { wallMs: 390 }, hooks: { onSlice } }
      const { outcome } = await run(sandbox, wasmFixture('count'), asked)
      assert.equal(outcome.kind, 'exit')
    })

    it('stops where the gate says stop, and runs the next task', async () => {
      const onSlice = async () => 'stop' as const
      const asked = { sliceFuel: 1_000_000n, hooks: { onSlice } }
      const { outcome } = await run(sandbox, wasmFixture('count'), asked)
      assert.ok(outcome.kind === 'host-failure' && outcome.code === 'STOPPED')
      assert.ok(outcome.fuelUsed > 1_000_000n && outcome.fuelUsed < 1_017_000n)
      assert.equal((await verdict(sandbox, wasmFixture('hello'))).exitCode, 0)
    })

    it('gives up a task whose gate fails, and runs the next one', async () => {
      const onSlice = () => Promise.reject(new Error('no money'))
      const asked = { sliceFuel: 1_000_000n, hooks: { onSlice } }
      await assert.rejects(run(sandbox, wasmFixture('count'), asked), /no money/)
      assert.equal((await verdict(sandbox, wasmFixture('hello'))).exitCode, 0)
    })

    it('cancels a running task', async () => {
      const { signal, abort } = cancellation()
      const onSlice = async () => {
        abort()
        return 'continue' as const
      }
      const hooks = { signal, onSlice }
      assert.equal(await failureOf(sandbox, wasmFixture('spin'), { hooks }), 'CANCELLED')
    })

    it('cancels a task that waits, and one that never began', async () => {
      const { signal, abort } = cancellation()
      const running = run(sandbox, wasmFixture('spin'))
      const waiting = failureOf(sandbox, wasmFixture('hello'), { hooks: { signal } })
      setImmediate(abort)
      assert.equal(await waiting, 'CANCELLED')
      assert.equal(
        await failureOf(sandbox, wasmFixture('hello'), { hooks: { signal } }),
        'CANCELLED',
      )
      assert.equal((await running).outcome.kind, 'out-of-fuel')
    })

    it('refuses more tasks than may wait', async () => {
      const tasks = Array.from({ length: 3 }, () => run(sandbox, wasmFixture('hello')))
      await assert.rejects(run(sandbox, wasmFixture('hello')), { code: 'SANDBOX_BUSY' })
      for (const { outcome } of await Promise.all(tasks)) assert.equal(outcome.kind, 'exit')
    })

    it('refuses a module that may not run, and judges it beforehand', async () => {
      const bad = bytes('not wasm')
      await assert.rejects(run(sandbox, bad), { code: 'MODULE_REFUSED' })
      const inspection = await sandbox.inspect(bad)
      assert.equal(inspection.accepted, false)
      assert.equal(inspection.faults[0]?.code, 'NOT_WASM')
      const good = await sandbox.inspect(wasmFixture('hello'))
      assert.deepEqual(good.imports, ['wasi_snapshot_preview1.fd_write'])
    })

    it('refuses a module larger than any may be without sending it on', async () => {
      const inspection = await sandbox.inspect(new Uint8Array((32 << 20) + 1))
      assert.equal(inspection.faults[0]?.code, 'MODULE_TOO_LARGE')
    })

    it('reports wall time and memory beside the verdict', async () => {
      const { wallMs, peakRssBytes } = await run(sandbox, wasmFixture('hello'))
      assert.ok(wallMs > 0 && wallMs < 10_000)
      assert.ok(peakRssBytes > 1 << 20)
    })

    if (process.platform === 'linux') {
      it('says so when a child dies, and starts another', async () => {
        const onSlice = async () => {
          for (const pid of childPids()) process.kill(pid, 'SIGKILL')
          return 'continue' as const
        }
        const dying = failureOf(sandbox, wasmFixture('spin'), { hooks: { onSlice } })
        assert.equal(await dying, 'CHILD_CRASHED')
        assert.equal((await verdict(sandbox, wasmFixture('hello'))).exitCode, 0)
        const unjudged = { memoryPages: 33 }
        assert.equal((await sandbox.inspect(wasmFixture('hello'), unjudged)).accepted, true)
      })

      it('starts children without environment and under the permission model', () => {
        const pids = childPids()
        assert.ok(pids.length >= 2)
        for (const pid of pids) {
          // Node hands this one on by itself, where coverage is measured.
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
          assert.match(environment, /^(NODE_V8_COVERAGE=[^\0]*\0)?$/)
          assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /--permission\0/)
        }
      })
    }
  })
}

describeSandbox("Souk's own WASI", {})
describeSandbox('@wasmer/wasi', { wasiHost: 'wasmer' })
