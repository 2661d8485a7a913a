// Promises per second between two agents: real keepers, real libp2p on loopback, every promise synced to a real database on both sides.
// The chain is in memory: no promise touches it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBlobStore, createLibp2pNode } from '../../node/adapters/libp2p/index.ts'
import { openLevelStore } from '../../node/adapters/store/index.ts'
import {
  createSystemChance,
  createSystemClock,
  recoverSigner,
} from '../../node/adapters/system/index.ts'
import { createChannelKeeper } from '../../node/channel/index.ts'
import { createDigester, type Hash, toHex, ZERO_HASH } from '../../protocols/common/index.ts'
import { silentLog } from '../fakes/log.ts'
import { createMemoryChain, type MemoryChain } from '../fakes/memory-chain.ts'
import { createDirectSubmit } from '../fakes/memory-submit.ts'
import { createTestSigner } from '../fakes/signer.ts'
import { percentile } from './harness.ts'

const PAYMENTS = 400
const WARM_UP = 50
const DEPOSIT = 1_000_000n

const clock = createSystemClock()
const chance = createSystemChance()

const digestersOf = ({ identity: { chainId, contracts } }: MemoryChain) => ({
  channelDigest: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
  marketDigest: createDigester({ chainId, verifyingContract: contracts.disputeArbiter }),
})

const openAgent = async (
  name: string,
  { chain: ledger, folder, bootstrap }: { chain: MemoryChain; folder: string; bootstrap: string[] },
) => {
  const signer = createTestSigner(name)
  const chain = ledger.for(signer.address)
  const digesters = digestersOf(ledger)
  const home = join(folder, name)
  const shared = { signer, recover: recoverSigner, clock, log: silentLog }
  const node = await createLibp2pNode(
    {
      ...shared,
      digest: digesters.marketDigest,
      blobs: createBlobStore({ folder: join(home, 'blobs') }),
    },
    {
      networkName: 'bench',
      seed: chance.bytes(32),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      mdns: false,
      datastoreFolder: join(home, 'peers'),
      testing: { loopback: true },
    },
  )
  const owner = { agent: signer.address, chainId: chain.identity.chainId }
  const store = await openLevelStore({ folder: join(home, 'db'), owner, log: silentLog })
  const keeper = createChannelKeeper(
    {
      ...shared,
      ...digesters,
      store,
      talk: node.talk,
      chain,
      submit: createDirectSubmit(chain),
      chance,
      emit: () => {},
    },
    { deposit: DEPOSIT, windowSeconds: 60, maxUnclaimed: null },
  )
  await keeper.start()
  await node.network.start()
  const stop = async () => {
    await keeper.stop()
    await node.network.stop()
    await store.stop()
  }
  return { signer, keeper, node, stop }
}

type Agent = Awaited<ReturnType<typeof openAgent>>

const payMany = async ({ buyer, seller }: { buyer: Agent; seller: Agent }): Promise<number[]> => {
  const key = toHex(chance.bytes(32))
  const agreementHash = toHex(chance.bytes(32))
  const provider = seller.signer.address
  const { channelId } = await buyer.keeper.reserve({ provider, amount: DEPOSIT, key })
  await buyer.keeper.confirm(key)
  const payer = buyer.signer.address
  await seller.keeper.back({ channelId, agreementHash, amount: DEPOSIT, payer })
  const times: number[] = []
  for (let paid = 1; paid <= WARM_UP + PAYMENTS; paid++) {
    const begun = performance.now()
    await buyer.keeper.pay({ key, agreementHash, paid: BigInt(paid), memo: ZERO_HASH })
    if (paid > WARM_UP) times.push(performance.now() - begun)
  }
  return times
}

/** What the signatures of a promise cost alone: one made, one recovered. */
const signAndRecover = (chain: MemoryChain): number => {
  const signer = createTestSigner('floor')
  const { channelDigest } = digestersOf(chain)
  const state = {
    channelId: ZERO_HASH,
    epoch: 0,
    fromA: true,
    lockedTotal: 0n,
    locksRoot: ZERO_HASH,
    memo: ZERO_HASH as Hash,
  }
  const begun = performance.now()
  for (let sent = 1n; sent <= 2_000n; sent++) {
    const digest = channelDigest('PayState', { ...state, sent })
    recoverSigner(digest, signer.sign(digest))
  }
  return 2_000 / ((performance.now() - begun) / 1_000)
}

export const measurePromises = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-bench-'))
  const accounts = { [createTestSigner('buyer').address]: 10n * DEPOSIT }
  const chain = createMemoryChain({ clock, accounts })
  const seller = await openAgent('seller', { chain, folder, bootstrap: [] })
  const bootstrap = [...seller.node.network.self().addresses]
  const buyer = await openAgent('buyer', { chain, folder, bootstrap })
  try {
    const connected = Promise.withResolvers<void>()
    buyer.node.talk.onConnected(() => connected.resolve())
    if (buyer.node.network.peers().some(({ agent }) => agent)) connected.resolve()
    await connected.promise
    const times = await payMany({ buyer, seller })
    const seconds = times.reduce((sum, time) => sum + time, 0) / 1_000
    return {
      perSecond: times.length / seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      cryptoPerSecond: signAndRecover(chain),
    }
  } finally {
    await buyer.stop()
    await seller.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
