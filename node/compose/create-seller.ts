import { recoverSigner } from '../adapters/system/index.ts'
import { createBidder, createCapacity, createPricingPolicy } from '../market/index.ts'
import { createDealBook, createKeep, createProvider, creditTo } from '../orchestrator/index.ts'
import type { Parts } from './create-parts.ts'
import { loadPolicy } from './load-policy.ts'
import { digestersOf } from './open-base.ts'
import { chance, clock } from './system.ts'

/** What this node sells with. */
export const createSeller = async (parts: Parts) => {
  const { amount, board, channel, config, connected, events, executor, log, net, sandbox } = parts
  const { signer, store } = parts
  const { emit } = events
  const { market } = config
  const digest = digestersOf(parts).market
  const capacity = createCapacity({ clock }, { slots: market.capacity })
  const pricing = {
    basePrice: amount(market.basePrice),
    pricePerMfuel: amount(market.pricePerMfuel),
    minPrice: amount(market.minPrice),
    loadMarginPercent: market.loadMarginPercent,
  }
  const maxExposure = amount(config.risk.requesterExposureUsd)
  const standard = createPricingPolicy(pricing, { maxExposure })
  const policy = await loadPolicy(market.policyModule, standard)
  const deals = createDealBook({ store, clock, emit, keep: createKeep(net.content) })
  const bidder = createBidder(
    {
      ...{ board, signer, clock, chance, digest, log, emit, policy, capacity },
      recover: recoverSigner,
      talk: net.talk,
      exposureTo: (requester) => creditTo(deals, requester),
      isKnown: channel.isKnown,
    },
    {
      engineHash: sandbox.engineHash,
      tokens: [connected.identity.contracts.token],
      maxFuel: config.execution.limits.fuel,
      speedMfuelPerSecond: market.speedMfuelPerSecond,
      startupMs: 500,
    },
  )
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
      maxExposure,
    },
  )
  return { bidder, deals, pricing, provider }
}
