// Escrow, reputation and arbiter know one another by addresses fixed when they are deployed. Whoever comes first is told where the
// others will stand: a contract's address follows from its deployer and the number of the transaction.
import { isDeepStrictEqual } from 'node:util'
import { type Address, getContractAddress, isAddressEqual, type PublicClient } from 'viem'
import {
  disputeArbiterContractAbi,
  disputeArbiterContractBytecode,
  disputeArbiterContractCodeHash,
  disputeArbiterContractImmutables,
  escrowContractAbi,
  escrowContractBytecode,
  escrowContractCodeHash,
  escrowContractImmutables,
  reputationContractAbi,
  reputationContractBytecode,
  reputationContractCodeHash,
  reputationContractImmutables,
} from './abi/index.ts'
import type { CourtTerms } from './court-settings.ts'
import { type DeployClients, deploy, holds, isOwnedBy, type Recipe } from './recipe.ts'

/** Where the three stand. */
export type Court = { reputation: Address; escrow: Address; disputeArbiter: Address }
type Member = keyof Court

/** In seconds: the shortest review; the longest time from funding to the end of the review, and from dispute to ruling. */
export type CourtTimes = { minReview: number; longestAgreement: number; longestDispute: number }

export type CourtOptions = {
  owner: Address
  /** May be paid and staked with; ERC-20 only. */
  tokens: readonly Address[]
  times: CourtTimes
  terms: CourtTerms
  earlier: Partial<Court>
  /** Told where each contract will stand before its transaction is sent, so that an interrupted run goes on where it ended. */
  onPlacing: (places: Partial<Court>) => Promise<void>
}

const DAY = 86_400
/** For networks where money is real: what agreements may ask for at most, and two weeks for a court with all its appeals. */
export const REAL_TIMES: CourtTimes = {
  minReview: 3600,
  longestAgreement: 37 * DAY,
  longestDispute: 14 * DAY,
}
/** For local chains, where nobody waits. */
export const LOCAL_TIMES: CourtTimes = {
  minReview: 1,
  longestAgreement: 7 * DAY,
  longestDispute: DAY,
}

/** Stake stays slashable for longer than any agreement made on it, and its dispute, can last. In seconds. */
const releaseDelayOf = ({ longestAgreement, longestDispute }: CourtTimes): number =>
  longestAgreement + longestDispute + 3600

// A later one may be told where an earlier one stands; the earlier one is told where the later one will.
const ORDER: readonly Member[] = ['reputation', 'escrow', 'disputeArbiter']

/** What code each of the three has. */
export const codeOfCourt = {
  reputation: {
    name: 'ReputationContract',
    codeHash: reputationContractCodeHash,
    immutables: reputationContractImmutables,
  },
  escrow: {
    name: 'EscrowContract',
    codeHash: escrowContractCodeHash,
    immutables: escrowContractImmutables,
  },
  disputeArbiter: {
    name: 'DisputeArbiterContract',
    codeHash: disputeArbiterContractCodeHash,
    immutables: disputeArbiterContractImmutables,
  },
} satisfies Record<Member, Pick<Recipe, 'name' | 'codeHash' | 'immutables'>>

const recipesOf = (court: Court, { owner, tokens, times, terms }: CourtOptions) => ({
  reputation: {
    ...codeOfCourt.reputation,
    abi: reputationContractAbi,
    bytecode: reputationContractBytecode,
    args: [court.escrow, court.disputeArbiter, releaseDelayOf(times), owner, tokens],
  } satisfies Recipe,
  escrow: {
    ...codeOfCourt.escrow,
    abi: escrowContractAbi,
    bytecode: escrowContractBytecode,
    args: [
      court.disputeArbiter,
      court.reputation,
      [times.minReview, times.longestAgreement, times.longestDispute],
      owner,
      tokens,
    ],
  } satisfies Recipe,
  disputeArbiter: {
    ...codeOfCourt.disputeArbiter,
    abi: disputeArbiterContractAbi,
    bytecode: disputeArbiterContractBytecode,
    args: [court.escrow, court.reputation, terms.settings, owner, tokens, terms.rule],
  } satisfies Recipe,
})

const NOWHERE: Address = '0x0000000000000000000000000000000000000000'

/** What a contract that stands says of the others. */
type Known = { address: Address; links: Partial<Court> }

const takesAll = async (
  read: (functionName: 'depositCap', args: [Address]) => Promise<bigint>,
  tokens: readonly Address[],
): Promise<boolean> => {
  const caps = await Promise.all(tokens.map((token) => read('depositCap', [token])))
  return caps.every((cap) => cap > 0n)
}

const lookAtReputation = async (
  client: PublicClient,
  address: Address,
  { times, tokens }: CourtOptions,
): Promise<Known | null> => {
  const contract = { address, abi: reputationContractAbi } as const
  const [delay, escrow, disputeArbiter, isOpen] = await Promise.all([
    client.readContract({ ...contract, functionName: 'releaseDelay' }),
    client.readContract({ ...contract, functionName: 'escrow' }),
    client.readContract({ ...contract, functionName: 'arbiter' }),
    takesAll(
      (functionName, args) => client.readContract({ ...contract, functionName, args }),
      tokens,
    ),
  ])
  const isSame = delay === releaseDelayOf(times) && isOpen
  return isSame ? { address, links: { escrow, disputeArbiter } } : null
}

