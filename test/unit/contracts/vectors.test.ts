import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import {
  type Address,
  createDigester,
  type TypedMessage,
  type TypedName,
  typeString,
} from '../../../protocols/common/index.ts'

type Vector = { name: string; type: TypedName; message: unknown; digest: string }
type Vectors = {
  domain: { chainId: number; verifyingContract: Address }
  types: Record<string, string>
  vectors: Vector[]
}

const path = join(import.meta.dirname, '../../vectors/typed-data.json')
const { domain, types, vectors } = JSON.parse(readFileSync(path, 'utf8')) as Vectors
const digest = createDigester(domain)

describe('the vectors that the contracts are held against', () => {
  for (const [name, text] of Object.entries(types)) {
    it(`have the same type string for ${name}`, () => {
      assert.equal(typeString(name as TypedName), text)
    })
    it(`have the same digests for ${name}`, () => {
      const own = vectors.filter(({ type }) => type === name)
      assert.ok(own.length >= 5)
      for (const { type, message, digest: expected, name: label } of own) {
        assert.equal(digest(type, message as TypedMessage<TypedName>), expected, label)
      }
    })
  }
})
