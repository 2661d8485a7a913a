import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { AGENTS, settingsOf } from '../../../examples/demo/agents.ts'
import { balanceLines, checkSums, type Sums } from '../../../examples/demo/balances.ts'
import { readDemoOptions } from '../../../examples/demo/options.ts'
import { createScreen, visibleWidth } from '../../../examples/demo/screen.ts'
import { joinTiles, planTiles, tileArea, tileArguments } from '../../../examples/demo/tiles.ts'

const rightSums: Sums = {
  accounts: [
    { name: 'buyer', address: '0xb', before: 1000n, after: 930n },
    { name: 'swift', address: '0x1', before: 1000n, after: 1050n },
    { name: 'steady', address: '0x2', before: 1000n, after: 1020n },
    { name: 'idle', address: '0x3', before: 1000n, after: 1000n },
  ],
  buyer: '0xb',
  contract: { before: 0n, after: 0n },
  costs: [
    { provider: '0x1', amount: 20n },
    { provider: '0x1', amount: 30n },
    { provider: '0x2', amount: 20n },
  ],
  supply: { before: 4000n, after: 4000n },
}
const wrongIn = (sums: Sums) =>
  checkSums(sums)
    .filter(({ isRight }) => !isRight)
    .map(({ what }) => what)

describe('the sums of the demo', () => {
  it('are right when every gain is a receipt and every loss a gain', () => {
    assert.deepEqual(wrongIn(rightSums), [])
  })

  it('are wrong as soon as one unit is anywhere else', () => {
    for (const index of rightSums.accounts.keys()) {
      const accounts = rightSums.accounts.map((account, at) =>
        at === index ? { ...account, after: account.after + 1n } : account,
      )
      assert.notDeepEqual(wrongIn({ ...rightSums, accounts }), [])
    }
    const contract = { before: 0n, after: 1n }
    assert.deepEqual(wrongIn({ ...rightSums, contract }), [
      'no token is left in a channel',
      'no token appeared or vanished',
      'the agents hold the whole supply',
    ])
    const supply = { before: 4000n, after: 4001n }
    assert.deepEqual(wrongIn({ ...rightSums, supply }), ['the agents hold the whole supply'])
  })

  it('are wrong when a receipt is for another seller, or nothing was bought', () => {
    const costs = rightSums.costs.map((cost) => ({ ...cost, provider: '0x1' }))
    assert.deepEqual(wrongIn({ ...rightSums, costs }), ['each seller gained what its receipts say'])
    const accounts = rightSums.accounts.map((account) => ({ ...account, after: account.before }))
    assert.deepEqual(wrongIn({ ...rightSums, accounts, costs: [] }), ['something was bought'])
  })

  it('stand in a table with their total', () => {
    const paint = (_style: string, text: string) => text
    const lines = balanceLines(rightSums, { paint, decimals: 1 })
    assert.equal(lines.length, 7)
    assert.match(lines[1] ?? '', /buyer +100\.0000 +93\.0000 +-7\.0000/)
    assert.match(lines[2] ?? '', /swift +100\.0000 +105\.0000 +\+5\.0000/)
    assert.match(lines[6] ?? '', /total +400\.0000 +400\.0000 +0\.0000/)
  })
})

