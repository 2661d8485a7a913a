import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { lpStream } from '@libp2p/utils'
import { createGate } from '../../node/adapters/libp2p/gate.ts'
import { createHost, type Host } from '../../node/adapters/libp2p/host.ts'
import { peerKeyFromSeed } from '../../node/adapters/libp2p/identity.ts'
import { defaultLimits } from '../../node/adapters/libp2p/options.ts'

/** A node of ours that also answers to the names by which a light client of this chain calls its protocols. */
export type HostForGuests = {
  host: Host
  /** Questions to the DHT that came under the guest's name for it. */
  dhtQuestions(): number
  stop(): Promise<void>
}

const DHT = '/souk/kad/1'
const FULL_NODE = 1
const HASH_BYTES = 32

/** What a full node of the chain says of itself: its role, its best block (the first one), and the chain. */
const greetingOf = (genesis: string): Uint8Array => {
  const hash = Buffer.from(genesis, 'hex')
  const bestNumber = Buffer.alloc(4)
  return Buffer.concat([Buffer.from([FULL_NODE]), bestNumber, hash, hash])
}

/** The part of a libp2p node that knows who answers which protocol; not in its public type. */
type WithRegistrar = {
  components: {
    registrar: { getHandler(name: string): { handler: Parameters<Host['handle']>[1] } }
  }
}

const answerGuests = async (host: Host, genesis: string): Promise<() => number> => {
  let questions = 0
  const { registrar } = (host as unknown as WithRegistrar).components
  const { handler } = registrar.getHandler(DHT)
  // The guest's DHT speaks the same protocol under the name of its own chain: it is our DHT that answers.
  await host.handle(`/${genesis}/kad`, (stream, connection) => {
    questions += 1
    return handler(stream, connection)
  })
  // It asks only those that it takes for peers of its chain.
  await host.handle(`/${genesis}/block-announces/1`, async (stream) => {
    const frames = lpStream(stream, { maxDataLength: 1 + 4 + 2 * HASH_BYTES })
    await frames.read()
    await frames.write(greetingOf(genesis))
  })
  return () => questions
}

/** Starts such a node and connects it to another. */
export const startHostForGuests = async (
  folder: string,
  { genesis, neighbour }: { genesis: string; neighbour?: Host },
): Promise<HostForGuests> => {
  const seed = randomBytes(32)
  const privateKey = await peerKeyFromSeed(seed)
  const { host, start, stop } = await createHost(
    {
      networkName: 'interop',
      seed,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      mdns: false,
      datastoreFolder: join(folder, randomBytes(4).toString('hex')),
      testing: { loopback: true },
    },
    {
      privateKey,
      gate: createGate(Date.now),
      limits: defaultLimits,
      penaltyOf: () => 0,
      judgeRecord: () => Promise.reject(new Error('nobody stores records here')),
    },
  )
  await start()
  const dhtQuestions = await answerGuests(host, genesis)
  const [address] = neighbour?.getMultiaddrs() ?? []
  if (address) await host.dial(address)
  return { host, dhtQuestions, stop }
}
