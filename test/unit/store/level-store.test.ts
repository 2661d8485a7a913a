import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { openLevelStore } from '../../../node/adapters/store/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner } from '../../fakes/signer.ts'

const alice = { agent: createTestSigner('alice').address, chainId: 31337 }

describe('a database of one agent on one chain', () => {
  let folder: string
  const open = (owner = alice) => openLevelStore({ folder, owner, log: silentLog })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-store-'))
    const store = await open()
    const things = store.collection<{ amount: bigint }>({ name: 'things', version: 1 })
    await store.commit([things.put('a', { amount: 5n }), things.put('b', { amount: 6n })])
    await store.commit([things.remove('b')])
    await store.stop()
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('opens again for the same one', async () => {
    const store = await open()
    const things = store.collection<{ amount: bigint }>({ name: 'things', version: 1 })
    assert.deepEqual(await things.get('a'), { amount: 5n })
    const keys = []
    for await (const [key] of things.list({ gt: '', lt: 'z' })) keys.push(key)
    assert.deepEqual(keys, ['a'])
    await store.stop()
  })

  it('is refused to another agent', async () => {
    const refused = open({ ...alice, agent: createTestSigner('mallory').address })
    await assert.rejects(refused, {
      code: 'DATABASE_OF_ANOTHER_AGENT',
      message: new RegExp(alice.agent),
    })
  })

  it('is refused on another chain, and not locked by the attempt', async () => {
    await assert.rejects(open({ ...alice, chainId: 1 }), { code: 'DATABASE_OF_ANOTHER_AGENT' })
    await (await open()).stop()
  })

  it('is refused while another has it open', async () => {
    const first = await open()
    await assert.rejects(open(), { code: 'DATABASE_IN_USE' })
    await first.stop()
  })

  it('is reported as unavailable where no database can be', async () => {
    await rm(folder, { recursive: true })
    await writeFile(folder, 'a file, not a folder')
    await assert.rejects(open(), { code: 'STORE_UNAVAILABLE' })
  })
})
