import assert from 'node:assert/strict'
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { type Market, openMarket, tellLogs } from './kit/market.ts'
import {
  argumentsFor,
  type CommandEnd,
  type NodeProcess,
  type NodeSettings,
  runCommand,
} from './kit/node-process.ts'

type Attempt = {
  what: string
  /** One of its own unless given. */
  folder?: string
  settings?: () => NodeSettings
  passphrase?: string
  code: string
  exits: number
  says: RegExp
}

describe('a node that cannot start', function () {
  this.timeout(60_000)
  let market: Market
  let holder: NodeProcess

  const ends = new Map<Attempt, CommandEnd>()

  const command = (folder: string, name: string, settings: NodeSettings = {}): string[] => [
    ...argumentsFor(join(market.folder, folder), { ...market.settings, ...settings }),
    name,
  ]
  const start = async (attempt: Attempt): Promise<void> => {
    const { folder = attempt.what, settings, passphrase } = attempt
    ends.set(attempt, await runCommand(command(folder, 'start', settings?.()), passphrase))
  }

  before(async () => {
    market = await openMarket()
    holder = await market.join('holder')
    const former = await market.join('former')
    assert.equal(await former.stop(), 0)
    // The records of one agent under the keys of another.
    await runCommand(command('mixed', 'init'))
    await cp(join(market.folder, 'former', 'db'), join(market.folder, 'mixed', 'db'), {
      recursive: true,
    })
    await Promise.all(attempts.map(start))
  })
  afterEach(tellLogs(() => market))
  after(() => market?.stop())

  const attempts: Attempt[] = [
    {
      what: 'a control port that is taken',
      settings: () => ({ 'control.port': new URL(holder.control.url).port }),
      code: 'PORT_TAKEN',
      exits: 78,
      says: /Port \d+ of 127\.0\.0\.1 is taken/,
    },
    {
      what: 'a network port that is taken',
      settings: () => ({ 'network.listen': holder.addresses[0]?.replace(/\/p2p\/.*/, '') ?? '' }),
      code: 'PORT_TAKEN',
      exits: 78,
      says: /listens on \/ip4\/127\.0\.0\.1\/tcp\/\d+/,
    },
    {
      what: 'a wrong passphrase',
      folder: 'former',
      passphrase: 'close sesame',
      code: 'WRONG_PASSPHRASE',
      exits: 77,
      says: /does not open this key/,
    },
    {
      what: 'no passphrase for a new key',
      passphrase: '',
      code: 'PASSPHRASE_EMPTY',
      exits: 77,
      says: /needs a passphrase/,
    },
    {
      what: 'the records of another agent',
      folder: 'mixed',
      code: 'DATABASE_OF_ANOTHER_AGENT',
      exits: 78,
      says: /belongs to 0x[0-9a-f]{40} on chain 31337, not to 0x[0-9a-f]{40}/,
    },
    {
      what: 'a data folder in use',
      folder: 'holder',
      code: 'DATA_FOLDER_IN_USE',
      exits: 78,
      says: /Another node is running on \S+holder \(process \d+\)/,
    },
    {
      what: 'a chain that does not answer',
      settings: () => ({ 'chain.rpcUrls': 'http://127.0.0.1:1' }),
      code: 'CHAIN_UNREACHABLE',
      exits: 69,
      says: /no endpoint of the chain answers/,
    },
    {
      what: 'a chain that is another than it should be',
      settings: () => ({ 'chain.network': 'sepolia' }),
      code: 'CHAIN_MISMATCH',
      exits: 78,
      says: /the chain is 31337, not 11155111/,
    },
    {
      what: 'a chain without contracts',
      settings: () => ({ 'chain.deployment': '' }),
      code: 'DEPLOYMENT_MISSING',
      exits: 78,
      says: /where the contracts stand/,
    },
    {
      what: 'an address that is none',
      settings: () => ({ 'network.bootstrap': '/ip4/127.0.0.1/tcp/1/p2p/nobody' }),
      code: 'ADDRESS_INVALID',
      exits: 78,
      says: /\/p2p\/nobody/,
    },
    {
      what: 'settings that are wrong',
      settings: () => ({ 'market.bidWindowMs': 'soon', 'network.nam': 'x' }),
      code: 'CONFIG_INVALID',
      exits: 78,
      says: /2 settings are wrong[\s\S]*did you mean network\.name[\s\S]*"soon"/,
    },
  ]
  for (const attempt of attempts) {
    const { what, code, exits, says } = attempt
    it(`because of ${what} says ${code} and exits with ${exits}`, () => {
      const end = ends.get(attempt)
      assert.deepEqual([end?.code, end?.stdout], [exits, ''])
      assert.match(end?.stderr ?? '', new RegExp(`\\(${code}\\)`))
      assert.match(end?.stderr ?? '', says)
    })
  }

  it('leaves nothing behind that keeps it from starting later', async () => {
    const names = await readdir(market.folder, { recursive: true })
    const locks = names.filter((name) => name.endsWith('.lock'))
    assert.deepEqual(
      locks.filter((name) => !name.startsWith('holder')),
      [],
    )
    const { stop } = await market.join(attempts[0]?.what ?? '')
    assert.equal(await stop(), 0)
  })

  it('does not disturb the one that runs', async () => {
    assert.equal((await holder.client.health()).isReady, true)
  })
})
