// Everything below the journeys: network, settlement, channels, execution, the market's board.
import { join } from 'node:path'
import type { Address } from '../../protocols/common/index.ts'
import { createBlobStore, createLibp2pNode, type Libp2pNode } from '../adapters/libp2p/index.ts'
import { recoverSigner } from '../adapters/system/index.ts'
import { type ChannelKeeper, createChannelKeeper } from '../channel/index.ts'
import { createExecutor, type Executor } from '../execution/index.ts'
import { type Board, createBoard } from '../market/index.ts'
import { createEventLog } from '../orchestrator/index.ts'
import { createScoreboard, type Scoreboard } from '../reputation/index.ts'
import { createSettlement, type Settlement } from '../settlement/index.ts'
import { type Base, digestersOf, GWEI, nativeAmount } from './open-base.ts'
import { chance, clock } from './system.ts'

/** The parts that talk to the outside. */
const openNetwork = (base: Base, events: ReturnType<typeof createEventLog>) => {
  const { config, identity, log, signer } = base
  const { name, listen, announce, bootstrap, mdns, maxConnections } = config.network
  const { relays, findRelays, serveRelay, upnp } = config.network
  const blobs = createBlobStore({
    folder: join(config.dataFolder, 'blobs'),
    maxBytes: config.content.maxBytes,
  })
  return createLibp2pNode(
    {
      signer,
      digest: digestersOf(base).market,
      recover: recoverSigner,
      clock,
      log,
      blobs,
      emit: events.emit,
    },
    {
      networkName: name,
      seed: identity.peer.seed,
      listen,
      ...(announce.length > 0 ? { announce } : {}),
      bootstrap,
      mdns,
      relays,
      findRelays,
      serveRelay,
      upnp,
      datastoreFolder: join(config.dataFolder, 'peers'),
      testing: { loopback: base.connected.identity.isLocal },
      limits: { maxConnections },
    },
  )
}

export type Parts = Base & {
  net: Libp2pNode
  events: ReturnType<typeof createEventLog>
  settlement: Settlement
  channel: ChannelKeeper
  executor: Executor
  board: Board
  scoreboard: Scoreboard
}

// A claim with a deadline does not wait for company later than this before it.
const CLAIM_MARGIN_SECONDS = 3_600

/** The settings of channels, in the units of the keeper. */
const channelOptions = ({ amount, config }: Base) => {
  const { channel } = config
  const maxUnclaimed = amount(channel.maxUnclaimed)
  return {
    deposit: amount(channel.deposit),
    windowSeconds: channel.windowSeconds,
    maxUnclaimed,
    maxUnclaimedSeconds: channel.maxUnclaimedSeconds,
    claimOnStop: channel.claimOnStop,
    batch: {
      count: channel.claimsPerBatch,
      ageSeconds: channel.maxUnclaimedSeconds,
      value: 4n * maxUnclaimed,
      lowFeePercent: channel.lowFeePercent,
      marginSeconds: CLAIM_MARGIN_SECONDS,
    },
    maxChannelsPerPeer: channel.maxPerPeer,
    closesAtOnce: channel.closesAtOnce,
    towers: channel.towers as Address[],
    isTower: channel.isTower,
  }
}

export const createParts = async (base: Base): Promise<Parts> => {
  const { config, connected, log, sandbox, signer, store } = base
  const events = createEventLog({ clock })
  const { emit } = events
  const net = await openNetwork(base, events)
  const { chain } = connected
  const digest = digestersOf(base)
  const account = signer.address
  const { feeCapGwei, urgentFeeCapGwei, nativeReserve } = config.chain
  const settlement = createSettlement(
    { store, chain, clock, log, emit },
    {
      account,
      fees: { cap: BigInt(feeCapGwei) * GWEI, urgentCap: BigInt(urgentFeeCapGwei) * GWEI },
      reserve: nativeAmount(nativeReserve),
      fromBlock: connected.deployment.block,
    },
  )
  const channel = createChannelKeeper(
    {
      store,
      talk: net.talk,
      chain,
      submit: settlement.submit,
      signer,
      recover: recoverSigner,
      channelDigest: digest.channel,
      marketDigest: digest.market,
      clock,
      chance,
      log,
      emit,
    },
    channelOptions(base),
  )
  const { limits } = config.execution
  const executor = createExecutor({ content: net.content, sandbox, log }, { limits })
  const scoreboard = createScoreboard({ store })
  const board = createBoard(
    { gossip: net.gossip, clock, digest: digest.market, recover: recoverSigner, log, emit },
    { worthOf: scoreboard.scoreOf },
  )
  return { ...base, net, events, settlement, channel, executor, board, scoreboard }
}