const lookAtEscrow = async (
  client: PublicClient,
  address: Address,
  { times, tokens }: CourtOptions,
): Promise<Known | null> => {
  const contract = { address, abi: escrowContractAbi } as const
  const [minReview, longestAgreement, longestDispute, reputation, disputeArbiter, isOpen] =
    await Promise.all([
      client.readContract({ ...contract, functionName: 'minReview' }),
      client.readContract({ ...contract, functionName: 'longestAgreement' }),
      client.readContract({ ...contract, functionName: 'longestDispute' }),
      client.readContract({ ...contract, functionName: 'reputation' }),
      client.readContract({ ...contract, functionName: 'arbiter' }),
      takesAll(
        (functionName, args) => client.readContract({ ...contract, functionName, args }),
        tokens,
      ),
    ])
  const isSame =
    minReview === times.minReview &&
    longestAgreement === times.longestAgreement &&
    longestDispute === times.longestDispute &&
    isOpen
  return isSame ? { address, links: { reputation, disputeArbiter } } : null
}

const hearsAll = async (
  client: PublicClient,
  address: Address,
  { tokens, terms }: CourtOptions,
): Promise<boolean> => {
  const contract = { address, abi: disputeArbiterContractAbi } as const
  const rules = await Promise.all(
    tokens.map((token) =>
      client.readContract({ ...contract, functionName: 'courtRule', args: [token] }),
    ),
  )
  const { seatFee, seatStake } = terms.rule
  return rules.every(([fee, stake]) => fee === seatFee && stake === seatStake)
}

const lookAtArbiter = async (
  client: PublicClient,
  address: Address,
  options: CourtOptions,
): Promise<Known | null> => {
  const contract = { address, abi: disputeArbiterContractAbi } as const
  const [escrow, reputation, settings, hears] = await Promise.all([
    client.readContract({ ...contract, functionName: 'escrow' }),
    client.readContract({ ...contract, functionName: 'reputation' }),
    client.readContract({ ...contract, functionName: 'settings' }),
    hearsAll(client, address, options),
  ])
  const isSame = isDeepStrictEqual(settings, options.terms.settings) && hears
  return isSame ? { address, links: { escrow, reputation } } : null
}

const LOOKS = {
  reputation: lookAtReputation,
  escrow: lookAtEscrow,
  disputeArbiter: lookAtArbiter,
} satisfies Record<Member, unknown>

const findKnown = async (
  client: PublicClient,
  options: CourtOptions,
): Promise<Partial<Record<Member, Known>>> => {
  const found: Partial<Record<Member, Known>> = {}
  for (const member of ORDER) {
    const address = options.earlier[member]
    if (!address || !(await holds(client, address, codeOfCourt[member]))) continue
    if (!(await isOwnedBy(client, address, options.owner))) continue
    const known = await LOOKS[member](client, address, options)
    if (known !== null) found[member] = known
  }
  return found
}

// The most that can be kept comes first. An arbiter is kept longest: every market message is signed for its address.
const KEEPS: readonly (readonly Member[])[] = [
  ORDER,
  ['reputation', 'disputeArbiter'],
  ['reputation', 'escrow'],
  ['reputation'],
  ['disputeArbiter'],
  [],
]

/** All three places when these are kept and the others come next; null where one that is kept expects another elsewhere. */
const placesKeeping = (
  kept: readonly Member[],
  known: Partial<Record<Member, Known>>,
  next: readonly Address[],
): Court | null => {
  const missing = ORDER.filter((member) => !kept.includes(member))
  const placeOf = (member: Member) => known[member]?.address ?? NOWHERE
  const court: Court = {
    reputation: placeOf('reputation'),
    escrow: placeOf('escrow'),
    disputeArbiter: placeOf('disputeArbiter'),
  }
  for (const [index, member] of missing.entries()) court[member] = next[index] ?? NOWHERE
  const agrees = kept.every((member) => {
    const links = known[member]?.links
    if (links === undefined) return false
    return ORDER.every((other) => !links[other] || isAddressEqual(links[other], court[other]))
  })
  return agrees ? court : null
}

/** Deploys what is missing of the three, or all of them where what stands does not fit together. */
export const placeCourt = async (clients: DeployClients, options: CourtOptions): Promise<Court> => {
  const { publicClient, walletClient } = clients
  const from = walletClient.account.address
  const known = await findKnown(publicClient, options)
  const first = await publicClient.getTransactionCount({ address: from, blockTag: 'pending' })
  const next = ORDER.map((_, index) => getContractAddress({ from, nonce: BigInt(first + index) }))
  for (const kept of KEEPS) {
    const court = placesKeeping(kept, known, next)
    if (court === null) continue
    for (const member of ORDER) {
      if (kept.includes(member)) continue
      await deploy(clients, recipesOf(court, options)[member], async (address) => {
        if (!isAddressEqual(address, court[member])) {
          throw new Error(`Another transaction of ${from} came between: run the deployment again`)
        }
        await options.onPlacing({ [member]: address })
      })
    }
    return court
  }
  throw new Error('unreachable: nothing is always enough to keep')
}
