import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { createCompilerSwitch } from '../../../node/adapters/wasm/child/compiler.ts'

const flagsSetFor = (sizes: readonly number[], v8Major: number): string[] => {
  const flags: string[] = []
  const choose = createCompilerSwitch((flag) => void flags.push(flag), v8Major)
  for (const bytes of sizes) choose({ bytes })
  return flags
}

describe('the choice of a compiler', () => {
  it('is made when the size of the module asks for another one', () => {
    const sizes = [1_000, 2_000, 1_000_000, 2_000_000, 3]
    assert.deepEqual(flagsSetFor(sizes, 13), ['--no-liftoff', '--liftoff', '--no-liftoff'])
  })

  it("is left to a V8 that does not bear its baseline compiler's absence", () => {
    assert.deepEqual(flagsSetFor([1_000, 1_000_000], 14), [])
  })
})
