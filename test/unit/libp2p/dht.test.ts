import assert from 'node:assert/strict'
import { Record as DhtRecord } from '@libp2p/kad-dht'
import type { Level } from 'level'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { createDht } from '../../../node/adapters/libp2p/dht.ts'
import { agentKey, agentRecords } from '../../../node/adapters/libp2p/dht-records.ts'
import type { PeerBinding } from '../../../protocols/common/index.ts'
import { hasCode } from '../../ports/network-worlds.ts'
import { createTestCore, type TestCore } from './fake-host.ts'

describe('records in the DHT', () => {
  const agent = '0x00000000000000000000000000000000000000aa'
  const binding = (seq: bigint, changes: Partial<PeerBinding> = {}): PeerBinding => ({
    agent,
    peerId: 'peer',
    seq,
    validUntil: 0,
    ...changes,
  })
  const judge = async ([seq]: Uint8Array) => {
    if (seq === undefined || seq === 0) throw new Error('Not a binding')
    return binding(BigInt(seq))
  }
  const reads: string[] = []
  /** Records of a node that keeps these bytes under every key. */
  const recordsOf = (stored: Uint8Array | undefined) => {
    const database = {
      get: async (name: string) => {
        reads.push(name)
        return stored
      },
    }
    return agentRecords(database as unknown as Level<string, Uint8Array>, judge)
  }
  const key = agentKey(agent)
  const { validators, selectors } = recordsOf(undefined)

  it('are taken from the agent they are about', async () => {
    await validators.agent(key, Uint8Array.of(5))
    const other = agentKey('0x00000000000000000000000000000000000000bb')
    await assert.rejects(validators.agent(other, Uint8Array.of(5)), hasCode('BINDING_INVALID'))
    await assert.rejects(
      validators.agent(new Uint8Array([1]), Uint8Array.of(5)),
      hasCode('BINDING_INVALID'),
    )
    await assert.rejects(validators.agent(key, new Uint8Array()), /Not a binding/)
    assert.throws(() => validators.pk(), hasCode('BINDING_INVALID'))
  })

  it('never replace a newer one', async () => {
    const newer = new DhtRecord(key, Uint8Array.of(5), new Date(0)).serialize()
    const { agent: validate } = recordsOf(newer).validators
    await assert.rejects(validate(key, Uint8Array.of(4)), hasCode('BINDING_OUTDATED'))
    await validate(key, Uint8Array.of(5))
    await validate(key, Uint8Array.of(6))
    assert.match(reads.at(-1) ?? '', /^\/dht\/record\/[a-z2-7]+$/)
  })

  it('replace one that cannot be read', async () => {
    await recordsOf(new Uint8Array([255])).validators.agent(key, Uint8Array.of(1))
  })

  it('are chosen by the highest number', async () => {
    const records = [1, 0, 7, 3].map((seq) => Uint8Array.of(seq))
    assert.equal(await selectors.agent(key, records), 2)
    assert.equal(await selectors.agent(key, [new Uint8Array([0])]), 0)
  })
})

describe('the DHT of a host', () => {
  let core: TestCore
  let other: TestCore
  const withDht = (dht: Record<string, unknown>) => Object.assign(core.host, { services: { dht } })
  const finding = (...values: Uint8Array[]) => ({
    get: async function* () {
      yield { name: 'SEND_QUERY' }
      for (const value of values) yield { name: 'VALUE', value }
    },
  })
  beforeEach(async () => {
    core = await createTestCore('alice')
    other = await createTestCore('bob')
  })
  afterEach(() => core.session.abort())

  it('finds the peer of an agent, and remembers it', async () => {
    withDht(finding(await other.identity.envelope()))
    const agent = other.deps.signer.address
    const dht = createDht(core)
    assert.equal((await dht.findBinding(agent))?.peerId, other.peerId)
    assert.equal(core.directory.agentOf(other.peerId), agent)
  })

  it('finds nothing where there is nothing, or something else', async () => {
    const dht = createDht(core)
    const agent = other.deps.signer.address
    withDht(finding())
    assert.equal(await dht.findBinding(agent), null)
    withDht(finding(await core.identity.envelope()))
    assert.equal(await dht.findBinding(agent), null)
    withDht(finding(new Uint8Array(3)))
    assert.equal(await dht.findBinding(agent), null)
    core.host = null as never
    assert.equal(await dht.findBinding(agent), null)
  })
})
