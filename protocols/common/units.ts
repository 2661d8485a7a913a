/** Token amount in atomic units (integer, 0 to 2^96 - 1 on the wire). */
export type Amount = bigint
/** Units of WebAssembly work, as counted by the instrumented module (0 to 2^64 - 1). */
export type Fuel = bigint
/** Seconds since the Unix epoch, integer. */
export type UnixSeconds = number
/** 0x-prefixed lower-case hex of any length. */
export type Hex = `0x${string}`
/** 32 bytes as lower-case hex. */
export type Hash = Hex
/** 20-byte Ethereum account as lower-case hex: never checksummed inside the node. */
export type Address = Hex
/** 65-byte r || s || v signature as lower-case hex; s is low, v is 27 or 28. */
export type Signature = Hex
/** Content identifier (CIDv1, base32) of a module, an input or an output. */
export type Cid = string
/** Base58 libp2p peer id. */
export type PeerId = string

export const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`
export const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`
export const MAX_AMOUNT: Amount = (1n << 96n) - 1n
export const MAX_FUEL: Fuel = (1n << 64n) - 1n
