// Writes typed-data.json: digests and signatures of every signed message, computed by viem alone from the type strings below, so that
// neither the node's own encoder nor the contracts mark their own work. With --check it only compares and fails when stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from 'viem'
import { hashStruct, hashTypedData, keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const TYPES = [
  'PayState(bytes32 channelId,uint16 epoch,bool fromA,uint96 sent,uint96 lockedTotal,bytes32 locksRoot,bytes32 memo)',
  'CoopClose(bytes32 channelId,uint16 epoch,uint96 payA,uint96 payB,uint40 validUntil)',
  'Rebase(bytes32 channelId,uint16 epoch,uint96 newDepA,uint96 newDepB,uint96 outA,uint96 outB,uint40 validUntil)',
  'ActFor(bytes32 channelId,address tower,uint40 validUntil)',
  'Approve(bytes32 id,uint8 kind,uint96 toProvider,uint40 validUntil)',
  'Auction(bytes32 taskHash,bytes32 engineHash,address requester,address token,uint96 maxPrice,uint64 maxFuel,uint8 pricing,uint8 bidding,uint8 settlement,uint40 closesAt,uint40 revealBy,uint40 deliverBy,uint16 minReputation,uint96 requiredStake,bytes32 weightsHash,bytes32 tagsHash,bytes32 salt)',
  'Bid(bytes32 auctionId,address provider,uint96 basePrice,uint96 pricePerMfuel,uint32 etaMs,uint40 validUntil,bytes32 salt)',
  'SealedBid(bytes32 auctionId,address provider,bytes32 commitment)',
  'BidAck(bytes32 bidHash,uint40 seenAt)',
  'Award(bytes32 auctionId,bytes32 bidHash,uint96 basePrice,uint96 pricePerMfuel,bytes32 transcriptRoot)',
  'Agreement(bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt)',
  'Progress(bytes32 agreementHash,uint32 slice,uint64 fuelUsed,uint96 paid)',
  'Refund(bytes32 agreementHash,bytes32 channelId,uint96 amount)',
  'Receipt(bytes32 agreementHash,bytes32 resultHash,uint8 outcome,int32 exitCode,uint64 fuelUsed,uint96 cost,uint40 finishedAt)',
  'Acceptance(bytes32 receiptHash,uint8 rating)',
  'Complaint(bytes32 agreementHash,uint8 reason,bytes32 evidence)',
  'CancelAuction(bytes32 auctionId)',
]

type Field = { name: string; type: string }
type Value = string | number | boolean
type Message = Record<string, Value>
type Case = { name: string; type: string; message: Message }

const fieldsOf = (typeString: string): Field[] =>
  typeString
    .slice(typeString.indexOf('(') + 1, -1)
    .split(',')
    .map((field) => {
      const [type = '', name = ''] = field.split(' ')
      return { name, type }
    })

const types = Object.fromEntries(
  TYPES.map((text) => [text.slice(0, text.indexOf('(')), fieldsOf(text)]),
)

const bitsOf = (type: string): number => Number(/\d+$/.exec(type)?.[0])
// JSON numbers up to 40 bits, decimal strings above: what JavaScript reads back exactly.
const integer = (value: bigint, bits: number): Value =>
  bits <= 40 ? Number(value) : value.toString()

const lowest = (type: string): Value => {
  if (type === 'bool') return false
  if (type === 'bytes32') return `0x${'00'.repeat(32)}`
  if (type === 'address') return `0x${'00'.repeat(20)}`
  return type === 'int32' ? -(2 ** 31) : integer(0n, bitsOf(type))
}

const highest = (type: string): Value => {
  if (type === 'bool') return true
  if (type === 'bytes32') return `0x${'ff'.repeat(32)}`
  if (type === 'address') return `0x${'ff'.repeat(20)}`
  return type === 'int32' ? 2 ** 31 - 1 : integer(2n ** BigInt(bitsOf(type)) - 1n, bitsOf(type))
}

/** A value that differs for every seed, and so for every field: swapped fields show. */
const scattered = (type: string, seed: string): Value => {
  const hash = keccak256(toHex(seed))
  if (type === 'bool') return BigInt(hash) % 2n === 1n
  if (type === 'bytes32') return hash
  if (type === 'address') return hash.slice(0, 42)
  const bits = bitsOf(type)
  return type === 'int32'
    ? Number(BigInt.asIntN(32, BigInt(hash)))
    : integer(BigInt.asUintN(bits, BigInt(hash)), bits)
}

const fill = (type: string, pick: (field: Field) => Value): Message =>
  Object.fromEntries((types[type] ?? []).map((field) => [field.name, pick(field)]))

const casesOf = (type: string): Case[] => [
  { name: 'lowest', type, message: fill(type, (field) => lowest(field.type)) },
  { name: 'highest', type, message: fill(type, (field) => highest(field.type)) },
  ...[1, 2, 3].map((round) => ({
    name: `scattered ${round}`,
    type,
    message: fill(type, (field) => scattered(field.type, `${type}.${field.name}.${round}`)),
  })),
]

const NO_LOCKS = { lockedTotal: '0', locksRoot: `0x${'00'.repeat(32)}` }
const edgeCases = (): Case[] => {
  const state = fill('PayState', (field) => scattered(field.type, `promise.${field.name}`))
  const receipt = fill('Receipt', (field) => scattered(field.type, `receipt.${field.name}`))
  const highestUint96 = highest('uint96')
  const states: [string, Message][] = [
    ['promise by A', { fromA: true, epoch: 0 }],
    ['promise by B', { fromA: false, epoch: 0 }],
    ['promise of the greatest amount', { fromA: true, epoch: 0, sent: highestUint96 }],
    ['promise in the last epoch', { fromA: true, epoch: 65535 }],
    ['promise of one unit without memo', { fromA: true, sent: '1', memo: NO_LOCKS.locksRoot }],
  ]
  return [
    ...states.map(([name, change]) => ({
      name,
      type: 'PayState',
      message: { ...state, ...NO_LOCKS, ...change },
    })),
    ...[-1, 0, 1, 255, -128].map((exitCode) => ({
      name: `exit code ${exitCode}`,
      type: 'Receipt',
      message: { ...receipt, exitCode },
    })),
  ]
}

const signer = privateKeyToAccount(keccak256(toHex('Souk test vectors')))
const domain = {
  name: 'Souk',
  version: '1',
  chainId: 31337,
  verifyingContract: '0x5005500550055005500550055005500550055005',
} as const

const withDigest = async ({ name, type, message }: Case) => {
  const data = { types, primaryType: type, message }
  return {
    name,
    type,
    message,
    structHash: hashStruct({ ...data, data: message }),
    digest: hashTypedData({ ...data, domain }),
    signature: await signer.signTypedData({ ...data, domain }),
  }
}

/** The whole content of typed-data.json. */
const buildVectors = async () => ({
  domain,
  signer: signer.address satisfies Hex,
  types: Object.fromEntries(TYPES.map((text) => [text.slice(0, text.indexOf('(')), text])),
  vectors: await Promise.all(
    [...Object.keys(types).flatMap(casesOf), ...edgeCases()].map(withDigest),
  ),
})

const path = join(import.meta.dirname, 'typed-data.json')
const text = `${JSON.stringify(await buildVectors(), null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write(
    'stale: test/vectors/typed-data.json\nRun: node test/vectors/generate-typed-data.ts\n',
  )
  process.exitCode = 1
}
