import {
  channelFaults,
  paramsToWire,
  payAnswerToWire,
  payToWire,
  refundToWire,
  type SyncMessage,
  syncToWire,
  termsAnswerToWire,
  termsToWire,
} from '../../protocols/channel/index.ts'
import {
  type CborValue,
  CHANNEL_MODE,
  channelIdOf,
  createDigester,
  domainSeparator,
  encodeCbor,
  type Hash,
  type PayState,
  toHex,
  typedMessages,
  typeString,
  ZERO_HASH,
} from '../../protocols/common/index.ts'
import { writeFrame } from '../../protocols/network/index.ts'
import { createTestSigner, testPrivateKey } from '../fakes/signer.ts'

// Fixed keys and values: whoever writes a second implementation must come to the very same bytes.
const [payer, payee] = [createTestSigner('vector payer'), createTestSigner('vector payee')]
const fill = (byte: string, length: number): `0x${string}` => `0x${byte.repeat(length)}`

const contracts = { paymentChannel: fill('c1', 20), disputeArbiter: fill('c2', 20) }
const channelDomain = { chainId: 31337, verifyingContract: contracts.paymentChannel }
const marketDomain = { chainId: 31337, verifyingContract: contracts.disputeArbiter }
const digest = createDigester(channelDomain)
const marketDigest = createDigester(marketDomain)

const params = {
  partyA: payer.address,
  partyB: payee.address,
  signerA: payer.address,
  signerB: payee.address,
  token: fill('c3', 20),
  window: 3_600,
  mode: CHANNEL_MODE.SIMPLEX,
  salt: 7n,
}
const channelId = channelIdOf(params)
const [agreementHash, memo]: Hash[] = [fill('a1', 32), fill('e3', 32)]

const state: PayState = {
  channelId,
  epoch: 0,
  fromA: true,
  sent: 1_000_000n,
  lockedTotal: 0n,
  locksRoot: ZERO_HASH,
  memo: memo as Hash,
}
const promise = { message: state, signature: payer.sign(digest('PayState', state)) }
const terms = { channelId, epoch: 0, payA: 1_500_000n, payB: 500_000n, validUntil: 1_800_000_300 }
const rebase = {
  channelId,
  epoch: 0,
  newDepA: 400_000n,
  newDepB: 100_000n,
  outA: 0n,
  outB: 1_500_000n,
  validUntil: 1_800_000_300,
}
const refund = { agreementHash: agreementHash as Hash, channelId, amount: 500_000n }
const signedRefund = { message: refund, signature: payee.sign(marketDigest('Refund', refund)) }

const shown: SyncMessage = {
  params,
  channelId,
  promise,
  back: null,
  offer: null,
  rebase: null,
  seen: { epoch: 0, deposit: 2_000_000n, amountB: 0n },
  deals: [{ agreementHash: agreementHash as Hash, paid: 1_000_000n, refunded: 0n }],
}

const frame = (type: string, body: CborValue): string =>
  toHex(writeFrame({ kind: 'request', id: 1, type, body })).slice(2)
const body = (value: CborValue): string => toHex(encodeCbor(value)).slice(2)

const pay = payToWire([
  {
    channelId,
    promise,
    agreementHash: agreementHash as Hash,
    paid: 1_000_000n,
    memo: memo as Hash,
  },
])

const vectors: readonly (readonly [name: string, value: string])[] = [
  ['private key of A', toHex(testPrivateKey('vector payer'))],
  ['address of A', payer.address],
  ['private key of B', toHex(testPrivateKey('vector payee'))],
  ['address of B', payee.address],
  [
    'chain id; contract; token; window; mode; salt',
    `31337; ${contracts.paymentChannel}; ${params.token}; 3600; 1; 7`,
  ],
  ['channel domain separator', toHex(domainSeparator(channelDomain))],
  [
    `market domain separator (contract ${contracts.disputeArbiter})`,
    toHex(domainSeparator(marketDomain)),
  ],
  ['channel id', channelId],
  ['PayState: epoch 0, fromA, sent 1000000, memo 0xe3…e3; digest', digest('PayState', state)],
  ['its signature by A', promise.signature],
  [
    'CoopClose: payA 1500000, payB 500000, validUntil 1800000300; digest',
    digest('CoopClose', terms),
  ],
  ['its signature by B', payee.sign(digest('CoopClose', terms))],
  [
    'Rebase: newDepA 400000, newDepB 100000, outA 0, outB 1500000, the same time; digest',
    digest('Rebase', rebase),
  ],
  ['Refund: agreement 0xa1…a1, amount 500000; digest', marketDigest('Refund', refund)],
  ['its signature by B', signedRefund.signature],
  ['frame: request 1, `propose`', frame('propose', paramsToWire(params))],
  ['frame: request 1, `pay`, one payment of 1000000', frame('pay', pay)],
  ['body of its answer: 1000000 is durable', body(payAnswerToWire([1_000_000n]))],
  ['body of its answer: refused', body(payAnswerToWire(['PROMISE_OVER_DEPOSIT']))],
  ['frame: request 1, `refund`', frame('refund', refundToWire(signedRefund))],
  ['frame: request 1, `close`', frame('close', termsToWire('CoopClose', terms))],
  ['body of its answer', body(termsAnswerToWire(payee.sign(digest('CoopClose', terms))))],
  ['frame: request 1, `rebase`', frame('rebase', termsToWire('Rebase', rebase))],
  [
    'frame: request 1, `sync`: deposit 2000000 seen, one deal paid 1000000',
    frame('sync', syncToWire(shown)),
  ],
]

const TYPES = [
  'PayState',
  'CoopClose',
  'Rebase',
  'ActFor',
  'TowerReceipt',
  'Refund',
  'PeerBinding',
] as const

const typeLines = () =>
  TYPES.map((name) => {
    const domain = ['Refund', 'PeerBinding'].includes(name) ? 'market' : 'channel'
    return `| ${domain} | \`${typeString(name)}\` | ${typedMessages[name].length} |`
  })

const faultLines = () =>
  Object.entries(channelFaults).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)

/** Generated parts of docs/protocol.md, by the names of their markers. */
export const protocolParts: Readonly<Record<string, string>> = {
  types: ['| domain | type string | fields |', '|---|---|---|', ...typeLines()].join('\n'),
  faults: ['| code | meaning |', '|---|---|', ...faultLines()].join('\n'),
  vectors: vectors.map(([name, value]) => `- ${name}:\n  \`${value}\``).join('\n'),
}

const between = (name: string): RegExp =>
  new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`)

/** The page with its generated parts made anew. */
export const refreshPage = (page: string): string =>
  Object.entries(protocolParts).reduce((text, [name, part]) => {
    if (!between(name).test(text)) throw new Error(`docs/protocol.md has no place for ${name}`)
    return text.replace(between(name), (_, open, close) => `${open}${part}${close}`)
  }, page)
