// The control port and what it asks of the node.
import { join } from 'node:path'
import type { NodeApi } from '../../protocols/control/index.ts'
import { didKeyOf } from '../../protocols/identity/index.ts'
import { createControlServer, createTokens, openOwnerToken, ownerGrant } from '../control/index.ts'
import { createNodeApi } from '../orchestrator/index.ts'
import type { createBuyer } from './create-buyer.ts'
import type { Parts } from './create-parts.ts'
import type { createSeller } from './create-seller.ts'
import { MAX_CONTENT_BYTES, MAX_MODULE_BYTES, MAX_RESULT_BYTES, ORDER_LIMITS } from './limits.ts'
import { chance, clock } from './system.ts'
import { SOUK_VERSION } from './version.ts'

export const createApi = (
  parts: Parts,
  buyer: ReturnType<typeof createBuyer>,
  seller: Awaited<ReturnType<typeof createSeller>>,
): NodeApi => {
  const {
    amount,
    channel,
    config,
    connected,
    events,
    executor,
    net,
    sandbox,
    settlement,
    signer,
    identity,
  } = parts
  const { market } = config
  const sells = market.role !== 'requester'
  const { basePrice, pricePerMfuel } = seller.pricing
  const { auctioneer, requester, tasks } = buyer
  return createNodeApi(
    {
      tasks,
      deals: seller.deals,
      requester,
      auctioneer,
      channel,
      settlement,
      executor,
      content: net.content,
      sandbox,
      chain: connected.chain,
      network: net.network,
      clock,
      events,
    },
    {
      agent: signer.address,
      order: {
        limits: ORDER_LIMITS,
        bidWindowMs: market.bidWindowMs,
        deliverWithinSeconds: 60,
        slices: 10,
        maxModuleBytes: MAX_MODULE_BYTES,
        escrowFrom: amount(config.risk.thresholdUsd),
      },
      maxContentBytes: MAX_CONTENT_BYTES,
      maxInputBytes: config.execution.maxInputBytes,
      maxResultBytes: MAX_RESULT_BYTES,
      self: {
        did: didKeyOf({ type: 'secp256k1', bytes: identity.agent.publicKey }),
        peerDid: didKeyOf({ type: 'ed25519', bytes: identity.peer.publicKey }),
        version: SOUK_VERSION,
        network: config.network.name,
        startedAtMs: clock.nowMs(),
        offer: sells
          ? { basePrice: String(basePrice), pricePerMfuel: String(pricePerMfuel) }
          : null,
      },
    },
  )
}

export const openControl = async (parts: Parts, api: NodeApi) => {
  const { amount, config, log, store } = parts
  const tokenFile = config.control.tokenFile ?? join(config.dataFolder, 'token')
  const { token } = await openOwnerToken(tokenFile, { chance })
  const grant = ownerGrant(amount(config.control.spendingLimitPerDay))
  const tokens = createTokens([{ token, ...grant }])
  const { host, port } = config.control
  const options = { host, port, version: SOUK_VERSION }
  const server = createControlServer({ api, tokens, clock, chance, log, store }, options)
  return { server, tokenFile }
}
