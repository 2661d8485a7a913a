import { hashTypedData, recoverAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { loadNativeCurve, portableCurve } from '../../../node/adapters/system/secp256k1.ts'
import { createSigning } from '../../../node/adapters/system/signer.ts'
import {
  createDigester,
  type Hash,
  type PayState,
  toHex,
  typedMessages,
  ZERO_HASH,
} from '../../../protocols/common/index.ts'
import { testPrivateKey } from '../../fakes/signer.ts'
import { IDENTITY } from './still-chain.ts'

const SAMPLE_MS = 400
const ROUNDS = 3

const domain = {
  chainId: IDENTITY.chainId,
  verifyingContract: IDENTITY.contracts.paymentChannel,
}
const message: PayState = {
  channelId: `0x${'5a'.repeat(32)}`,
  epoch: 0,
  fromA: true,
  sent: 123_456_789n,
  lockedTotal: 0n,
  locksRoot: ZERO_HASH,
  memo: `0x${'a5'.repeat(32)}`,
}

type Job = () => unknown | Promise<unknown>

const perSecond = async (job: Job): Promise<number> => {
  let count = 0
  const begun = performance.now()
  let now = begun
  while (now - begun < SAMPLE_MS) {
    await job()
    count += 1
    now = performance.now()
  }
  return (1_000 * count) / (now - begun)
}

/** The best of some rounds, all jobs in turn: what another process takes away hits all of them alike. */
const best = async <Name extends string>(jobs: Record<Name, Job>) => {
  const rates = {} as Record<Name, number>
  const named = Object.entries(jobs) as [Name, Job][]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, job] of named) {
      rates[name] = Math.max(rates[name] ?? 0, await perSecond(job))
    }
  }
  return rates
}

const viemTypes = {
  PayState: typedMessages.PayState.map(([name, type]) => ({ name, type })),
}

/** Operations per second of the curve in use, of portable JavaScript, and of viem: digest, signature, signer. */
export const measureCrypto = async () => {
  const key = testPrivateKey('bench')
  const digest = createDigester({ ...domain })
  const hash: Hash = digest('PayState', message)
  const native = createSigning(loadNativeCurve() ?? portableCurve)
  const portable = createSigning(portableCurve)
  const account = privateKeyToAccount(toHex(key))
  const [nativeSigner, portableSigner] = [native.createSigner(key), portable.createSigner(key)]
  const signature = nativeSigner.sign(hash)
  const viemDomain = { name: 'Souk', version: '1', ...domain }
  return best({
    hash: () => digest('PayState', message),
    hashViem: () =>
      hashTypedData({ domain: viemDomain, types: viemTypes, primaryType: 'PayState', message }),
    sign: () => nativeSigner.sign(hash),
    signPortable: () => portableSigner.sign(hash),
    signViem: () => account.sign({ hash }),
    verify: () => native.recoverSigner(hash, signature),
    verifyPortable: () => portable.recoverSigner(hash, signature),
    verifyViem: () => recoverAddress({ hash, signature }),
  })
}
