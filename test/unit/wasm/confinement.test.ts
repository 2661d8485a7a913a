import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { MODULE_BOUNDS } from '../../../node/adapters/wasm/module/index.ts'
import { wasiFunctionTypes } from '../../../node/adapters/wasm/module/wasi-imports.ts'
import { createSoukHost } from '../../../node/adapters/wasm/wasi/index.ts'
import { MODULE_BYTES_MAX } from '../../../protocols/execution/index.ts'
import { anInput, smallLimits } from '../../fixtures/wasm/run.ts'

// Every module a file loads when it is started, types left out.
const loadedBy = (file: URL, seen = new Set<string>()): Set<string> => {
  if (seen.has(file.href)) return seen
  seen.add(file.href)
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)'|^import '([^']+)'/gm,
  )
  for (const [, named, bare] of statements) {
    const target = named ?? (bare as string)
    if (target.startsWith('.')) loadedBy(new URL(target, file), seen)
    else seen.add(target)
  }
  return seen
}

describe('the code a child starts with', () => {
  const home = new URL('../../../node/adapters/wasm/', import.meta.url)
  const loaded = [...loadedBy(new URL('child/main.ts', home))]

  it('loads nothing from outside its folder but files, hashing and the choice of a compiler', () => {
    const files = loaded.filter((name) => name.startsWith('file:'))
    assert.ok(files.length > 30)
    assert.deepEqual(
      files.filter((name) => !name.startsWith(home.href)),
      [],
    )
    const others = loaded.filter((name) => !name.startsWith('file:')).sort()
    assert.deepEqual(others, ['node:crypto', 'node:fs', 'node:v8'])
  })
})

describe('the WASI host', () => {
  it('has every function a guest may import, and no other', () => {
    const host = createSoukHost(
      { ...anInput(), limits: smallLimits },
      { charge: () => undefined, used: () => 0n },
    )
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
    assert.deepEqual(
      Object.keys(host.functions(empty)).sort(),
      [...wasiFunctionTypes.keys()].sort(),
    )
  })
})

describe('the bounds of a module', () => {
  it('agree with the protocol', () => {
    assert.equal(MODULE_BOUNDS.moduleBytes, MODULE_BYTES_MAX)
  })
})
