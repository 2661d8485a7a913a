// Channels on a stage, and what their agents would sign and send.
import { type Address, concat, encodeFunctionData, type Hex, keccak256, pad, toHex } from 'viem'
import type { HDAccount } from 'viem/accounts'
import {
  type ChannelParams,
  channelIdOf,
  createDigester,
  type TypedMessage,
  type TypedName,
} from '../../protocols/common/index.ts'
import {
  paymentChannelContractAbi as abi,
  paymentChannelContractBytecode as bytecode,
  testTokenAbi,
  testTokenBytecode,
} from '../abi/index.ts'
import type { Call, Stage } from './stage.ts'

export const NATIVE: Address = pad('0x', { size: 20 })
export const WINDOW = 86_400
const MIN_WINDOW = 3_600
const CHAIN_ID = 31_337
const MAX_ALLOWANCE = 2n ** 256n - 1n
const NO_LOCKS = { lockedTotal: 0n, locksRoot: pad('0x', { size: 32 }) } as const

type ChannelCall = Parameters<typeof encodeFunctionData<typeof abi>>[0]
/** A promise as the contract takes it. */
export type Promised = { epoch: number; sent: bigint; memo: Hex; signature: Hex }
export type ChannelWorld = Awaited<ReturnType<typeof buildChannelWorld>>

export const NO_PROMISE: Promised = {
  epoch: 0,
  sent: 0n,
  memo: pad('0x', { size: 32 }),
  signature: '0x',
}

const lower = (address: Address) => address.toLowerCase() as Address

/** A channel between two accounts that sign for themselves. Salts have all their bytes set, as random ones have. */
export const paramsOf = (
  [a, b]: readonly [HDAccount, HDAccount],
  { token, mode, salt }: Pick<ChannelParams, 'token' | 'mode' | 'salt'>,
): ChannelParams => ({
  partyA: lower(a.address),
  partyB: lower(b.address),
  signerA: lower(a.address),
  signerB: lower(b.address),
  token: lower(token),
  window: WINDOW,
  mode,
  salt: 0xa1a2a3a4a5a6a700n + salt,
})

const encode = (request: Omit<ChannelCall, 'abi'>): Hex =>
  encodeFunctionData({ abi, ...request } as ChannelCall)

const createSigning = (verifyingContract: Address) => {
  const digest = createDigester({ chainId: CHAIN_ID, verifyingContract })
  const sign = <Name extends TypedName>(by: HDAccount, name: Name, message: TypedMessage<Name>) =>
    by.sign({ hash: digest(name, message) })
  const promise = async (
    by: HDAccount,
    params: ChannelParams,
    { sent, epoch = 0 }: { sent: bigint; epoch?: number },
  ): Promise<Promised> => {
    const channelId = channelIdOf(params)
    const memo = keccak256(toHex(`receipt ${sent}`))
    const fromA = lower(by.address) === params.signerA
    const signature = await sign(by, 'PayState', {
      channelId,
      epoch,
      fromA,
      sent,
      memo,
      ...NO_LOCKS,
    })
    return { epoch, sent, memo, signature }
  }
  const authority = async (by: HDAccount, params: ChannelParams, tower: Address) => {
    const validUntil = 1_900_000_000
    const channelId = channelIdOf(params)
    return { validUntil, signature: await sign(by, 'ActFor', { channelId, tower, validUntil }) }
  }
  return { sign, promise, authority }
}

/** One item of claimBatchPacked. */
export const packedItem = ({ partyA, salt }: ChannelParams, { sent, memo, signature }: Promised) =>
  concat([partyA, toHex(salt, { size: 8 }), toHex(sent, { size: 12 }), memo, signature])

/** Token, channel contract, and accounts with both coins; somebody else's money is in the contract already. */
export const buildChannelWorld = async (stage: Stage) => {
  const accounts = stage.accounts
  const [owner, a, b, tower, other] = accounts as [
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
  ]
  const token = await stage.deploy({ abi: testTokenAbi, bytecode: testTokenBytecode, args: [] })
  const args = [MIN_WINDOW, owner.address, [NATIVE, token]]
  const contract = await stage.deploy({ abi, bytecode, args })

  const onToken = (from: HDAccount, functionName: 'mint' | 'approve', args: [Address, bigint]) =>
    stage.send({
      from,
      to: token,
      data: encodeFunctionData({ abi: testTokenAbi, functionName, args }),
    })
  const call = (from: HDAccount, request: Omit<ChannelCall, 'abi'>, value = 0n): Call => ({
    from,
    to: contract,
    data: encode(request),
    value,
  })
  const send = (from: HDAccount, request: Omit<ChannelCall, 'abi'>, value = 0n) =>
    stage.send(call(from, request, value))
  const enrich = async (account: HDAccount) => {
    await onToken(account, 'mint', [account.address, 10n ** 12n])
    await onToken(account, 'approve', [contract, MAX_ALLOWANCE])
  }
  const deposit = (
    from: HDAccount,
    functionName: 'open' | 'fund',
    { params, amount }: { params: ChannelParams; amount: bigint },
  ) => send(from, { functionName, args: [params, amount] }, params.token === NATIVE ? amount : 0n)

  for (const account of [a, b, other]) await enrich(account)
  for (const money of [NATIVE, token]) {
    const params = paramsOf([other, b], { token: money, mode: 1, salt: 0n })
    await deposit(other, 'open', { params, amount: 77_000_000n })
  }
  const attempt = (from: HDAccount, request: Omit<ChannelCall, 'abi'>) =>
    stage.attempt(call(from, request))
  const people = { owner, a, b, tower, other }
  return { contract, token, ...people, send, attempt, deposit, enrich, ...createSigning(contract) }
}
