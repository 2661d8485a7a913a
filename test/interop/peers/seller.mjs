// An agent of another make on js-libp2p 2.10: hears auctions, bids on them, and signs the agreement when it is awarded. It does no work.
// Told by one JSON argument; tells by JSON lines on standard output.
import { createHash, randomBytes } from 'node:crypto'
import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { bytesToHex } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { createLine } from './talk.mjs'
import {
  createDigest,
  fromCbor,
  isBy,
  signedFromWire,
  signedToWire,
  signHash,
  toCbor,
} from './wire.mjs'

const OPEN = 0
const DIRECT = 2
const BASE_PRICE = 500n
const PRICE_PER_MFUEL = 700n
const BID_SECONDS = 600

const { network, chainId, verifyingContract, address } = JSON.parse(process.argv[2])
const tell = (event, facts = {}) => process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)
const refusal = (code, message) => Object.assign(new Error(message), { code })

const agentKey = bytesToHex(randomBytes(32))
const agent = privateKeyToAddress(agentKey).toLowerCase()
const digest = createDigest({ chainId, verifyingContract })
const peerKey = await generateKeyPair('Ed25519')
const topics = ['auctions', 'bids', 'awards'].map((name) => `/souk/1/${network}/${name}`)
const [auctionTopic, bidTopic, awardTopic] = topics

const messageId = ({ topic, data }) =>
  createHash('sha256').update(topic).update('\0').update(data).digest().subarray(0, 20)

const node = await createLibp2p({
  privateKey: peerKey,
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign', msgIdFn: messageId }),
  },
})
const identity = {
  agent,
  agentKey,
  digest,
  peerKey,
  network,
  isBy,
  peerId: node.peerId.toString(),
}
const { pubsub } = node.services

/** What it bid, by the hash of the bid. */
const own = new Map()

const priceOf = ({ maxFuel }) => BASE_PRICE + (maxFuel * PRICE_PER_MFUEL + 999_999n) / 1_000_000n

const bidOn = async ({ message: auction, signature }) => {
  const auctionId = digest('Auction', auction)
  if (!(await isBy(auctionId, signature, auction.requester))) return tell('forged')
  tell('heard', { auctionId, bidding: auction.bidding })
  if (priceOf(auction) > auction.maxPrice) return
  const message = {
    auctionId,
    provider: agent,
    basePrice: BASE_PRICE,
    pricePerMfuel: PRICE_PER_MFUEL,
    etaMs: 1_000,
    validUntil: auction.closesAt + BID_SECONDS,
    salt: bytesToHex(randomBytes(32)),
  }
  const bidHash = digest('Bid', message)
  const wire = signedToWire('Bid', { message, signature: await signHash(bidHash, agentKey) })
  own.set(bidHash, { auction, bid: message })
  if (auction.bidding === OPEN) {
    await pubsub.publish(bidTopic, toCbor(wire))
    tell('bid', { auctionId, bidHash })
  } else if (auction.bidding === DIRECT) {
    const [reply] = await dealLine.ask('bid', [wire])
    const ack = signedFromWire('BidAck', reply)
    const ackHash = digest('BidAck', ack.message)
    const isGood =
      ack.message.bidHash === bidHash && (await isBy(ackHash, ack.signature, auction.requester))
    tell('acknowledged', { auctionId, bidHash, isGood })
  }
}

const COPIED = ['taskHash', 'engineHash', 'requester', 'token', 'maxFuel', 'deliverBy']

/** The provider's own check of what it is about to sign. */
const reasonToRefuse = async ([auction, bid, award, agreement], from) => {
  const bidHash = digest('Bid', bid.message)
  const mine = own.get(bidHash)
  if (!mine || digest('Auction', auction.message) !== mine.bid.auctionId) return 'not my bid'
  if (award.message.bidHash !== bidHash) return 'the award is for another bid'
  const terms = agreement.message
  if (COPIED.some((field) => terms[field] !== mine.auction[field])) return 'other terms'
  if (terms.basePrice !== BASE_PRICE || terms.pricePerMfuel !== PRICE_PER_MFUEL) return 'the price'
  if (terms.provider !== agent || from !== mine.auction.requester) return 'other parties'
  const signed = [
    ['Award', award],
    ['Agreement', agreement],
  ]
  for (const [name, { message, signature }] of signed) {
    if (!(await isBy(digest(name, message), signature, from))) return `the ${name} is not signed`
  }
  return null
}

const countersign = async (body, from) => {
  const parts = ['Auction', 'Bid', 'Award', 'Agreement'].map((name, index) =>
    signedFromWire(name, body[index]),
  )
  const reason = await reasonToRefuse(parts, from)
  if (reason) throw refusal('OFFER_REFUSED', reason)
  const agreementHash = digest('Agreement', parts[3].message)
  const signature = await signHash(agreementHash, agentKey)
  tell('signed', { agreementHash, auctionId: parts[3].message.auctionId })
  return [Buffer.from(signature.slice(2), 'hex')]
}

const serveDeal = (type, body, from) => {
  if (type === 'offer') return countersign(body, from)
  throw refusal('WORKSHOP_CLOSED', 'this agent signs and does no work')
}

/** Takes part in any channel that somebody wants to pay it over. */
const serveChannel = (type) => {
  if (type === 'propose') return null
  throw refusal('CHANNEL_UNKNOWN', 'nothing more is known of channels here')
}

const failed = (error) => tell('failed', { message: String(error?.stack ?? error) })
const serving = (serve) => (incoming) => {
  createLine(identity, async (...question) => serve(...question))
    .run(incoming.stream)
    .catch(() => {})
}

pubsub.addEventListener('message', ({ detail: { topic, data } }) => {
  const wire = fromCbor(data)
  if (topic === awardTopic) {
    const award = signedFromWire('Award', wire)
    tell('award', { auctionId: award.message.auctionId, isMine: own.has(award.message.bidHash) })
  }
  const auction = topic === auctionTopic ? signedFromWire('Auction', wire) : null
  if (auction) bidOn(auction).catch(failed)
})
for (const topic of topics) pubsub.subscribe(topic)
await node.handle('/souk/deal/1', serving(serveDeal))
await node.handle('/souk/channel/1', serving(serveChannel))

const connection = await node.dial(multiaddr(address))
const dealLine = createLine(identity, async (...question) => serveDeal(...question))
dealLine.run(await connection.newStream('/souk/deal/1')).catch(failed)
const other = await dealLine.greeted
tell('ready', { agent, peer: identity.peerId, other: other.agent })
process.on('SIGTERM', () => {
  void node.stop().finally(() => process.exit(0))
})
