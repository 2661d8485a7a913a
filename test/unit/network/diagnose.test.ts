import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  diagnoseNetwork,
  type NetworkSight,
  type Reachability,
  reachabilityOf,
} from '../../../protocols/network/index.ts'

const healthy: NetworkSight = {
  peerId: '12D3KooWself',
  listening: ['/ip4/192.168.1.4/tcp/4700'],
  announced: ['/ip4/203.0.113.7/tcp/4700'],
  observed: [{ address: '/ip4/203.0.113.7/tcp/4700', isVerified: true }],
  relays: [],
  wantsRelays: false,
  isLocal: false,
  peers: 3,
  dhtPeers: 2,
  bootstrap: [{ address: '/ip4/192.0.2.1/tcp/4700', isConnected: true, fault: null }],
}
const unseen: Partial<NetworkSight> = { announced: [], observed: [] }
const seen = [{ address: '/ip4/203.0.113.7/tcp/4700', isVerified: false }]

describe('the reachability of a node', () => {
  const cases: [what: string, sight: Partial<NetworkSight>, expected: Reachability][] = [
    ['that was dialled', {}, 'open'],
    [
      'that announces a public name',
      { observed: [], announced: ['/dns4/a.example/tcp/1'] },
      'open',
    ],
    ['seen at an address nobody could dial', { ...unseen, observed: seen }, 'closed'],
    ['behind a relay', { ...unseen, relays: ['12D3KooWrelay'] }, 'relayed'],
    ['that nobody has seen', unseen, 'unknown'],
    ['on a local chain', { isLocal: true }, 'local'],
  ]
  for (const address of ['/ip4/10.1.2.3/tcp/1', '/ip4/172.20.0.1/tcp/1', '/ip6/::1/tcp/1']) {
    cases.push([`that announces ${address}`, { ...unseen, announced: [address] }, 'unknown'])
  }
  cases.push([
    'that announces an address of its relay',
    { ...unseen, announced: ['/ip4/203.0.113.9/tcp/1/p2p/12D3KooWrelay/p2p-circuit'] },
    'unknown',
  ])
  for (const [what, sight, expected] of cases) {
    it(`is ${expected} for one ${what}`, () => {
      assert.equal(reachabilityOf({ ...healthy, ...sight }), expected)
    })
  }
})

describe('the diagnosis of a node', () => {
  const lost = { address: '/ip4/192.0.2.9/tcp/4700', isConnected: false, fault: 'timed out' }
  const cases: [what: string, sight: Partial<NetworkSight>, codes: string[]][] = [
    ['that is well', {}, []],
    ['with nobody', { peers: 0, dhtPeers: 0 }, ['NO_PEERS']],
    ['with nobody and no bootstrap', { peers: 0, dhtPeers: 0, bootstrap: [] }, ['NO_PEERS']],
    ['whose bootstrap is away', { bootstrap: [lost] }, ['BOOTSTRAP_UNREACHED']],
    ['that cannot be dialled', { ...unseen, observed: seen }, ['NOT_REACHABLE']],
    ['that wants a relay', { wantsRelays: true }, ['NO_RELAY']],
    ['that has one', { wantsRelays: true, relays: ['12D3KooWrelay'] }, []],
    ['without a DHT', { dhtPeers: 0 }, ['DHT_EMPTY']],
  ]
  for (const [what, sight, codes] of cases) {
    it(`of one ${what} names ${codes.join() || 'nothing'}, with a fix`, () => {
      const problems = diagnoseNetwork({ ...healthy, ...sight })
      assert.deepEqual(
        problems.map(({ code }) => code),
        codes,
      )
      assert.ok(problems.every(({ message, fix }) => message !== '' && fix !== ''))
    })
  }
  it('says why a bootstrap node was not reached', () => {
    const [problem] = diagnoseNetwork({ ...healthy, bootstrap: [lost] })
    assert.match(problem?.message ?? '', /192\.0\.2\.9.*timed out/)
  })
})
