import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { createFairMap } from '../../../node/market/fair-map.ts'

describe('a full map', () => {
  it('forgets the oldest entry of whoever sent the most', () => {
    const map = createFairMap<string, number>(3)
    map.set('quiet', 1, 'honest')
    for (const key of ['a', 'b', 'c', 'd']) map.set(key, 2, 'flood')
    assert.deepEqual(
      ['quiet', 'a', 'b', 'c', 'd'].map((key) => map.has(key)),
      [true, false, false, true, true],
    )
    assert.equal(map.size(), 3)
  })

  it('spares what must stay, whoever sent it', () => {
    const map = createFairMap<number, string>(2, (value) => value === 'own')
    map.set(1, 'own', 'me')
    map.set(2, 'own', 'me')
    map.set(3, 'theirs', 'you')
    assert.deepEqual([...map.values()], ['own', 'own'])
  })

  it('replaces a value without making its entry any newer', () => {
    const map = createFairMap<number, string>(2)
    map.set(1, 'one', 'a')
    map.set(2, 'two', 'a')
    map.set(1, 'uno', 'a')
    assert.equal(map.get(1), 'uno')
    map.set(3, 'three', 'a')
    assert.deepEqual([...map.values()], ['two', 'three'])
  })
})

describe('sources that flood', () => {
  it('never cost a source its entries while it has sent less than its share', () => {
    const anyFlood = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat()), {
      minLength: 60,
      maxLength: 200,
    })
    fc.assert(
      fc.property(anyFlood, fc.integer({ min: 1, max: 10 }), (flood, honest) => {
        // Five sources share 50 places: up to ten are safe.
        const map = createFairMap<string, true>(50)
        for (let entry = 0; entry < honest; entry++) map.set(`honest ${entry}`, true, 'honest')
        for (const [source, key] of flood) map.set(`${source} ${key}`, true, `flood ${source}`)
        for (let entry = 0; entry < honest; entry++) assert.ok(map.has(`honest ${entry}`))
        assert.ok(map.size() <= 50)
      }),
    )
  })
})
