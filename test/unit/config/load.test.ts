import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import {
  ConfigError,
  type ConfigFault,
  type ConfigSources,
  fields,
  loadConfig,
} from '../../../config/index.ts'

const faultsOf = async (sources: ConfigSources): Promise<readonly ConfigFault[]> => {
  try {
    await loadConfig(sources)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.faults
  }
  return assert.fail('accepted')
}
const pathsOf = async (sources: ConfigSources) => (await faultsOf(sources)).map(({ path }) => path)

describe('no settings at all', () => {
  it('give the defaults, in full', async () => {
    const config = await loadConfig({})
    assert.equal(config.dataFolder, join(homedir(), '.souk'))
    assert.equal(config.chain.network, 'local')
    assert.deepEqual(config.chain.rpcUrls, [])
    assert.deepEqual(config.market.weights, { price: 40, reputation: 30, specialty: 20, eta: 10 })
    assert.equal(config.market.basePrice, '0.001')
    assert.equal(config.execution.limits.fuel, 100_000_000_000n)
    assert.deepEqual(config.risk, {
      thresholdUsd: '10.00',
      prepaidMaxUsd: '1.00',
      providerCreditUsd: '5.00',
      requesterExposureUsd: '10.00',
    })
    assert.equal(config.control.host, '127.0.0.1')
    assert.equal(config.identity.keystore, null)
  })

  it('cannot be changed by whoever gets them', async () => {
    const config = await loadConfig({})
    assert.throws(() => Object.assign(config.market.weights, { price: 100 }), TypeError)
    assert.throws(() => config.network.listen.push('/ip4/127.0.0.1/tcp/1'), TypeError)
  })
})

describe('settings from several places', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'souk-config-'))
    file = join(folder, 'souk.yaml')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are taken from flags before environment before file before defaults', async () => {
    await writeFile(file, 'log: { level: warn, format: json }\nmarket:\n  capacity: 3\n')
    const env = { SOUK_LOG_LEVEL: 'error', SOUK_MARKET_CAPACITY: '4', HOME: '/elsewhere' }
    const config = await loadConfig({ file, env, flags: { 'market.capacity': 5 } })
    assert.deepEqual(config.log, { level: 'error', format: 'json' })
    assert.equal(config.market.capacity, 5)
    assert.equal(config.market.loadMarginPercent, 25)
  })

  it('are read from YAML with amounts exactly as written', async () => {
    await writeFile(
      file,
      `dataFolder: data
chain:
  network: polygon
  rpcUrls: [https://one.example, https://two.example/v3/key]
market:
  basePrice: 0.10
  pricePerMfuel: "0.000001"
identity:
  keystore: ~/wallet.json
network:
  mdns: no
channel:
`,
    )
    const config = await loadConfig({ file })
    assert.equal(config.dataFolder, join(folder, 'data'))
    assert.equal(config.identity.keystore, join(homedir(), 'wallet.json'))
    assert.deepEqual(config.chain.rpcUrls, ['https://one.example', 'https://two.example/v3/key'])
    assert.deepEqual([config.market.basePrice, config.market.pricePerMfuel], ['0.10', '0.000001'])
    assert.equal(config.network.mdns, false)
  })

  it('are read from JSON', async () => {
    const json = { control: { port: 0, tokenFile: null }, network: { mdns: false, bootstrap: [] } }
    await writeFile(file, JSON.stringify(json))
    const config = await loadConfig({ file })
    assert.equal(config.control.port, 0)
    assert.equal(config.control.tokenFile, null)
    assert.equal(config.network.mdns, false)
  })

  it('are read from an empty file', async () => {
    await writeFile(file, '# nothing yet\n')
    assert.equal((await loadConfig({ file })).log.level, 'info')
  })

  it('are read from the environment, lists by comma and paths from the working folder', async () => {
    const env = {
      SOUK_CHAIN_RPC_URLS: 'http://127.0.0.1:8545, http://127.0.0.1:8546,',
      SOUK_NETWORK_BOOTSTRAP: '',
      SOUK_NETWORK_MDNS: 'FALSE',
      SOUK_DATA_FOLDER: 'here',
      SOUK_CHAIN_CONFIRMATIONS: '',
      SOUK_EXECUTION_LIMITS_FUEL: '18446744073709551615',
    }
    const config = await loadConfig({ env, folder })
    assert.deepEqual(config.chain.rpcUrls, ['http://127.0.0.1:8545', 'http://127.0.0.1:8546'])
    assert.deepEqual(config.network.bootstrap, [])
    assert.equal(config.network.mdns, false)
    assert.equal(config.dataFolder, join(folder, 'here'))
    assert.equal(config.chain.confirmations, null)
    assert.equal(config.execution.limits.fuel, 2n ** 64n - 1n)
  })

  it('are all refused at once, each with what was given, what is expected and where', async () => {
    await writeFile(file, 'chain: { network: polgon }\nmarkte: { role: provider }\nlog: loud\n')
    const env = { SOUK_MARKET_BASE_PRICE: '1,5', SOUK_LOG_LEVLE: 'info' }
    const flags = { 'control.port': '70000', 'network.listen': '/ip4/0.0.0.0/tcp/0,here' }
    const error = await loadConfig({ file, env, flags }).catch((reason) => reason)
    assert.ok(error instanceof ConfigError)
    assert.equal(error.code, 'CONFIG_INVALID')
    assert.deepEqual(error.details.faults, error.faults)
    assert.deepEqual(error.message.split('\n'), [
      '7 settings are wrong:',
      `  markte: expected another name: did you mean market? (${file})`,
      `  log: given "loud", expected a section (${file})`,
      '  SOUK_LOG_LEVLE: expected another name: did you mean SOUK_LOG_LEVEL? (environment SOUK_LOG_LEVLE)',
      '  network.listen: given "/ip4/0.0.0.0/tcp/0,here", expected at most 16 multiaddrs such as /ip4/192.0.2.1/tcp/4700 (flag network.listen)',
      `  chain.network: given "polgon", expected one of local, sepolia, polygon, mainnet (${file})`,
      '  market.basePrice: given "1,5", expected an amount of tokens such as "0.50" (environment SOUK_MARKET_BASE_PRICE)',
      '  control.port: given "70000", expected a whole number from 0 to 65,535 (flag control.port)',
    ])
  })

  it('are refused where the file is missing, broken, too large or no settings', async () => {
    assert.deepEqual(await faultsOf({ file }), [
      { path: 'file', given: '', expected: 'a file that can be read', source: file },
    ])
    await writeFile(file, 'log:\n  level: info\n  level: warn\n')
    const [twice] = await faultsOf({ file })
    assert.equal(twice?.source, `${file}:3`)
    assert.match(twice?.expected ?? '', /DUPLICATE_KEY/)
    await writeFile(file, '- log')
    assert.deepEqual(await pathsOf({ file }), ['file'])
    await writeFile(file, ' '.repeat(2 ** 20 + 1))
    assert.deepEqual(await pathsOf({ file }), ['file'])
  })

  it('do not blow up on a file that multiplies itself', async () => {
    const levels = Array.from(
      { length: 30 },
      (_, at) => `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]`,
    )
    await writeFile(file, `a-1: &a-1 [x, x]\n${levels.join('\n')}\n`)
    assert.deepEqual(await pathsOf({ file }), ['file'])
  })
})

