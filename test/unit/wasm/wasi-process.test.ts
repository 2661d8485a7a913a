import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AT, ERRNO, openHost } from './wasi-kit.ts'

const textAt = (bytes: Uint8Array, at: number): string =>
  Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString()

describe('arguments and environment', () => {
  it('arrive with their sizes, the environment in order of its names', () => {
    const { call, view, bytes } = openHost({ args: ['a', 'bc'], env: { Z: '1', A: '2' } })
    assert.equal(call('args_sizes_get', 8, 12), ERRNO.success)
    assert.deepEqual([view.getUint32(8, true), view.getUint32(12, true)], [2, 5])
    assert.equal(call('args_get', 100, 200), ERRNO.success)
    assert.equal(textAt(bytes, view.getUint32(104, true)), 'bc')
    assert.equal(call('environ_sizes_get', 8, 12), ERRNO.success)
    assert.deepEqual([view.getUint32(8, true), view.getUint32(12, true)], [2, 8])
    assert.equal(call('environ_get', 100, 200), ERRNO.success)
    assert.equal(textAt(bytes, view.getUint32(100, true)), 'A=2')
  })

  it('are a fault outside the memory, with pointers read as unsigned', () => {
    const { call } = openHost({ args: ['a'] })
    assert.equal(call('args_get', -4, 200), ERRNO.fault)
    assert.equal(call('args_sizes_get', 131_069, 0), ERRNO.fault)
  })
})

describe('clocks', () => {
  it('advance by the fuel used and by nothing else', () => {
    const { call, view, meter } = openHost()
    const now = (clock: number) => {
      assert.equal(call('clock_time_get', clock, 0n, 8), ERRNO.success)
      return view.getBigUint64(8, true)
    }
    const first = now(1)
    meter.charged += 1_000_000n
    assert.equal(now(1) - first, 1_000_500n)
    assert.ok(now(0) > 1_700_000_000_000_000_000n)
  })

  it('have a resolution, and only four of them exist', () => {
    const { call, view } = openHost()
    assert.equal(call('clock_res_get', 0, 8), ERRNO.success)
    assert.equal(view.getBigUint64(8, true), 1n)
    assert.equal(call('clock_res_get', 4, 8), ERRNO.inval)
    assert.equal(call('clock_time_get', -1, 0n, 8), ERRNO.inval)
  })

  it('jump over a sleep', () => {
    const { call, view } = openHost()
    view.setBigUint64(500, 42n, true)
    view.setUint8(508, 0)
    view.setUint32(516, 1, true)
    view.setBigUint64(524, 1_000_000_000_000n, true)
    assert.equal(call('poll_oneoff', 500, 700, 1, 8), ERRNO.success)
    assert.equal(view.getUint32(8, true), 1)
    assert.equal(view.getBigUint64(700, true), 42n)
    assert.equal(call('clock_time_get', 1, 0n, 8), ERRNO.success)
    assert.ok(view.getBigUint64(8, true) >= 1_000_000_000_000n)
  })
})

describe('polling', () => {
  type Wish = { kind: number; id: number; timeout?: bigint; absolute?: boolean }

  const poll = (host: ReturnType<typeof openHost>, wishes: Wish[]) => {
    for (const [index, wish] of wishes.entries()) {
      const at = 500 + index * 48
      host.view.setBigUint64(at, BigInt(index), true)
      host.view.setUint8(at + 8, wish.kind)
      host.view.setUint32(at + 16, wish.id, true)
      host.view.setBigUint64(at + 24, wish.timeout ?? 0n, true)
      host.view.setUint16(at + 40, wish.absolute ? 1 : 0, true)
    }
    assert.equal(host.call('poll_oneoff', 500, 4000, wishes.length, AT.result), ERRNO.success)
    return Array.from({ length: host.result() }, (_, index) => {
      const at = 4000 + index * 32
      return {
        wish: Number(host.view.getBigUint64(at, true)),
        errno: host.view.getUint16(at + 8, true),
        bytes: Number(host.view.getBigUint64(at + 16, true)),
      }
    })
  }

  it('says when nothing is left of stdin, and refuses what it does not know', () => {
    const host = openHost()
    poll(host, [{ kind: 1, id: 0 }])
    assert.equal(host.view.getUint16(4000 + 24, true), 1)
    host.view.setUint8(500 + 8, 3)
    assert.equal(host.call('poll_oneoff', 500, 4000, 1, AT.result), ERRNO.inval)
  })

  it('finds stdin readable and stdout writable at once, before any timer', () => {
    const host = openHost({ stdin: new Uint8Array(5) })
    const events = poll(host, [
      { kind: 0, id: 1, timeout: 1_000n },
      { kind: 1, id: 0 },
      { kind: 2, id: 1 },
      { kind: 0, id: 0, timeout: 1n, absolute: true },
    ])
    assert.deepEqual(events, [
      { wish: 1, errno: 0, bytes: 5 },
      { wish: 2, errno: 0, bytes: 65_536 },
      { wish: 3, errno: 0, bytes: 0 },
    ])
  })

  it('says what is wrong with each subscription', () => {
    const host = openHost()
    assert.equal(host.open('file', { flags: 1, rights: 2n }), ERRNO.success)
    const events = poll(host, [
      { kind: 1, id: 77 },
      { kind: 2, id: 0 },
      { kind: 0, id: 9 },
      { kind: 1, id: host.result() },
    ])
    assert.deepEqual(
      events.map(({ errno }) => errno),
      [ERRNO.badf, ERRNO.badf, ERRNO.inval, ERRNO.notcapable],
    )
  })

  it('knows how much of a file is left', () => {
    const host = openHost({ files: new Map([['f', new Uint8Array(9)]]) })
    host.open('f')
    const fd = host.result()
    host.read(fd, 4)
    assert.equal(poll(host, [{ kind: 1, id: fd }])[0]?.bytes, 5)
  })

  it('takes one to 1,024 subscriptions', () => {
    const { call } = openHost()
    assert.equal(call('poll_oneoff', 0, 0, 0, 8), ERRNO.inval)
    assert.equal(call('poll_oneoff', 0, 0, 1_025, 8), ERRNO.inval)
  })
})

describe('chance', () => {
  it('is a stream that depends on the seed alone', () => {
    const draw = (seed: Uint8Array, sizes: number[]) => {
      const { call, bytes } = openHost({ seed })
      let at = 1_000
      for (const size of sizes) {
        assert.equal(call('random_get', at, size), ERRNO.success)
        at += size
      }
      return Buffer.from(bytes.slice(1_000, at)).toString('hex')
    }
    const seed = new Uint8Array(32)
    assert.equal(draw(seed, [100]), draw(seed, [1, 31, 33, 35]))
    assert.notEqual(draw(seed, [100]), draw(new Uint8Array(32).fill(1), [100]))
  })

  it('costs fuel by the byte', () => {
    const { call, meter } = openHost()
    call('random_get', 1_000, 100)
    assert.equal(meter.charged, 500n + 1_600n)
    assert.equal(call('random_get', 131_000, 100), ERRNO.fault)
  })
})

describe('the process', () => {
  it('yields, cannot be signalled, has no sockets', () => {
    const { call } = openHost()
    assert.equal(call('sched_yield'), ERRNO.success)
    assert.equal(call('proc_raise', 9), ERRNO.nosys)
    assert.equal(call('sock_shutdown', 0, 1), ERRNO.notsock)
    assert.equal(call('sock_recv', 50, 0, 0, 0, 0, 0), ERRNO.badf)
  })
})
