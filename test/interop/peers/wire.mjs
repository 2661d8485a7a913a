// The market's messages as docs/protocol.md describes them, written a second time: no code of the node is used here.
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import { bytesToHex, hashTypedData, hexToBytes, recoverAddress, serializeSignature } from 'viem'
import { sign } from 'viem/accounts'

const parse = (fields) => fields.split(',').map((field) => field.split(' '))

/** Fields in signing order, as in the EIP-712 type strings. */
const types = {
  Auction: parse(
    'bytes32 taskHash,bytes32 engineHash,address requester,address token,uint96 maxPrice,uint64 maxFuel,uint8 pricing,uint8 bidding,uint8 settlement,uint40 closesAt,uint40 revealBy,uint40 deliverBy,uint16 minReputation,uint96 requiredStake,bytes32 weightsHash,bytes32 tagsHash,bytes32 salt',
  ),
  Bid: parse(
    'bytes32 auctionId,address provider,uint96 basePrice,uint96 pricePerMfuel,uint32 etaMs,uint40 validUntil,bytes32 salt',
  ),
  BidAck: parse('bytes32 bidHash,uint40 seenAt'),
  Award: parse(
    'bytes32 auctionId,bytes32 bidHash,uint96 basePrice,uint96 pricePerMfuel,bytes32 transcriptRoot',
  ),
  Agreement: parse(
    'bytes32 auctionId,bytes32 taskHash,bytes32 engineHash,address requester,address provider,address token,uint96 basePrice,uint96 pricePerMfuel,uint96 maxPrice,uint64 maxFuel,uint64 sliceFuel,uint96 prepaid,uint40 startBy,uint40 deliverBy,uint32 reviewSeconds,uint8 settlement,bytes32 channelId,uint96 stake,uint64 providerSeq,bytes32 salt',
  ),
  PeerBinding: parse('address agent,string peerId,uint64 seq,uint40 validUntil'),
}

const fieldsOf = (name) => types[name].map(([type, field]) => ({ name: field, type }))

/** EIP-712 digests under the market's domain. */
export const createDigest =
  ({ chainId, verifyingContract }) =>
  (name, message) =>
    hashTypedData({
      domain: { name: 'Souk', version: '1', chainId, verifyingContract },
      types: { [name]: fieldsOf(name) },
      primaryType: name,
      message,
    })

const isBytes = (type) => type === 'bytes32' || type === 'address'

const toWire = (type, value) => {
  if (isBytes(type)) return hexToBytes(value)
  return type === 'uint96' ? hexToBytes(`0x${value.toString(16).padStart(24, '0')}`) : value
}

const fromWire = (type, value) => {
  if (isBytes(type)) return bytesToHex(value)
  if (type === 'uint96') return BigInt(bytesToHex(value))
  return type === 'uint64' ? BigInt(value) : value
}

/** `[[fields...], signature]` as a value for CBOR. */
export const signedToWire = (name, { message, signature }) => [
  types[name].map(([type, field]) => toWire(type, message[field])),
  hexToBytes(signature),
]

/** The signed message of such a value; null where it has another number of fields. */
export const signedFromWire = (name, [fields, signature]) => {
  if (fields.length !== types[name].length) return null
  const message = Object.fromEntries(
    types[name].map(([type, field], index) => [field, fromWire(type, fields[index])]),
  )
  return { message, signature: bytesToHex(signature) }
}

export const toCbor = (value) => encode(value, rfc8949EncodeOptions)
export const fromCbor = (bytes) =>
  decode(bytes, { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true })

/** An agent's own signature, 65 bytes with v of 27 or 28. */
export const signHash = async (hash, privateKey) =>
  serializeSignature(await sign({ hash, privateKey }))

/** Whether an agent signed the message. */
export const isBy = async (hash, signature, agent) =>
  (await recoverAddress({ hash, signature })).toLowerCase() === agent
