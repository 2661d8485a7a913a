// Streams as docs/protocol.md describes them: length-prefixed CBOR arrays, hello first, questions by id. Bytes move through it-pipe.
import { RecordEnvelope } from '@libp2p/peer-record'
import * as lp from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import { pushable } from 'it-pushable'
import { fromCbor, signedFromWire, signedToWire, signHash, toCbor } from './wire.mjs'

const [HELLO, QUESTION, ANSWER, FAULT] = [0, 1, 2, 3]
const MAX_FRAME_BYTES = 65_536
const BINDING_SECONDS = 86_400
const DOMAIN = 'souk-peer-binding'
const PAYLOAD_TYPE = new TextEncoder().encode('/souk/peer-binding')

const sealBinding = async ({ agent, agentKey, digest, peerKey, peerId }) => {
  const nowMs = Date.now()
  const validUntil = Math.floor(nowMs / 1000) + BINDING_SECONDS
  const message = { agent, peerId, seq: BigInt(nowMs), validUntil }
  const signature = await signHash(digest('PeerBinding', message), agentKey)
  const payload = toCbor(signedToWire('PeerBinding', { message, signature }))
  const record = {
    domain: DOMAIN,
    codec: PAYLOAD_TYPE,
    marshal: () => payload,
    equals: () => false,
  }
  return (await RecordEnvelope.seal(record, peerKey)).marshal()
}

/** Whom the hello of the other side proves. */
const readHello = async ([kind, version, network, envelope], { digest, isBy, network: own }) => {
  if (kind !== HELLO || version !== 1 || network !== own) throw new Error('not our network')
  const { payload } = await RecordEnvelope.openAndCertify(envelope, DOMAIN)
  const { message, signature } = signedFromWire('PeerBinding', fromCbor(payload))
  const isProven = await isBy(digest('PeerBinding', message), signature, message.agent)
  if (!isProven) throw new Error('the binding is not signed by its agent')
  return message
}

/** Greets on a stream of either side, then answers questions with `serve` and asks its own until it ends. */
export const createLine = (identity, serve) => {
  const outbox = pushable({ objectMode: true })
  const asked = new Map()
  const greeted = Promise.withResolvers()
  const send = (frame) => outbox.push(toCbor(frame))
  const answer = async ([, id, type, body], from) => {
    try {
      send([ANSWER, id, await serve(type, body, from)])
    } catch (error) {
      send([FAULT, id, error.code ?? 'INTERNAL', error.message.slice(0, 256)])
    }
  }
  const settle = ([kind, id, ...rest]) => {
    const question = asked.get(id)
    asked.delete(id)
    if (kind === ANSWER) question?.resolve(rest[0])
    else question?.reject(Object.assign(new Error(rest[1]), { code: rest[0] }))
  }
  const hear = async (frames) => {
    let remote = null
    for await (const bytes of frames) {
      const frame = fromCbor(bytes.subarray())
      if (remote === null) {
        remote = await readHello(frame, identity)
        greeted.resolve(remote)
      } else if (frame[0] === QUESTION) {
        void answer(frame, remote.agent)
      } else settle(frame)
    }
  }
  return {
    greeted: greeted.promise,
    run: async (stream) => {
      send([HELLO, 1, identity.network, await sealBinding(identity), 16])
      const decode = (source) => lp.decode(source, { maxDataLength: MAX_FRAME_BYTES })
      await pipe(outbox, lp.encode, stream, decode, hear)
    },
    ask: (type, body) => {
      const question = Promise.withResolvers()
      const id = asked.size + 1
      asked.set(id, question)
      send([QUESTION, id, type, body])
      return question.promise
    },
  }
}
