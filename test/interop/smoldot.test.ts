import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PeerId } from '@libp2p/interface'
import { after, before, describe, it } from 'mocha'
import { until } from '../e2e/kit/until.ts'
import { type HostForGuests, startHostForGuests } from './guest-network.ts'
import { installPeers } from './install.ts'
import { type PeerProcess, startPeer } from './peer-process.ts'

/** The first block of the chain that the light client follows. */
const GENESIS = '77afd6190f1554ad45fd0d31aee62aacc33c6db0ea801129acb813f913e0764f'
const PING = '/ipfs/ping/1.0.0'

describe('nodes of ours and smoldot, which knows the address of one', function () {
  this.timeout(180_000)
  let folder: string
  let guest: PeerProcess
  const known: HostForGuests[] = []
  const [found, names] = [new Map<HostForGuests, PeerId>(), new Set<string>()]

  /** Where the line breaks while the two greet each other, smoldot does not come back for minutes: another light client starts. */
  const greet = async (address: string, attempts = 3): Promise<void> => {
    guest = startPeer('light-client.mjs', { address })
    await guest.told('started')
    try {
      await until('smoldot has said what it is', async () => names.size > 0, 15_000)
    } catch (error) {
      if (attempts === 1) throw error
      await guest.stop()
      await greet(address, attempts - 1)
    }
  }

  before(async () => {
    await installPeers()
    folder = await mkdtemp(join(tmpdir(), 'souk-interop-'))
    known.push(await startHostForGuests(folder, { genesis: GENESIS }))
    const [first] = known as [HostForGuests]
    const others = [1, 2].map(() =>
      startHostForGuests(folder, { genesis: GENESIS, neighbour: first.host }),
    )
    known.push(...(await Promise.all(others)))
    const ours = new Set(known.map(({ host }) => host.peerId.toString()))
    for (const one of known) {
      one.host.addEventListener('peer:connect', ({ detail }) => {
        if (!ours.has(detail.toString())) found.set(one, detail)
      })
      one.host.addEventListener('peer:identify', ({ detail: { peerId, agentVersion } }) => {
        if (!ours.has(peerId.toString())) names.add(agentVersion ?? '')
      })
    }
    const [address] = first.host.getMultiaddrs()
    await greet(String(address))
  })
  after(async () => {
    await guest?.stop()
    await Promise.all(known.map(({ stop }) => stop()))
    await rm(folder, { recursive: true, force: true })
  })

  const first = () => known[0] as HostForGuests

  it('agrees with it on noise and yamux', async () => {
    await until('smoldot is connected', async () => found.has(first()))
    const [connection] = first().host.getConnections(found.get(first()))
    assert.deepEqual([connection?.encryption, connection?.multiplexer], ['/noise', '/yamux/1.0.0'])
  })

  it('learns by identify what it is', async () => {
    await until('smoldot has said what it is', async () => names.size > 0)
    assert.match([...names].join(), /^smoldot/)
  })

  it('is pinged by it, and pings it', async () => {
    const peer = found.get(first()) as PeerId
    await until('smoldot pings', async () =>
      first()
        .host.getConnections(peer)
        .some(({ streams }) =>
          streams.some(({ protocol, direction }) => protocol === PING && direction === 'inbound'),
        ),
    )
    assert.ok((await first().host.services.ping.ping(peer)) >= 0)
  })

  it('answers its FIND_NODE so that it finds and reaches the others', async () => {
    await until('smoldot asks the DHT', async () => first().dhtQuestions() > 0)
    await until('smoldot reaches a node that it was told of', async () => found.size > 1)
  })
})
