import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { verdictHere } from '../../fixtures/wasm/run.ts'
import { wasmFixture } from '../../fixtures/wasm/wat.ts'

const NOTCAPABLE = 76

describe('a guest that takes what it can get', () => {
  it('is out of fuel, however long it sleeps', () => {
    const { kind } = verdictHere(wasmFixture('sleep-for-ever'), { limits: { fuel: 10_000_000n } })
    assert.equal(kind, 'out-of-fuel')
  })

  it('makes 9,999 files beside its root, and hears then that there is no space', () => {
    const { kind, exitCode } = verdictHere(wasmFixture('file-flood'))
    assert.deepEqual([kind, exitCode], ['exit', 9_999])
  })

  it('has 1,024 descriptors, its streams and its root among them', () => {
    assert.equal(verdictHere(wasmFixture('descriptor-flood')).exitCode, 1_020)
  })

  it('ends with its files at their limit', () => {
    const verdict = verdictHere(wasmFixture('file-growth'), { limits: { fileBytes: 1 << 20 } })
    assert.equal(verdict.kind, 'output-limit')
    assert.equal(verdict.files.size, 0)
  })

  it('lists a giant directory to its end, in one order', () => {
    const names = Array.from({ length: 4_000 }, (_, index) => `${index}-${'n'.repeat(index % 200)}`)
    const list = (order: readonly string[]) => {
      const files = new Map(order.map((name) => [name, new Uint8Array(1)]))
      return verdictHere(wasmFixture('giant-directory'), { input: { files } })
    }
    const listed = list(names)
    assert.equal(listed.exitCode, names.length + 2)
    assert.deepEqual(list(names.toReversed()), listed)
  })

  it('finds no way out of its directory', () => {
    const { stdout } = verdictHere(wasmFixture('escape'))
    assert.deepEqual([...stdout], Array(7).fill(NOTCAPABLE))
  })
})
