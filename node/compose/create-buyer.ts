import { minSliceValue } from '../../protocols/market/index.ts'
import { recoverSigner } from '../adapters/system/index.ts'
import { createAuctioneer, createComplaints, serveBidDesk } from '../market/index.ts'
import { createKeep, createRequester, createTaskBook } from '../orchestrator/index.ts'
import type { Parts } from './create-parts.ts'
import { MAX_RESULT_BYTES } from './limits.ts'
import { digestersOf } from './open-base.ts'
import { chance, clock } from './system.ts'

/** What this node buys with. */
export const createBuyer = (parts: Parts) => {
  const { amount, board, channel, config, connected, events, executor, log, net, sandbox } = parts
  const { scoreboard, signer, store } = parts
  const { emit } = events
  const digest = digestersOf(parts).market
  const auctioneer = createAuctioneer({
    board,
    signer,
    clock,
    chance,
    digest,
    log,
    emit,
    reputationOf: (agent) => {
      const points = scoreboard.scoreOf(agent) / 100
      return { score: points, specialty: points }
    },
    weights: config.market.weights,
  })
  serveBidDesk({ board, talk: net.talk, signer, clock, digest })
  const complaints = createComplaints({ board, signer, digest, log, emit })
  const tasks = createTaskBook({ store, clock, emit, keep: createKeep(net.content) })
  const { tokenDecimals, contracts, isLocal } = connected.identity
  const requester = createRequester(
    {
      book: tasks,
      clock,
      chance,
      signer,
      digest,
      recover: recoverSigner,
      talk: net.talk,
      gossip: net.gossip,
      log,
      emit,
      auctioneer,
      channel,
      executor,
      scoreboard,
      complaints,
    },
    {
      token: contracts.token,
      engineHash: sandbox.engineHash,
      offerTimeoutMs: 30_000,
      startTimeoutMs: 15_000,
      fundWithinSeconds: isLocal ? 60 : 600,
      reviewSeconds: 3_600,
      maxResultBytes: MAX_RESULT_BYTES,
      prepaidMax: amount(config.risk.prepaidMaxUsd),
      minSliceValue: minSliceValue(tokenDecimals),
    },
  )
  return { auctioneer, requester, tasks }
}
