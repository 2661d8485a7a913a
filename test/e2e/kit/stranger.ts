import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createBlobStore, createLibp2pNode } from '../../../node/adapters/libp2p/index.ts'
import { createSystemClock } from '../../../node/adapters/system/index.ts'
import type { GossipTopic } from '../../../node/ports/index.ts'
import { accept, createDigester } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../../fakes/signer.ts'
import { type Market, NETWORK } from './market.ts'
import type { NodeProcess } from './node-process.ts'
import { until } from './until.ts'

export const TOPICS: readonly GossipTopic[] = ['auctions', 'bids', 'awards']

export type Overheard = { topic: GossipTopic; data: Uint8Array }

/** A peer that obeys no rules of the market: hears everything, and says whatever it is told to. */
export type Stranger = {
  heard: Overheard[]
  say(message: Overheard): Promise<void>
  stop(): Promise<void>
}

const CHAIN_ID = 31_337

/** Connects to these nodes and waits until all of them listen to it. */
export const inviteStranger = async (
  market: Market,
  name: string,
  nodes: readonly NodeProcess[],
): Promise<Stranger> => {
  const folder = join(market.folder, name)
  const verifyingContract = market.chain.deployment.disputeArbiter
  const { network, gossip } = await createLibp2pNode(
    {
      signer: createTestSigner(name),
      digest: createDigester({ chainId: CHAIN_ID, verifyingContract }),
      recover: recoverSigner,
      clock: createSystemClock(),
      log: silentLog,
      blobs: createBlobStore({ folder: join(folder, 'blobs') }),
    },
    {
      networkName: NETWORK,
      seed: randomBytes(32),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: nodes.flatMap(({ addresses }) => addresses),
      mdns: false,
      datastoreFolder: join(folder, 'peers'),
      testing: { loopback: true },
    },
  )
  const heard: Overheard[] = []
  for (const topic of TOPICS) {
    gossip.subscribe(topic, (data) => {
      heard.push({ topic, data: Uint8Array.from(data) })
      return accept
    })
  }
  await network.start()
  await until(`${name} is listened to`, async () =>
    TOPICS.every((topic) => gossip.listeners(topic) >= nodes.length),
  )
  return {
    heard,
    say: async ({ topic, data }) => void (await gossip.publish(topic, data)),
    stop: () => network.stop(),
  }
}
