import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { afterEach, beforeEach, describe, it } from 'mocha'
import {
  createKeystore,
  createSigner,
  type IdentityOptions,
  loadOrCreateIdentity,
} from '../../../node/adapters/system/index.ts'
import { toHex } from '../../../protocols/common/index.ts'
import { didKeyOf, parseDidKey } from '../../../protocols/identity/index.ts'
import { testPrivateKey } from '../../fakes/signer.ts'

describe('a folder without an identity', () => {
  let folder: string
  const load = (options: Partial<IdentityOptions> = {}) =>
    loadOrCreateIdentity({ folder, passphrase: 'open sesame', logN: 2, ...options })
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'souk-identity-')), 'data')
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true }))

  it('gets one, which is the same ever after', async () => {
    const { isNew, ...made } = await load()
    const { isNew: isStillNew, ...again } = await load()
    assert.deepEqual(again, made)
    assert.deepEqual([isNew, isStillNew], [true, false])
    assert.equal(createSigner(made.agent.privateKey).address, made.agent.address)
    assert.equal(made.peer.seed.length, 32)
  })

  it('has public keys that make a did:key each', async () => {
    const { agent, peer } = await load()
    const agentKey = { type: 'secp256k1' as const, bytes: agent.publicKey }
    const peerKey = { type: 'ed25519' as const, bytes: peer.publicKey }
    assert.deepEqual(agent.publicKey, secp256k1.getPublicKey(agent.privateKey, true))
    for (const key of [agentKey, peerKey]) assert.deepEqual(parseDidKey(didKeyOf(key)), key)
  })

  it('shows the keys to nobody: sealed, and readable by the owner only', async () => {
    const { agent, peer } = await load()
    const names = await readdir(folder)
    assert.deepEqual(names.sort(), ['keystore.json', 'peer-key.json'])
    for (const name of names) {
      const path = join(folder, name)
      const text = await readFile(path, 'utf8')
      for (const key of [agent.privateKey, peer.seed]) {
        assert.ok(!text.includes(toHex(key).slice(2)))
        assert.ok(!text.includes(Buffer.from(key).toString('base64')))
      }
      assert.equal((await stat(path)).mode & 0o777, 0o600)
    }
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  it('does not open with another passphrase, and stays as it is', async () => {
    const made = await load()
    await assert.rejects(load({ passphrase: 'open barley' }), { code: 'WRONG_PASSPHRASE' })
    assert.deepEqual((await load()).agent, made.agent)
  })

  it('may hold a keystore from another wallet', async () => {
    const keystore = join(folder, '..', 'wallet.json')
    const key = testPrivateKey('alice')
    await writeFile(keystore, await createKeystore(key, 'open sesame', { logN: 2 }))
    const { agent } = await load({ keystore, canCreate: false })
    assert.equal(agent.address, createSigner(key).address)
  })

  it('stays empty when a key is not to be made', async () => {
    await assert.rejects(load({ canCreate: false }), { code: 'KEYSTORE_MISSING' })
  })

  it('refuses the peer key of another agent', async () => {
    await load()
    await rm(join(folder, 'keystore.json'))
    await assert.rejects(load(), { code: 'KEYSTORE_INVALID' })
  })

  it('gets a new peer, and keeps its agent, when the peer key is gone', async () => {
    const before = await load()
    await rm(join(folder, 'peer-key.json'))
    const after = await load()
    assert.deepEqual(after.agent, before.agent)
    assert.notDeepEqual(after.peer, before.peer)
  })

  it('refuses a key file that is damaged or huge', async () => {
    await load()
    await writeFile(join(folder, 'peer-key.json'), '{}')
    await assert.rejects(load(), { code: 'KEYSTORE_INVALID' })
    await writeFile(join(folder, 'keystore.json'), ' '.repeat(70_000))
    await assert.rejects(load(), { code: 'KEYSTORE_INVALID' })
  })

  it('never replaces a key that another start made meanwhile', async () => {
    const [one, other] = await Promise.allSettled([load(), load()])
    const refused = [one, other].find(({ status }) => status === 'rejected')
    assert.equal((refused as PromiseRejectedResult).reason.code, 'KEYSTORE_EXISTS')
    await load()
  })
})
