// The whole court on a stage: two parties, jurors with pledges, and what all of them would sign and send in a dispute.
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  getAbiItem,
  getContractAddress,
  type Hex,
  keccak256,
  type TransactionReceipt,
  toHex,
} from 'viem'
import type { HDAccount } from 'viem/accounts'
import { commitmentOf, type Vote } from '../../protocols/arbitration/index.ts'
import {
  type Agreement,
  createDigester,
  type Receipt,
  type TypedMessage,
  type TypedName,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '../../protocols/common/index.ts'
import {
  disputeArbiterContractAbi,
  disputeArbiterContractBytecode,
  escrowContractAbi,
  escrowContractBytecode,
  paymentChannelContractAbi,
  reputationContractAbi,
  reputationContractBytecode,
  testTokenAbi,
  testTokenBytecode,
} from '../abi/index.ts'
import { realCourt } from '../court-settings.ts'
import { termsOf } from './escrow-world.ts'
import { plantedJury } from './planted-jury.ts'
import type { Stage } from './stage.ts'

const CHAIN_ID = 31_337
const DAY = 86_400
const HOUR = 3600
const JURORS = 40
const FUEL = 25_123_456n
const PLEDGE = 400_000_000n
const MAX_ALLOWANCE = 2n ** 256n - 1n
const { settings: REAL, rule: RULE } = realCourt(1)
/** Blocks come once an hour, so that few are needed until a seed is known. */
const SETTINGS = { ...REAL, blockMillis: HOUR * 1000, drawBlocks: 250 }
const BLOCKS_TO_SEED = REAL.evidenceWindow / HOUR + REAL.seedDelay

export const RATING = 5
const SALT = keccak256(toHex('salt'))
export const RIGHT: Vote = {
  resultHash: keccak256(toHex('result')),
  fuelUsed: FUEL,
  exitCode: 0,
  memoryProbe: keccak256(toHex('memory')),
}
export const WRONG: Vote = { ...RIGHT, resultHash: keccak256(toHex('another result')) }

type CourtCall = Parameters<typeof encodeFunctionData<typeof disputeArbiterContractAbi>>[0]
export type CourtWorld = Awaited<ReturnType<typeof buildCourtWorld>>

/** What is in dispute: its name, and what every call to the court hands in. */
export type Dispute = {
  agreement: Agreement
  id: Hex
  matter: { agreement: Agreement; channel: typeof NO_CHANNEL }
}
/** What a juror says in which dispute and round. */
export type Ballot = { dispute: Dispute; round: number; vote: Vote }

const lower = (address: Address) => address.toLowerCase() as Address
const hashOf = (text: string): Hex => keccak256(toHex(text))

const deployCourt = async (stage: Stage, owner: Address) => {
  const token = await stage.deploy({ abi: testTokenAbi, bytecode: testTokenBytecode, args: [] })
  const [reputation, escrow, court] = [1n, 2n, 3n].map((nonce) =>
    getContractAddress({ from: owner, nonce }),
  ) as [Address, Address, Address]
  await stage.deploy({
    abi: reputationContractAbi,
    bytecode: reputationContractBytecode,
    args: [escrow, court, 51 * DAY, owner, [token]],
  })
  await stage.deploy({
    abi: escrowContractAbi,
    bytecode: escrowContractBytecode,
    args: [court, reputation, [HOUR, 37 * DAY, 14 * DAY], owner, [token]],
  })
  await stage.deploy({
    abi: disputeArbiterContractAbi,
    bytecode: disputeArbiterContractBytecode,
    args: [escrow, reputation, SETTINGS, owner, [token], RULE],
  })
  return { token, reputation, escrow, court }
}

/** Sends calls to the four contracts. */
const createCalls = (stage: Stage, places: Awaited<ReturnType<typeof deployCourt>>) => {
  const { token, reputation, escrow, court } = places
  return {
    onToken: (from: HDAccount, functionName: 'mint' | 'approve', args: [Address, bigint]) =>
      stage.send({
        from,
        to: token,
        data: encodeFunctionData({ abi: testTokenAbi, functionName, args }),
      }),
    onStake: (from: HDAccount, request: { functionName: string; args: readonly unknown[] }) =>
      stage.send({
        from,
        to: reputation,
        data: encodeFunctionData({ abi: reputationContractAbi, ...request } as never),
      }),
    onEscrow: (from: HDAccount, request: { functionName: string; args: readonly unknown[] }) =>
      stage.send({
        from,
        to: escrow,
        data: encodeFunctionData({ abi: escrowContractAbi, ...request } as never),
      }),
    onCourt: (from: HDAccount, request: Omit<CourtCall, 'abi'>) =>
      stage.send({
        from,
        to: court,
        data: encodeFunctionData({ abi: disputeArbiterContractAbi, ...request } as CourtCall),
      }),
  }
}

const enrich = async (base: Base, account: HDAccount) => {
  await base.onToken(account, 'mint', [account.address, 10n ** 12n])
  for (const spender of [base.escrow, base.reputation, base.court]) {
    await base.onToken(account, 'approve', [spender, MAX_ALLOWANCE])
  }
  await base.onStake(account, { functionName: 'deposit', args: [base.token, 10n ** 10n] })
}

const NO_CHANNEL = {
  partyA: ZERO_ADDRESS as Address,
  partyB: ZERO_ADDRESS as Address,
  signerA: ZERO_ADDRESS as Address,
  signerB: ZERO_ADDRESS as Address,
  token: ZERO_ADDRESS as Address,
  window: 0,
  mode: 0,
  salt: 0n,
}

/** An agreement for 50.00 at most, with a fifth of it as stake. */
const agreementOf = (
  stage: Stage,
  { token, requester, provider }: Pick<Base, 'token' | 'requester' | 'provider'>,
): Agreement => ({
  auctionId: hashOf('auction'),
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
  reviewSeconds: 7200,
  settlement: 1,
  channelId: ZERO_HASH,
  stake: 10_000_000n,
  providerSeq: 12_345n,
  salt: hashOf('salt of an agreement'),
})

const createBase = async (stage: Stage) => {
  const [owner, requester, provider, other] = stage.accounts as [
    HDAccount,
    HDAccount,
    HDAccount,
    HDAccount,
  ]
  const pool = stage.accounts.slice(10, 10 + JURORS)
  const places = await deployCourt(stage, owner.address)
  const calls = createCalls(stage, places)
  const digest = createDigester({ chainId: CHAIN_ID, verifyingContract: lower(places.court) })
  const sign = <Name extends TypedName>(by: HDAccount, name: Name, message: TypedMessage<Name>) =>
    by.sign({ hash: digest(name, message) })
  const receiptFor = async ({ agreement, id }: Pick<Dispute, 'agreement' | 'id'>, vote = RIGHT) => {
    const { resultHash, fuelUsed } = vote
    const cost = agreement.basePrice + (FUEL * agreement.pricePerMfuel + 999_999n) / 1_000_000n
    const ended = { outcome: 0, exitCode: 0, finishedAt: agreement.deliverBy - 1 }
    const receipt: Receipt = { agreementHash: id, resultHash, fuelUsed, cost, ...ended }
    return { receipt, signature: await sign(provider, 'Receipt', receipt) }
  }
  return { ...places, ...calls, requester, provider, other, pool, digest, sign, receiptFor }
}

type Base = Awaited<ReturnType<typeof createBase>>

/** Makes what can be disputed, and opens disputes. */
const createDisputes = (stage: Stage, base: Base) => {
  const { token, requester, provider, digest, sign, receiptFor } = base
  const overChannel = async (): Promise<Dispute> => {
    const sides = { partyA: requester.address, partyB: provider.address }
    const signers = { signerA: requester.address, signerB: provider.address }
    const channel = { ...sides, ...signers, token, window: HOUR, mode: 1, salt: 7n }
    const [params] = getAbiItem({ abi: paymentChannelContractAbi, name: 'open' }).inputs
    const channelId = keccak256(encodeAbiParameters([params], [channel]))
    const agreement = { ...agreementOf(stage, base), settlement: 0, channelId }
    const args = [token, channelId, 40_000_000n]
    await base.onStake(provider, { functionName: 'allocate', args })
    return { agreement, id: digest('Agreement', agreement), matter: { agreement, channel } }
  }
  const inEscrow = async (): Promise<Dispute> => {
    const agreement = agreementOf(stage, base)
    const id = digest('Agreement', agreement)
    const byRequester = await sign(requester, 'Agreement', agreement)
    const byProvider = await sign(provider, 'Agreement', agreement)
    const funded = [agreement, byRequester, byProvider]
    await base.onEscrow(requester, { functionName: 'fund', args: funded })
    const { receipt, signature } = await receiptFor({ agreement, id })
    const delivered = [termsOf(agreement, id), receipt, signature]
    await base.onEscrow(provider, { functionName: 'deliver', args: delivered })
    return { agreement, id, matter: { agreement, channel: NO_CHANNEL } }
  }
  const open = async (by: HDAccount, dispute: Dispute, vote: Vote | null = RIGHT) => {
    const { agreement, id, matter } = dispute
    const isOver = agreement.settlement === 0
    const progress = { agreementHash: id, slice: 3, fuelUsed: 9_000_000n, paid: 20_000_000n }
    const shown = await receiptFor(dispute, vote ?? RIGHT)
    const args = [
      matter,
      isOver ? await sign(requester, 'Agreement', agreement) : '0x',
      isOver ? await sign(provider, 'Agreement', agreement) : '0x',
      vote ? shown : { ...shown, signature: '0x' },
      { progress, signature: isOver ? await sign(provider, 'Progress', progress) : '0x' },
    ] as const
    return base.onCourt(by, { functionName: 'open', args } as never)
  }
  const passEvidence = async () => {
    await stage.mine(BLOCKS_TO_SEED + 1)
    stage.pass(REAL.evidenceWindow)
  }
  return { overChannel, inEscrow, open, passEvidence }
}

/** Draws juries and has them vote. */
const createJuries = (stage: Stage, base: Base) => {
  const draw = ({ matter }: Dispute) =>
    base.onCourt(base.other, { functionName: 'draw', args: [matter] } as never)
  const jurorsOf = (receipt: TransactionReceipt): HDAccount[] => {
    const data = receipt.logs.at(-1)?.data ?? '0x'
    return base.pool.filter(({ address }) => data.includes(address.slice(2).toLowerCase()))
  }
  const commit = (juror: HDAccount, { dispute, round, vote }: Ballot) => {
    const seat = { dispute: dispute.id, round, juror: lower(juror.address) }
    const args = [dispute.id, commitmentOf(seat, vote, SALT)] as const
    return base.onCourt(juror, { functionName: 'commit', args })
  }
  const reveal = (juror: HDAccount, { dispute, vote }: Ballot) =>
    base.onCourt(juror, { functionName: 'reveal', args: [dispute.id, vote, SALT] })
  /** Draws a first jury, which is of one mind; after that the reveals are over. */
  const judge = async (dispute: Dispute) => {
    const jurors = jurorsOf(await draw(dispute))
    const ballot = { dispute, round: 0, vote: RIGHT }
    for (const juror of jurors) await commit(juror, ballot)
    stage.pass(REAL.longestCommit)
    for (const juror of jurors) await reveal(juror, ballot)
    stage.pass(REAL.revealWindow)
    return jurors
  }
  const plantJury = (count: number) =>
    stage.plant(base.reputation, plantedJury(base.token, count, PLEDGE))
  return { draw, jurorsOf, commit, reveal, judge, plantJury }
}

/** Builds it all: nothing is in dispute yet. */
export const buildCourtWorld = async (stage: Stage) => {
  const base = await createBase(stage)
  const { requester, provider, other, pool, token } = base
  for (const account of [requester, provider, other, ...pool]) await enrich(base, account)
  for (const juror of pool) {
    await base.onStake(juror, { functionName: 'joinJury', args: [token, PLEDGE] })
  }
  const waits = { appeal: REAL.appealWindow, seed: REAL.seedDelay, draw: SETTINGS.drawBlocks }
  return { ...base, ...createDisputes(stage, base), ...createJuries(stage, base), waits }
}
