import {
  createSystemChance,
  createSystemClock,
  recoverSigner,
} from '../../../node/adapters/system/index.ts'
import { createChannelKeeper } from '../../../node/channel/index.ts'
import type { Remote, Store, Talk, TalkHandler } from '../../../node/ports/index.ts'
import { type CborValue, createDigester, Fault } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { DEPOSIT } from './seeding.ts'
import { createStillChain, IDENTITY } from './still-chain.ts'

/** A talk on which nobody can be reached, and whose handlers are called by hand. */
const createDeadLine = () => {
  const handlers = new Map<string, TalkHandler>()
  const talk: Talk = {
    request: () => Promise.reject(new Fault('PEER_UNREACHABLE', 'Nobody is there')),
    serve: (_protocol, type, handler) => {
      handlers.set(type, handler)
    },
    onConnected: () => () => {},
    onDisconnected: () => () => {},
  }
  return { talk, handlers }
}

const { chainId, contracts } = IDENTITY
export const channelDigest = createDigester({
  chainId,
  verifyingContract: contracts.paymentChannel,
})
const marketDigest = createDigester({ chainId, verifyingContract: contracts.disputeArbiter })

/** The payee's keeper on a store, without a network: asked as its peer would ask. */
export const openPayee = async (store: Store) => {
  const { talk, handlers } = createDeadLine()
  const keeper = createChannelKeeper(
    {
      store,
      talk,
      chain: createStillChain(DEPOSIT),
      submit: () => Promise.reject(new Error('nothing goes on chain here')),
      signer: createTestSigner('payee'),
      recover: recoverSigner,
      channelDigest,
      marketDigest,
      clock: createSystemClock(),
      chance: createSystemChance(),
      log: silentLog,
      emit: () => {},
    },
    { deposit: DEPOSIT },
  )
  await keeper.start()
  const payer: Remote = { agent: createTestSigner('payer').address, peerId: 'payer' }
  return {
    keeper,
    ask: (type: string, body: CborValue): Promise<CborValue> => {
      const handler = handlers.get(type)
      if (handler === undefined) throw new Error(`nobody serves ${type}`)
      return handler(body, payer)
    },
  }
}
