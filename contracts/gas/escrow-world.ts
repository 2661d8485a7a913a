// Escrows and stake on a stage, and what their agents would sign and send. The arbiter is a plain account.
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  getAbiItem,
  getContractAddress,
  type Hex,
  keccak256,
  toHex,
} from 'viem'
import type { HDAccount } from 'viem/accounts'
import {
  type Agreement,
  createDigester,
  type Receipt,
  type TypedMessage,
  type TypedName,
  ZERO_HASH,
} from '../../protocols/common/index.ts'
import {
  escrowContractAbi,
  escrowContractBytecode,
  reputationContractAbi,
  reputationContractBytecode,
  testTokenAbi,
  testTokenBytecode,
} from '../abi/index.ts'
import type { Stage } from './stage.ts'

const CHAIN_ID = 31_337
const DAY = 86_400
const MAX_ALLOWANCE = 2n ** 256n - 1n
const RATING = 5
const FUEL = 25_123_456n

type EscrowCall = Parameters<typeof encodeFunctionData<typeof escrowContractAbi>>[0]
type StakeCall = Parameters<typeof encodeFunctionData<typeof reputationContractAbi>>[0]
export type EscrowWorld = Awaited<ReturnType<typeof buildEscrowWorld>>

const lower = (address: Address) => address.toLowerCase() as Address
const hashOf = (text: string): Hex => keccak256(toHex(text))

/** What of an agreement the escrow asks for again later. */
export const termsOf = (agreement: Agreement, agreementHash: Hex) => ({
  agreementHash,
  requester: agreement.requester,
  provider: agreement.provider,
  token: agreement.token,
  basePrice: agreement.basePrice,
  pricePerMfuel: agreement.pricePerMfuel,
  maxPrice: agreement.maxPrice,
  maxFuel: agreement.maxFuel,
  deliverBy: agreement.deliverBy,
  reviewSeconds: agreement.reviewSeconds,
  stake: agreement.stake,
})

/** The escrow's id. */
export const escrowIdOf = (terms: ReturnType<typeof termsOf>): Hex => {
  const [tuple] = getAbiItem({ abi: escrowContractAbi, name: 'idOf' }).inputs
  return keccak256(encodeAbiParameters([tuple], [terms]))
}

// Who is deployed first is told where the other will be.
const deployPair = async (stage: Stage, arbiter: Address) => {
  const [owner] = stage.accounts as [HDAccount]
  const token = await stage.deploy({ abi: testTokenAbi, bytecode: testTokenBytecode, args: [] })
  const escrow = getContractAddress({ from: owner.address, nonce: 2n })
  const reputation = await stage.deploy({
    abi: reputationContractAbi,
    bytecode: reputationContractBytecode,
    args: [escrow, arbiter, 51 * DAY, owner.address, [token]],
  })
  await stage.deploy({
    abi: escrowContractAbi,
    bytecode: escrowContractBytecode,
    args: [arbiter, reputation, [3600, 37 * DAY, 14 * DAY], owner.address, [token]],
  })
  return { token, escrow, reputation }
}

const createSigning = (court: Address) => {
  const digest = createDigester({ chainId: CHAIN_ID, verifyingContract: lower(court) })
  return {
    digest,
    sign: <Name extends TypedName>(by: HDAccount, name: Name, message: TypedMessage<Name>) =>
      by.sign({ hash: digest(name, message) }),
  }
}

/** An agreement for 50.00 at most, with a fifth of it as stake. */
const agreementOf = (
  stage: Stage,
  {
    parties: [requester, provider],
    token,
    name,
  }: { parties: readonly [HDAccount, HDAccount]; token: Address; name: string },
): Agreement => ({
  auctionId: hashOf(`auction ${name}`),
  taskHash: hashOf('task'),
  engineHash: hashOf('engine'),
  requester: lower(requester.address),
  provider: lower(provider.address),
  token: lower(token),
  basePrice: 1_234_567n,
  pricePerMfuel: 1_087_654n,
  maxPrice: 50_000_000n,
  maxFuel: 44_834_872n,
  sliceFuel: 4_483_487n,
  prepaid: 0n,
  startBy: stage.now() + 600,
  deliverBy: stage.now() + 7200,
  reviewSeconds: 3600,
  settlement: 1,
  channelId: ZERO_HASH,
  stake: 10_000_000n,
  providerSeq: 12_345n,
  salt: hashOf(`salt ${name}`),
})

