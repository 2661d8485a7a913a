import assert from 'node:assert/strict'
import { type ChildProcess, execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { generatePrivateKey } from 'viem/accounts'
import { readNetworkFile } from '../../config/index.ts'
import { rehearse } from '../../contracts/deploying/rehearsal.ts'
import { clientsOf, startAnvil } from './anvil.ts'

/** Far more than it takes: a slow machine decides nothing. */
const RARELY_MS = 120_000
const NETWORKS = join(import.meta.dirname, '../../config/networks')
const COMMAND = join(import.meta.dirname, '../../contracts/deploy.ts')

type Ended = { code: number; stdout: string; stderr: string }

const deploy = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

describe('a deployment to a network where money is real', () => {
  for (const network of ['sepolia', 'polygon', 'mainnet']) {
    const title = `goes right in rehearsal, whatever comes between: ${network}`
    it(title, async () => {
      const said: string[] = []
      await rehearse({ file: join(NETWORKS, `${network}.json`), say: (line) => said.push(line) })
      assert.ok(said.some((line) => /first run: 4 contracts, \d+ gas/.test(line)))
      assert.match(said.at(-1) ?? '', /another chain than the file says: refused/)
    }).timeout(RARELY_MS)
  }
})

describe('the deploy command', () => {
  let anvil: ChildProcess
  let url: string
  let networks: string
  before(async () => {
    const started = await startAnvil()
    anvil = started.child
    url = started.url
    networks = await mkdtemp(join(tmpdir(), 'souk-networks-'))
    await cp(NETWORKS, networks, { recursive: true })
  })
  after(async () => {
    anvil.kill()
    await rm(networks, { recursive: true })
  })

  const contractsOf = async (network: string) =>
    (await readNetworkFile(join(networks, `${network}.json`))).contracts
  const blocks = () => clientsOf(url).publicClient.getBlockNumber({ cacheTime: 0 })

  it('needs nothing but a chain where it is local, and finds again what it placed', async () => {
    const first = await deploy('local', '--rpc', url, '--networks', networks)
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stdout, /PaymentChannelContract placed at 0x\w+: \d+ gas, [\d.]+ ETH/)
    const places = await contractsOf('local')
    assert.ok(Object.values(places).every((place) => place !== null))
    const height = await blocks()
    const again = await deploy('local', '--rpc', url, '--networks', networks)
    assert.equal(again.code, 0, again.stderr)
    assert.doesNotMatch(again.stdout, /placed at/)
    assert.match(again.stdout, new RegExp(`EscrowContract stands at ${places.escrow}`))
    assert.deepEqual(await contractsOf('local'), places)
    assert.equal(await blocks(), height)
  })

  it('refuses a chain that is not the network', async () => {
    const keyFile = join(networks, 'key')
    await writeFile(keyFile, generatePrivateKey(), { mode: 0o600 })
    const before = await readFile(join(networks, 'sepolia.json'), 'utf8')
    const owner = `0x${'aa'.repeat(20)}`
    const paid = ['--rpc', url, '--key-file', keyFile, '--owner', owner]
    const { code, stderr } = await deploy('sepolia', '--networks', networks, ...paid)
    assert.equal(code, 1)
    assert.match(stderr, /not deployed: this is chain 31337, not 11155111/)
    assert.equal(await readFile(join(networks, 'sepolia.json'), 'utf8'), before)
  })

  for (const [missing, given] of [
    ['--rpc', []],
    ['--key-file', ['--rpc', 'http://127.0.0.1:9']],
  ] as const) {
    it(`asks for ${missing} where money is real`, async () => {
      const { code, stderr } = await deploy('mainnet', '--networks', networks, ...given)
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`${missing} is needed`))
    })
  }
})
