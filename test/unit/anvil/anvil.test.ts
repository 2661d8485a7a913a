import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { findAnvil, nativeBinary } from '../../../node/adapters/anvil/binary.ts'
import { endStale, writePid } from '../../../node/adapters/anvil/stale.ts'
import { anvilArguments } from '../../../node/adapters/anvil/start-local-chain.ts'
import {
  adoptWallet,
  preparePlace,
  readWallet,
  reportPath,
  statePath,
} from '../../../node/adapters/anvil/wallet.ts'

const wallet = { mnemonic: 'one two three', deployerKey: '0x01' } as const

describe('the program of a local chain', () => {
  it('is the native one of the machine', () => {
    assert.equal(
      nativeBinary({ platform: 'linux', arch: 'x64' }),
      '@foundry-rs/anvil-linux-amd64/bin/anvil',
    )
    assert.equal(
      nativeBinary({ platform: 'darwin', arch: 'arm64' }),
      '@foundry-rs/anvil-darwin-arm64/bin/anvil',
    )
    assert.equal(nativeBinary({ platform: 'win32', arch: 'x64' }).endsWith('anvil.exe'), true)
  })
  it('is the wrapper where there is no native one', () => {
    const [program, script] = findAnvil({ platform: 'plan9', arch: 'mips' })
    assert.equal(program, process.execPath)
    assert.match(script ?? '', /@foundry-rs\/anvil\/bin\.mjs$/)
  })
})

describe('the arguments of a local chain', () => {
  const place = { folder: '/data/chain', port: 8545, blockTimeSeconds: 1 }

  it('keep it to this machine, away from web pages, and its blocks in time', () => {
    const args = anvilArguments(wallet, place).join(' ')
    assert.match(args, /--host 127\.0\.0\.1 --port 8545 --chain-id 31337 --block-time 1 --no-cors/)
    assert.match(args, /--state \/data\/chain\/chain\.json --state-interval 5/)
  })
  it('name the mnemonic of earlier starts, and ask for a new one on the first', () => {
    const later = anvilArguments(wallet, place)
    assert.equal(later[later.indexOf('--mnemonic') + 1], 'one two three')
    const first = anvilArguments(null, place)
    assert.ok(first.includes('--mnemonic-random') && !first.includes('--mnemonic'))
    assert.equal(first[first.indexOf('--config-out') + 1], '/data/chain/anvil.json')
  })
})

describe('the folder of a local chain', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-wallet-'))
  })
  after(() => rm(folder, { recursive: true }))

  const exists = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    )

  it('has no wallet at first, and loses a chain that has none', async () => {
    await chmod(folder, 0o755)
    await writeFile(statePath(folder), '{}')
    assert.equal(await readWallet(folder), null)
    await preparePlace(folder, null)
    assert.equal(await exists(statePath(folder)), false)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  it('adopts the wallet once it is reported, and leaves no report behind', async () => {
    assert.equal(await adoptWallet(folder), null)
    await writeFile(reportPath(folder), '{"private_keys":["0x')
    assert.equal(await adoptWallet(folder), null)
    const report = { private_keys: ['0x01', '0x02'], wallet: { mnemonic: 'one two three' } }
    await writeFile(reportPath(folder), JSON.stringify(report))
    assert.deepEqual(await adoptWallet(folder), wallet)
    assert.deepEqual(await readWallet(folder), wallet)
    assert.equal(await exists(reportPath(folder)), false)
    assert.equal((await stat(join(folder, 'wallet.json'))).mode & 0o777, 0o600)
  })

  it('keeps the chain that its wallet rules', async () => {
    await writeFile(statePath(folder), '{}')
    await preparePlace(folder, wallet)
    assert.equal(await readFile(statePath(folder), 'utf8'), '{}')
  })

  it('does not end a process that is no chain of its own', async () => {
    assert.equal(await endStale(folder), null)
    await writePid(folder, process.pid)
    assert.equal(await endStale(folder), null)
    assert.equal(await exists(join(folder, 'anvil.pid')), false)
  })
})
