import assert from 'node:assert/strict'
import type { Chain, ChainCall, ChainEvent, Signer } from '../../node/ports/index.ts'
import {
  type Address,
  type Amount,
  CHANNEL_MODE,
  type ChannelParams,
  channelIdOf,
  createDigester,
  Fault,
  type Hash,
  MAX_AMOUNT,
  type Signed,
  ZERO_HASH,
} from '../../protocols/common/index.ts'

/** A chain with two funded accounts, and time that can be moved. */
export type ChainStage = {
  payer: { chain: Chain; signer: Signer }
  payee: { chain: Chain; signer: Signer }
  /** Lets the chain's own time pass. */
  pass(seconds: number): Promise<void>
  /** Makes the payee's account refuse payouts, or take them again. */
  refusePayouts(isRefusing: boolean): Promise<void>
  /** Replaces the newest blocks by empty ones. */
  reorganise(depth: number): Promise<void>
  stop(): Promise<void>
}

export const WINDOW = 100

/** Matches the fault of a simulation that failed for this reason. */
export const refusal = (reason: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, 'CALL_WOULD_REVERT')
  assert.match(String(error.details.reason), reason)
  return true
}

type Leave = { tower: Address; by: Signer; validUntil: number }

export type ChainActs = ReturnType<typeof createChainActs>

/** What the two of them do in the tests. */
export const createChainActs = (stage: ChainStage) => {
  let salt = 1n
  const aParams = (token?: Address): ChannelParams => {
    const { payer, payee } = stage
    salt += 1n
    return {
      partyA: payer.signer.address,
      partyB: payee.signer.address,
      signerA: payer.signer.address,
      signerB: payee.signer.address,
      token: token ?? payer.chain.identity.contracts.token,
      window: WINDOW,
      mode: 1,
      salt,
    }
  }

  const digester = () => {
    const { chainId, contracts } = stage.payer.chain.identity
    return createDigester({ chainId, verifyingContract: contracts.paymentChannel })
  }

  const signed = (
    params: ChannelParams,
    { epoch, fromA, sent }: Pick<Signed<'PayState'>['message'], 'epoch' | 'fromA' | 'sent'>,
    by: Signer,
  ) => {
    const locks = { lockedTotal: 0n, locksRoot: ZERO_HASH }
    const channelId = channelIdOf(params)
    const message = { channelId, epoch, fromA, sent, ...locks, memo: ZERO_HASH }
    const promise: Signed<'PayState'> = {
      message,
      signature: by.sign(digester()('PayState', message)),
    }
    return { params, promise }
  }

  const aPromise = (params: ChannelParams, sent: Amount, by = stage.payer.signer) =>
    signed(params, { epoch: 0, fromA: true, sent }, by)

  /** The other direction of a DUPLEX channel. */
  const aPromiseByB = (params: ChannelParams, sent: Amount, epoch = 0) =>
    signed(params, { epoch, fromA: false, sent }, stage.payee.signer)

  const leaveFor = (params: ChannelParams, { tower, by, validUntil }: Leave) => {
    const message = { channelId: channelIdOf(params), tower, validUntil }
    return { message, signature: by.sign(digester()('ActFor', message)) }
  }

  const ended = async (chain: Chain, hash: Hash) => {
    for (;;) {
      const outcome = await chain.outcome(hash)
      if (outcome.status === 'done' || outcome.status === 'reverted') return outcome
      await stage.pass(1)
    }
  }

  const carryOut = async (chain: Chain, call: ChainCall) => {
    const transaction = await chain.prepare(call)
    await chain.broadcast(transaction)
    const outcome = await ended(chain, transaction.hash)
    assert.equal(outcome.status, 'done')
    return { ...transaction, block: outcome.block }
  }

  const allow = async (chain: Chain, amount: Amount): Promise<void> => {
    const spender = chain.identity.contracts.paymentChannel
    if ((await chain.allowance(spender)) >= amount) return
    await carryOut(chain, { type: 'approve-token', spender, amount: MAX_AMOUNT })
  }

  const open = async (amount: Amount, token?: Address): Promise<ChannelParams> => {
    const { chain } = stage.payer
    const params = aParams(token)
    if (token === undefined) await allow(chain, amount)
    await carryOut(chain, { type: 'open-channel', params, amount })
    return params
  }

  /** A DUPLEX channel with both deposits. */
  const openBothWays = async (byA: Amount, byB: Amount): Promise<ChannelParams> => {
    const { payer, payee } = stage
    const params = { ...aParams(), mode: CHANNEL_MODE.DUPLEX }
    await allow(payer.chain, byA)
    await carryOut(payer.chain, { type: 'open-channel', params, amount: byA })
    await allow(payee.chain, byB)
    await carryOut(payee.chain, { type: 'fund-channel', params, amount: byB })
    return params
  }

  const tokensOf = async ({ chain, signer }: ChainStage['payer']) =>
    (await chain.balances(signer.address)).token

  const seen = async (chain: Chain, params: ChannelParams, last: ChainEvent['type']) => {
    const events: ChainEvent[] = []
    let stop = () => {}
    const arrived = new Promise<void>((resolve) => {
      stop = chain.watch(0, (event) => {
        if (event.channelId !== channelIdOf(params)) return
        events.push(event)
        if (event.type === last) resolve()
      })
    })
    await arrived
    stop()
    return events
  }

  return {
    aParams,
    digester,
    aPromise,
    aPromiseByB,
    leaveFor,
    ended,
    carryOut,
    allow,
    open,
    openBothWays,
    tokensOf,
    seen,
  }
}