const receiptOf = (stage: Stage, agreement: Agreement, agreementHash: Hex): Receipt => ({
  agreementHash,
  resultHash: hashOf('result'),
  outcome: 0,
  exitCode: 0,
  fuelUsed: FUEL,
  cost: agreement.basePrice + (FUEL * agreement.pricePerMfuel + 999_999n) / 1_000_000n,
  finishedAt: stage.now(),
})

/** Contracts, a requester with money, a provider with stake, and somebody else's open escrow. */
export const buildEscrowWorld = async (stage: Stage) => {
  const [, requester, provider, arbiter, other] = stage.accounts as [
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
  ]
  const places = await deployPair(stage, arbiter.address)
  const { token, escrow, reputation } = places
  const market = createSigning(arbiter.address)
  const approvals = createSigning(escrow)

  const onToken = (from: HDAccount, functionName: 'mint' | 'approve', args: [Address, bigint]) => {
    const data = encodeFunctionData({ abi: testTokenAbi, functionName, args })
    return stage.send({ from, to: token, data })
  }
  const onEscrow = (from: HDAccount, request: Omit<EscrowCall, 'abi'>) => {
    const data = encodeFunctionData({ abi: escrowContractAbi, ...request } as EscrowCall)
    return stage.send({ from, to: escrow, data })
  }
  const onStake = (from: HDAccount, request: Omit<StakeCall, 'abi'>) => {
    const data = encodeFunctionData({ abi: reputationContractAbi, ...request } as StakeCall)
    return stage.send({ from, to: reputation, data })
  }
  const enrich = async (account: HDAccount) => {
    await onToken(account, 'mint', [account.address, 10n ** 12n])
    for (const spender of [escrow, reputation]) {
      await onToken(account, 'approve', [spender, MAX_ALLOWANCE])
    }
    await onStake(account, { functionName: 'deposit', args: [token, 10n ** 10n] })
  }
  const agree = (name: string, parties = [requester, provider] as const) => {
    const agreement = agreementOf(stage, { parties, token, name })
    const agreementHash = market.digest('Agreement', agreement)
    const terms = termsOf(agreement, agreementHash)
    return { agreement, terms, id: escrowIdOf(terms), parties }
  }
  const fund = async ({ agreement, parties: [a, b] }: ReturnType<typeof agree>) => {
    const signatures = [
      await market.sign(a, 'Agreement', agreement),
      await market.sign(b, 'Agreement', agreement),
    ] as const
    return onEscrow(a, { functionName: 'fund', args: [agreement, ...signatures] })
  }
  const receiptFor = async ({ agreement, terms, parties: [a, b] }: ReturnType<typeof agree>) => {
    const receipt = receiptOf(stage, agreement, terms.agreementHash)
    const signature = await market.sign(b, 'Receipt', receipt)
    const accepted = { receiptHash: market.digest('Receipt', receipt), rating: RATING }
    return { receipt, signature, acceptance: await market.sign(a, 'Acceptance', accepted) }
  }
  const deliver = async (deal: ReturnType<typeof agree>) => {
    const { receipt, signature } = await receiptFor(deal)
    const args = [deal.terms, receipt, signature] as const
    return onEscrow(provider, { functionName: 'deliver', args })
  }

  for (const account of [requester, provider, other]) await enrich(account)
  await fund(agree('of others', [other, provider]))
  const people = { requester, provider, arbiter, other }
  const acts = { agree, fund, deliver, receiptFor, onEscrow, onStake, approvals, RATING }
  return { ...places, ...people, ...acts }
}
