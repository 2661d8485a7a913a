import { type ChannelKeeperOptions, defaultOptions } from '../../../node/channel/desk.ts'
import { createChannelKeeper } from '../../../node/channel/index.ts'
import type { Chain, Chance, Clock, Signer, Store, Talk } from '../../../node/ports/index.ts'
import { createSettlement } from '../../../node/settlement/index.ts'
import { createDigester } from '../../../protocols/common/index.ts'
import { silentLog } from '../../fakes/log.ts'
import { recoverSigner } from '../../fakes/signer.ts'

export type BodyPorts = {
  store: Store
  chain: Chain
  clock: Clock
  talk: Talk
  signer: Signer
  chance: Chance
}

export const DEPOSIT = 100n
const GAS_CAP = 10n ** 12n

/** Keeper and settlement of one agent on the given ports; both still to be started. */
export const createBody = (ports: BodyPorts, options: Partial<ChannelKeeperOptions>) => {
  const { chain, signer } = ports
  const { chainId, contracts } = chain.identity
  const shared = { ...ports, log: silentLog, emit: () => {} }
  const settlement = createSettlement(shared, {
    account: signer.address,
    fees: { cap: GAS_CAP, urgentCap: GAS_CAP },
    reserve: 0n,
    pollMs: 500,
    heartbeatMs: 2_000,
    pauseMs: 2_000,
  })
  const keeper = createChannelKeeper(
    {
      ...shared,
      channelDigest: createDigester({ chainId, verifyingContract: contracts.paymentChannel }),
      marketDigest: createDigester({ chainId, verifyingContract: contracts.disputeArbiter }),
      submit: settlement.submit,
      recover: recoverSigner,
    },
    {
      deposit: DEPOSIT,
      tickMs: 1_000,
      retryMs: 500,
      closeValidSeconds: 60,
      lapseMarginSeconds: 5,
      settleGraceSeconds: 5,
      maxUnclaimed: DEPOSIT * DEPOSIT,
      batch: { ...defaultOptions.batch, count: 2 },
      towerMs: 1_000,
      ...options,
    },
  )
  return { settlement, keeper }
}
