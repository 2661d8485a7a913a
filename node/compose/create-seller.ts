import { recoverSigner } from '../adapters/system/index.ts'
import { createBidder, createCapacity } from '../market/index.ts'
import { createDealBook, createProvider } from '../orchestrator/index.ts'
import type { Parts } from './create-parts.ts'
import { digestersOf } from './open-base.ts'
import { chance, clock } from './system.ts'

/** What this node sells with. */
export const createSeller = (parts: Parts) => {
  const { amount, board, channel, config, connected, events, executor, log, net, sandbox } = parts
  const { signer, store } = parts
  const { emit } = events
  const { market } = config
  const digest = digestersOf(parts).market
  const capacity = createCapacity({ clock }, { slots: market.capacity })
  const policy = {
    basePrice: amount(market.basePrice),
    pricePerMfuel: amount(market.pricePerMfuel),
    minPrice: amount(market.minPrice),
    loadMarginPercent: market.loadMarginPercent,
  }
  const bidder = createBidder(
    { board, signer, clock, chance, digest, log, emit, policy, capacity },
    {
      engineHash: sandbox.engineHash,
      tokens: [connected.identity.contracts.token],
      maxFuel: config.execution.limits.fuel,
      speedMfuelPerSecond: market.speedMfuelPerSecond,
      startupMs: 500,
    },
  )
  const deals = createDealBook({ store, clock, emit })
  const provider = createProvider(
    {
      book: deals,
      clock,
      signer,
      digest,
      recover: recoverSigner,
      talk: net.talk,
      log,
      emit,
      channel,
      executor,
      capacity,
    },
    {
      maxInputBytes: config.execution.maxInputBytes,
      prepareSeconds: 25,
      answerTimeoutMs: 15_000,
      slicePatienceSeconds: 30,
      maxCredit: amount(config.risk.providerCreditUsd),
    },
  )
  return { bidder, deals, policy, provider }
}
