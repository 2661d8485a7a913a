// Gossip among nodes of this process: real libp2p on loopback, every message judged by each node's own board with real signatures.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createBlobStore, createLibp2pNode } from '../../node/adapters/libp2p/index.ts'
import { createSystemClock } from '../../node/adapters/system/index.ts'
import { createBoard } from '../../node/market/index.ts'
import { createDigester, type Hash, toHex } from '../../protocols/common/index.ts'
import { anAuction } from '../builders/messages.ts'
import { until } from '../e2e/kit/until.ts'
import { silentLog } from '../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../fakes/signer.ts'
import { percentile } from './harness.ts'

const NODES = 30
/** Each node knows two others at least; the DHT finds it more. */
const LEAST_LISTENERS = 2
const PACED = 40
const PACE_MS = 200
/** Below the burst that each neighbour is allowed. */
const RUSH = 500
const RUSH_STEP = 25

const clock = createSystemClock()
const digest = createDigester({ chainId: 31_337, verifyingContract: `0x${'c2'.repeat(20)}` })

/** When each message was said, and after how many milliseconds each node heard it. */
type Ledger = { saidAt: Map<Hash, number>; delays: number[] }

const openNode = async (
  name: string,
  { folder, bootstrap, ledger }: { folder: string; bootstrap: readonly string[]; ledger: Ledger },
) => {
  const signer = createTestSigner(name)
  const shared = { digest, recover: recoverSigner, clock, log: silentLog }
  const { network, gossip } = await createLibp2pNode(
    { ...shared, signer, blobs: createBlobStore({ folder: join(folder, name, 'blobs') }) },
    {
      networkName: 'bench',
      seed: randomBytes(32),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      mdns: false,
      datastoreFolder: join(folder, name, 'peers'),
      testing: { loopback: true },
      // Each finds some ten neighbours, as in a network too large to know everybody.
      limits: { maxConnections: 24 },
    },
  )
  const board = createBoard({ ...shared, gossip, emit: () => {} })
  board.onAuction(({ auctionId }) => {
    const saidAt = ledger.saidAt.get(auctionId)
    if (saidAt !== undefined) ledger.delays.push(performance.now() - saidAt)
  })
  board.start()
  await network.start()
  const say = async () => {
    const now = clock.now()
    const message = anAuction({
      requester: signer.address,
      closesAt: now + 600,
      deliverBy: now + 3_600,
      revealBy: 0,
      salt: toHex(randomBytes(32)),
    })
    const auctionId = digest('Auction', message)
    const auction = { message, signature: signer.sign(auctionId) }
    board.open(auction, auctionId)
    ledger.saidAt.set(auctionId, performance.now())
    await board.publishAuction(auction)
  }
  return { network, gossip, say }
}

type GossipNode = Awaited<ReturnType<typeof openNode>>

const openNodes = async (folder: string, ledger: Ledger): Promise<GossipNode[]> => {
  const nodes: GossipNode[] = []
  for (let number = 0; number < NODES; number += 1) {
    const [one, other] = [Math.floor(number / 2), number - 1]
    const neighbours = [...new Set([one, other])].flatMap((index) => nodes[index] ?? [])
    const bootstrap = neighbours.flatMap(({ network }) => network.self().addresses)
    nodes.push(await openNode(`gossip-${number}`, { folder, bootstrap, ledger }))
  }
  return nodes
}

const nodeAt = (nodes: readonly GossipNode[], index: number) =>
  nodes[(index * 7) % nodes.length] as GossipNode

/** Waits for what is on its way; what has not come by then is lost. */
const settle = async (ledger: Ledger): Promise<void> => {
  const wanted = ledger.saidAt.size * (NODES - 1)
  for (let look = 0; look < 100 && ledger.delays.length < wanted; look += 1) await pause(100)
}

const sayPaced = async (nodes: readonly GossipNode[], ledger: Ledger) => {
  for (let said = 0; said < PACED; said += 1) {
    await nodeAt(nodes, said).say()
    await pause(PACE_MS)
  }
  await settle(ledger)
  const wanted = PACED * (NODES - 1)
  return {
    ratio: ledger.delays.length / wanted,
    p50: percentile(ledger.delays, 0.5),
    p99: percentile(ledger.delays, 0.99),
  }
}

const sayInARush = async (nodes: readonly GossipNode[], ledger: Ledger): Promise<number> => {
  const heard = ledger.delays.length
  const before = process.cpuUsage()
  for (let said = 0; said < RUSH; said += RUSH_STEP) {
    const some = Array.from({ length: RUSH_STEP }, (_, step) => nodeAt(nodes, said + step).say())
    await Promise.all(some)
    await pause(PACE_MS / 2)
  }
  await settle(ledger)
  const { user, system } = process.cpuUsage(before)
  return ((ledger.delays.length - heard) * 1e6) / (user + system)
}

/** Share of messages that arrived, how fast, and how many deliveries a second of CPU pays for. */
export const measureGossip = async (progress: (line: string) => void) => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-bench-'))
  const ledger: Ledger = { saidAt: new Map(), delays: [] }
  progress(`connecting ${NODES} nodes`)
  const nodes = await openNodes(folder, ledger)
  try {
    const listeners = () => nodes.map(({ gossip }) => gossip.listeners('auctions'))
    await until(
      () => `all nodes are listened to: ${listeners()}`,
      async () => listeners().every((count) => count >= LEAST_LISTENERS),
    )
    // The links of the mesh are chosen at the next heartbeats.
    await pause(3_000)
    progress(`saying ${PACED} messages at ${1_000 / PACE_MS} a second, then ${RUSH} in a rush`)
    const paced = await sayPaced(nodes, ledger)
    return { ...paced, perCpuSecond: await sayInARush(nodes, ledger) }
  } finally {
    await Promise.all(nodes.map(({ network }) => network.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}