describe('tiles', () => {
  const anyPicture = fc.record({
    width: fc.integer({ min: 4, max: 23 }),
    height: fc.integer({ min: 4, max: 23 }),
    columns: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 1, max: 4 }),
  })

  it('cover every pixel of a picture exactly once and come back in their place', () => {
    fc.assert(
      fc.property(anyPicture, (picture) => {
        const tiles = planTiles(picture).map((plan, index) => {
          const { width, height } = tileArea(plan)
          return { plan, pixels: new Uint8Array(width * height * 3).fill(index + 1) }
        })
        const joined = joinTiles(picture, tiles)
        const expected = new Uint8Array(picture.width * picture.height * 4)
        for (const [index, { plan }] of tiles.entries()) {
          const area = tileArea(plan)
          for (let y = area.top; y < area.top + area.height; y++) {
            for (let x = area.left; x < area.left + area.width; x++) {
              const at = (y * picture.width + x) * 4
              assert.equal(expected[at], 0)
              expected.set([index + 1, index + 1, index + 1, 255], at)
            }
          }
        }
        assert.deepEqual(joined, expected)
      }),
      { numRuns: 30 },
    )
  })

  it('are refused when they have too few bytes or too many', () => {
    const [plan] = planTiles({ width: 4, height: 4, columns: 2, rows: 2 })
    assert.ok(plan)
    for (const length of [0, 11, 13]) {
      const tiles = [{ plan, pixels: new Uint8Array(length) }]
      assert.throws(() => joinTiles({ width: 4, height: 4 }, tiles), /tile 0,0 has/)
    }
    assert.deepEqual(tileArguments(plan), ['0', '0', '2', '2', '4', '4'])
  })
})

describe('the demo’s options', () => {
  it('are --keep and one file', () => {
    assert.deepEqual(readDemoOptions([]), { keep: false, file: null, isHelp: false })
    assert.deepEqual(readDemoOptions(['a.ts', '--keep']), {
      keep: true,
      file: 'a.ts',
      isHelp: false,
    })
    assert.deepEqual(readDemoOptions(['-h']), { keep: false, file: null, isHelp: true })
    assert.equal(readDemoOptions(['--fast']), 'there is no option --fast')
    assert.equal(readDemoOptions(['a', 'b']), 'one file at a time')
  })
})

describe('the demo’s agents', () => {
  it('are one buyer, three sellers with different prices and speeds, and one idle', () => {
    assert.deepEqual(
      AGENTS.map(({ part }) => part),
      ['buys', 'sells', 'sells', 'sells', 'idle'],
    )
    const sellers = AGENTS.filter(({ part }) => part === 'sells')
    for (const trait of ['pricePerMfuel', 'speedMfuelPerSecond']) {
      assert.equal(new Set(sellers.map(({ market }) => market[trait])).size, 3)
    }
  })

  it('know all the others from the start', () => {
    const [plan] = AGENTS
    assert.ok(plan)
    const place = {
      folder: '/a',
      passphraseFile: '/p',
      listen: '/ip4/127.0.0.1/tcp/1',
      others: ['/ip4/127.0.0.1/tcp/2'],
      rpcUrl: 'http://127.0.0.1:3',
      deploymentFile: '/d',
    }
    const { network } = settingsOf(plan, place) as { network: { bootstrap: string[] } }
    assert.deepEqual(network.bootstrap, ['/ip4/127.0.0.1/tcp/2'])
  })
})

describe('a screen', () => {
  const anOutput = (isTty: boolean) => {
    const written: string[] = []
    const output = {
      isTty,
      hasColors: isTty,
      columns: 10,
      write: (text: string | Uint8Array) => void written.push(String(text)),
    }
    return { written, screen: createScreen(output) }
  }

  it('redraws its board in place and keeps what was said', () => {
    const { written, screen } = anOutput(true)
    screen.show(['one', 'two'])
    screen.show(['one', 'two'])
    screen.show(['one'])
    screen.say('kept')
    screen.show(['again'])
    screen.keep()
    screen.say('below')
    assert.deepEqual(written, [
      'one\ntwo\n',
      '\u001b[2A\u001b[0J',
      'one\n',
      '\u001b[1A\u001b[0J',
      'kept\n',
      'again\n',
      'below\n',
    ])
  })

  it('cuts lines that would wrap, colours not counted', () => {
    const { written, screen } = anOutput(true)
    screen.show(['\u001b[31mabcdefghijkl\u001b[0m', 'short'])
    assert.deepEqual(written, ['\u001b[31mabcdefghi\u001b[0m\nshort\n'])
    assert.equal(visibleWidth('\u001b[31mabc\u001b[0m'), 3)
  })

  it('shows no board where it cannot be redrawn', () => {
    const { written, screen } = anOutput(false)
    screen.show(['one'])
    screen.say('said')
    screen.say()
    assert.deepEqual(written, ['said\n'])
  })
})