describe('an unknown setting', () => {
  const meant: [given: string, expected: RegExp][] = [
    ['chain.netwrok', /did you mean chain\.network\?/],
    ['market.rpcUrls', /did you mean chain\.rpcUrls\?/],
    ['datafolder', /did you mean dataFolder\?/],
    ['completely.different', /^a setting that exists$/],
    ['x'.repeat(500), /^a setting that exists$/],
  ]
  for (const [path, expected] of meant) {
    it(`is a fault: ${path.slice(0, 30)}`, async () => {
      const [fault] = await faultsOf({ flags: { [path]: 'x' } })
      assert.equal(fault?.path, path)
      assert.match(fault?.expected ?? '', expected)
    })
  }

  it('that was not given is none', async () => {
    await loadConfig({ flags: { 'no.such': undefined }, env: { SOUK_NO: undefined } })
  })
})

describe('settings that do not go together', () => {
  it('are refused: a public chain without an endpoint', async () => {
    assert.deepEqual(await pathsOf({ flags: { 'chain.network': 'mainnet' } }), ['chain.network'])
    const rpc = { 'chain.rpcUrls': 'https://rpc.example' }
    await loadConfig({ flags: { 'chain.network': 'mainnet', ...rpc } })
  })

  it('are refused: weights that do not add up', async () => {
    const [fault] = await faultsOf({ env: { SOUK_MARKET_WEIGHTS_ETA: '20' } })
    assert.deepEqual(fault, {
      path: 'market.weights.eta',
      given: '',
      expected: 'weights that add up to 100',
      source: 'environment SOUK_MARKET_WEIGHTS_ETA',
    })
  })

  it('are refused: a control port open to others, unless that is said', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'node.example', '127.0.0.1.example']) {
      assert.deepEqual(await pathsOf({ flags: { 'control.host': host } }), ['control.host'])
      await loadConfig({ flags: { 'control.host': host, 'control.allowRemote': true } })
    }
    for (const host of ['localhost', '127.0.0.2', '::1']) {
      await loadConfig({ flags: { 'control.host': host } })
    }
  })

  it('are not judged where one of them is wrong by itself', async () => {
    const flags = {
      'market.weights.eta': -1,
      'chain.rpcUrls': 'ftp://x',
      'chain.network': 'mainnet',
    }
    assert.deepEqual(await pathsOf({ flags }), ['chain.rpcUrls', 'market.weights.eta'])
  })

  it('are refused beside everything else that is wrong', async () => {
    const flags = { 'log.level': 'loud', 'chain.network': 'mainnet' }
    assert.deepEqual(await pathsOf({ flags }), ['log.level', 'chain.network'])
  })
})

describe('every setting', () => {
  const wrong = { text: '', integer: '1.5', boolean: 'maybe', list: 'not one of those' }
  for (const { path, environmentName, type, kind, expectation } of fields) {
    it(`${path} can be given in the environment and refuses nonsense`, async () => {
      const nonsense = kind === 'path' ? 'x'.repeat(5_000) : wrong[type]
      const faults = await faultsOf({ env: { [environmentName]: nonsense } })
      const own = faults.find((fault) => fault.path === path)
      assert.equal(own?.source, `environment ${environmentName}`)
      assert.equal(own?.expected, expectation)
    })
  }

  it('that may hold a key is not shown', async () => {
    const [fault] = await faultsOf({ flags: { 'chain.rpcUrls': 'htps://rpc.example/secret' } })
    assert.ok(!fault?.given.includes('secret'))
  })

  it('is shown shortened', async () => {
    const [fault] = await faultsOf({ flags: { 'log.level': 'x'.repeat(5_000) } })
    assert.ok((fault?.given.length ?? 0) < 100)
    const [typed] = await faultsOf({ flags: { 'log.level': 5n } })
    assert.equal(typed?.given, '"5"')
  })
})
