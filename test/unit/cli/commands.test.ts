import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { EXIT, exitCodeOfFault } from '../../../node/cli/exit-codes.ts'
import { barOf, shortHex, tableOf } from '../../../node/cli/terminal.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { aCommandLine, anIdentity, giveToken } from '../../builders/cli.ts'
import { OWNER_TOKEN, stopControlPort } from '../../builders/control-app.ts'
import { settle } from '../../fakes/clock.ts'
import { CHANNEL_ID, PROVIDER } from '../../fakes/node-api.ts'

type Kit = Awaited<ReturnType<typeof aCommandLine>>

describe('the command line', () => {
  let kit: Kit
  const open = async (options: Parameters<typeof aCommandLine>[0] = {}): Promise<Kit> => {
    if (kit) await stopControlPort(kit.control)
    kit = await aCommandLine(options)
    return kit
  }
  beforeEach(() => open())
  afterEach(() => stopControlPort(kit.control))

  describe('souk init', () => {
    it('asks for a new passphrase twice and shows the agent', async () => {
      await open({ typed: ['secret', 'secret'] })
      const { code, stdout } = await kit.souk('init')
      assert.equal(code, 0)
      assert.deepEqual(kit.secrets, ['secret'])
      assert.match(stdout, new RegExp(anIdentity.agent))
      assert.match(stdout, /Next: souk start/)
      assert.doesNotMatch(stdout, /secret/)
    })

    it('refuses two passphrases that differ, and none at all', async () => {
      await open({ typed: ['one', 'two'] })
      assert.equal((await kit.souk('init')).code, EXIT.notAllowed)
      await open({ typed: ['one'] })
      assert.equal((await kit.souk('init')).code, EXIT.notAllowed)
      await open()
      const { code, stderr } = await kit.souk('init')
      assert.equal(code, EXIT.notAllowed)
      assert.match(stderr, /No passphrase.*\(PASSPHRASE_MISSING\)/)
    })

    it('takes the passphrase from the environment, or from the first line of a file before it', async () => {
      await open({ passphrase: 'from env' })
      await kit.souk('init', '--json')
      kit.files.set('pass', Buffer.from('from file\r\nmore'))
      const { stdout } = await kit.souk('init', '--passphrase-file', 'pass', '--json')
      assert.deepEqual(kit.secrets, ['from env', 'from file'])
      assert.deepEqual(JSON.parse(stdout), anIdentity)
      assert.equal((await kit.souk('init', '--passphrase-file', 'none')).code, EXIT.noInput)
    })

    it('hands settings over from every option', async () => {
      await open({ passphrase: 'x' })
      await kit.souk('init', '--config', 'c.yaml', '--data', '/d', '--set', 'log.level=warn')
      assert.deepEqual(kit.calls, [
        'settings {"file":"c.yaml","log.level":"warn","dataFolder":"/d"}',
      ])
      assert.equal((await kit.souk('init', '--set', 'nonsense')).code, EXIT.config)
    })
  })

  describe('souk start', () => {
    const started = async (...argv: string[]) => {
      const running = kit.souk('start', ...argv)
      for (let turn = 0; turn < 20; turn++) await settle()
      return running
    }

    it('shows where the node is, its token once, and stops it on Ctrl-C', async () => {
      await open({ passphrase: 'x', isTty: true })
      kit.interrupt()
      const first = await started()
      assert.equal(first.code, 0)
      assert.match(first.stdout, new RegExp(`http://127.0.0.1:7700/#token=${OWNER_TOKEN}`))
      assert.match(first.stdout, /5\.00 tUSD/)
      assert.match(first.stdout, /this agent only buys/)
      const again = await started()
      assert.doesNotMatch(again.stdout, new RegExp(OWNER_TOKEN))
      assert.match(again.stdout, /in \/data\/token/)
      assert.deepEqual(
        kit.calls.filter((call) => !call.startsWith('settings')),
        ['start', 'stop', 'start', 'stop'],
      )
    })

    it('tells programs in one line where to go, and stops with its input where asked to', async () => {
      await open({ typed: ['typed'] })
      const { stdout } = await started('--json', '--stop-with-input')
      assert.deepEqual(JSON.parse(stdout), {
        agent: `0x${'a1'.repeat(20)}`,
        peerId: '12D3KooWself',
        addresses: ['/ip4/127.0.0.1/tcp/4000'],
        control: { url: 'http://127.0.0.1:7700', tokenFile: '/data/token' },
      })
      assert.deepEqual(kit.secrets, ['typed'])
    })

    it('stops what it started when the start fails, and says why with every cause', async () => {
      await open({ passphrase: 'x' })
      const cause = new Error('listen EADDRINUSE', { cause: new Error('deeper') })
      const { createNode } = kit.deps
      kit.deps.createNode = async (...args) => ({
        ...(await createNode(...args)),
        start: () => Promise.reject(new Fault('PORT_TAKEN', 'Port 7700 is taken', { cause })),
      })
      const { code, stderr } = await kit.souk('start')
      assert.equal(code, EXIT.config)
      assert.match(stderr, /Port 7700 is taken \(PORT_TAKEN\)\n.*EADDRINUSE\n.*deeper/)
      assert.ok(kit.calls.includes('stop'))
      const json = await kit.souk('start', '--json')
      assert.deepEqual(JSON.parse(json.stderr), {
        code: 'PORT_TAKEN',
        message: 'Port 7700 is taken',
        causes: ['listen EADDRINUSE', 'deeper'],
      })
    })
  })

  describe('souk doctor', () => {
    it('tells what the network sees, each problem with its fix, and fails while there is one', async () => {
      giveToken(kit)
      const { code, stdout } = await kit.souk('doctor')
      assert.notEqual(code, 0)
      assert.match(stdout, /reachable +closed: nobody could dial it/)
      assert.match(stdout, /is seen at +\/ip4\/203\.0\.113\.7\/tcp\/4700 \(not dialled yet\)/)
      assert.match(stdout, /bootstrap .* not connected: timed out/)
      assert.match(stdout, /NOT_REACHABLE Nobody could dial it\.\n {2}Forward a port\./)
      const json = await kit.souk('doctor', '--json')
      assert.equal(JSON.parse(json.stdout).problems[0].code, 'NOT_REACHABLE')
    })
  })

  describe('souk status', () => {
    it('shows node, tasks and channels', async () => {
      giveToken(kit)
      const { client, api } = kit.control
      const body = { module: { bytesBase64: 'AAAA' }, budget: '1' }
      const { id } = await client.executeWithPayment({ body })
      api.change(id, { phase: 'failed', code: 'NO_BIDS' })
      api.setReady(false)
      const { code, stdout } = await kit.souk('status')
      assert.equal(code, 0)
      assert.match(stdout, /balance +5\.00 tUSD/)
      assert.match(stdout, /chain: unreachable/)
      assert.match(stdout, /waiting +1 transactions/)
      assert.match(stdout, /bought +failed \(NO_BIDS\)/)
      assert.match(stdout, /0xc3c3…c3c3 +pays +0xb2b2…b2b2 +open +1\.00 +0\.25/)
      const json = await kit.souk('status', '--json')
      assert.equal(JSON.parse(json.stdout).self.peerId, '12D3KooWself')
    })

    it('says how to get a node where none runs', async () => {
      const { code, stderr } = await kit.souk('status')
      assert.equal(code, EXIT.noInput)
      assert.match(stderr, /start a node with souk start/)
    })
  })

  describe('commands made from the routes', () => {
    beforeEach(() => giveToken(kit))

    it('list, show and change what the node has', async () => {
      const channels = await kit.souk('channel', 'list')
      assert.match(channels.stdout, /0x(c3){32} +payer +0xb2b2…b2b2 +open +- +1\.00 +0\.25/)
      const chain = await kit.souk('chain', 'status')
      assert.match(chain.stdout, /balances\.token +5\.00\n/)
      assert.match(chain.stdout, /outbox:\nkey +call +status/)
      assert.equal((await kit.souk('task', 'list', '--limit', '5')).stdout, '(none)\n')
      assert.match((await kit.souk('network', 'self')).stdout, /token\.symbol +tUSD/)
      const opened = await kit.souk(
        ...['channel', 'open', '--peer', PROVIDER, '--amount', '2.50', '--mode', 'duplex'],
      )
      assert.match(opened.stdout, /unclaimed +0\.25\n/)
      const { code } = await kit.souk('channel', 'fund', CHANNEL_ID, '--amount', '0')
      assert.notEqual(code, 0)
      assert.equal((await kit.souk('channels', 'exposure')).stdout, '(none)\n')
      const closing = await kit.souk('channel', 'close', CHANNEL_ID, '--force', 'true', '--json')
      assert.equal(JSON.parse(closing.stdout).phase, 'closing')
    })

    it('say where a long list goes on', async () => {
      const body = { module: { bytesBase64: 'AAAA' }, budget: '1' }
      for (let count = 0; count < 3; count++) await kit.control.client.executeWithPayment({ body })
      const { stdout } = await kit.souk('task', 'list', '--limit', '2')
      assert.match(stdout, /more: --cursor 2/)
      const rest = await kit.souk('task', 'list', '--limit', '2', '--cursor', '2')
      assert.equal(rest.stdout.trim().split('\n').length, 2)
    })

    it('tell a fault with its code', async () => {
      const { code, stderr } = await kit.souk('task', 'show', 'nothing')
      assert.equal(code, EXIT.noInput)
      assert.match(stderr, /\(NOT_FOUND\)/)
    })

    it('reach another node where its url and token file are given', async () => {
      kit.files.set('t', Buffer.from(OWNER_TOKEN))
      const { code } = await kit.souk(
        'chain',
        'status',
        '--url',
        'http://127.0.0.1:7700',
        '--token-file',
        't',
      )
      assert.equal(code, 0)
      assert.deepEqual(kit.calls, [])
    })
  })

  it('passes everything on to the demo', async () => {
    await kit.souk('demo', '--keep', 'file.ts')
    assert.deepEqual(kit.calls, ['demo --keep file.ts'])
  })

  it('helps, tells its version, and refuses what it does not know', async () => {
    const help = await kit.souk('--help')
    assert.equal(help.code, 0)
    assert.match(help.stdout, /buy one run of a WebAssembly program/)
    assert.equal((await kit.souk('--version')).stdout, '0.1.0\n')
    assert.equal((await kit.souk('bogus')).code, EXIT.usage)
  })
})

describe('exit codes', () => {
  it('stand for classes of faults', () => {
    const expected = {
      INTERNAL: 70,
      CONFIG_INVALID: 78,
      DATABASE_OF_ANOTHER_AGENT: 78,
      WRONG_PASSPHRASE: 77,
      SPENDING_LIMIT_REACHED: 77,
      NOT_FOUND: 66,
      MODULE_INVALID: 65,
      CHAIN_UNREACHABLE: 69,
      NO_BIDS: 75,
      DELIVERY_TIMEOUT: 75,
      CANCELLED: 130,
      RESERVE_TOO_SMALL: 1,
    }
    for (const [code, exit] of Object.entries(expected)) assert.equal(exitCodeOfFault(code), exit)
  })
})

describe('text for the terminal', () => {
  it('is cut, aligned and drawn', () => {
    assert.equal(shortHex('0x1234'), '0x1234')
    assert.deepEqual(tableOf(['a', 'bb'], [['ccc', 'd']]), ['a    bb', 'ccc  d'])
    assert.equal(barOf(1n, 0n, 4), '░░░░')
    assert.equal(barOf(9n, 3n, 4), '████')
  })
})
