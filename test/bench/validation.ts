// What a message costs the market that takes no notice of it: the real board with real digests and signatures, fed by hand.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createBoard } from '../../node/market/index.ts'
import type { GossipHandler, GossipTopic } from '../../node/ports/index.ts'
import {
  type Auction,
  createDigester,
  encodeSigned,
  type Hash,
  type Signed,
} from '../../protocols/common/index.ts'
import { MAX_MESSAGE_BYTES } from '../../protocols/market/index.ts'
import { anAuction } from '../builders/messages.ts'
import { silentLog } from '../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../fakes/signer.ts'

const MESSAGES = 20_000
const FLOOD = 50_000
/** As the node's own board has them. */
const BURST = 1_000
const PER_SECOND = 200

const verifyingContract = `0x${'c2'.repeat(20)}` as const
const digest = createDigester({ chainId: 31_337, verifyingContract })
const signer = createTestSigner('flooder')

const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`

const openBoard = async (isLimited: boolean) => {
  const handlers = new Map<GossipTopic, GossipHandler>()
  let verified = 0
  const startedMs = performance.now()
  const nowMs = Date.now()
  // One look at the time for all: what counts is the work.
  const clockMs = () => nowMs + (performance.now() - startedMs)
  const board = createBoard(
    {
      gossip: {
        publish: async () => ({ recipients: 0 }),
        subscribe: (topic, handler) => void handlers.set(topic, handler),
        listeners: () => 1,
      },
      clock: {
        now: () => Math.floor(clockMs() / 1000),
        nowMs: clockMs,
        wait: () => Promise.resolve(),
      },
      digest,
      recover: (hash, signature) => {
        verified += 1
        return recoverSigner(hash, signature)
      },
      log: silentLog,
      emit: () => {},
    },
    isLimited ? {} : { peerRate: { perSecond: 1e12, burst: 1e12 } },
  )
  board.start()
  const hear = handlers.get('auctions') as GossipHandler
  return {
    hear: (data: Uint8Array) => hear(data, 'neighbour'),
    verified: () => verified,
    elapsedSeconds: () => (performance.now() - startedMs) / 1000,
    seconds: Math.floor(nowMs / 1000),
  }
}

const announced = (changes: Partial<Auction>): Uint8Array => {
  const message = anAuction({ requester: signer.address, ...changes })
  const signed: Signed<'Auction'> = { message, signature: signer.sign(digest('Auction', message)) }
  return encodeSigned('Auction', signed)
}

/** Messages judged per second of CPU; fails where one is not judged as it should be. */
const rateOf = async (
  hear: (data: Uint8Array) => ReturnType<GossipHandler>,
  { messages, code }: { messages: readonly Uint8Array[]; code: string },
): Promise<number> => {
  const before = process.cpuUsage()
  for (let sent = 0; sent < MESSAGES; sent += 1) {
    const verdict = await hear(messages[sent % messages.length] as Uint8Array)
    const found = verdict.action === 'accept' ? 'accepted' : verdict.code
    if (found !== code) throw new Error(`${found} where ${code} was expected`)
  }
  const { user, system } = process.cpuUsage(before)
  return (MESSAGES * 1e6) / (user + system)
}

const heapInUse = (): number => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

/** Distinct auctions whose signatures are none of their requester's, as fast as they can be said. */
const flood = (seconds: number, from: number): Uint8Array[] => {
  const signature = signer.sign(hashOf(1))
  return Array.from({ length: FLOOD }, (_, index) => {
    const times = { closesAt: seconds + 600, deliverBy: seconds + 3_600, revealBy: 0 }
    const message = anAuction({ ...times, requester: signer.address, salt: hashOf(from + index) })
    return encodeSigned('Auction', { message, signature })
  })
}

const measureFlood = async () => {
  const board = await openBoard(true)
  const [first, second] = [flood(board.seconds, 0), flood(board.seconds, FLOOD)]
  for (const message of first) await board.hear(message)
  const heap = heapInUse()
  const before = process.cpuUsage()
  for (const message of second) await board.hear(message)
  const { user, system } = process.cpuUsage(before)
  const allowed = BURST + PER_SECOND * board.elapsedSeconds()
  return {
    beyondBucket: Math.max(0, Math.ceil(board.verified() - allowed)),
    floodPerSecond: (FLOOD * 1e6) / (user + system),
    grownMiB: Math.max(0, heapInUse() - heap) / 2 ** 20,
  }
}

/** Messages per second of CPU by what is wrong with them, and what a flood of bad signatures costs. */
export const measureValidation = async () => {
  const { hear, seconds } = await openBoard(false)
  const open = { closesAt: seconds + 600, deliverBy: seconds + 3_600, revealBy: 0 }
  const past = { closesAt: seconds - 60, deliverBy: seconds + 3_600, revealBy: 0 }
  const known = announced(open)
  await hear(known)
  const malformed = known.slice(0, -1)
  const oversize = new Uint8Array(MAX_MESSAGE_BYTES + 1)
  const rates = {
    malformed: await rateOf(hear, { messages: [malformed], code: 'MESSAGE_MALFORMED' }),
    oversize: await rateOf(hear, { messages: [oversize], code: 'MESSAGE_TOO_LARGE' }),
    expired: await rateOf(hear, { messages: [announced(past)], code: 'AUCTION_CLOSED' }),
    seen: await rateOf(hear, { messages: [known], code: 'SEEN_BEFORE' }),
  }
  return { ...rates, ...(await measureFlood()) }
}
