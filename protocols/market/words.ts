import { fromHex, type Hash, keccak256, toHex } from '../common/index.ts'

/** keccak256(abi.encode(...)) of static values: hashes and unsigned integers. */
export const hashWords = (...values: readonly (Hash | bigint | number)[]): Hash => {
  const words = values.map((value) =>
    (typeof value === 'string' ? value.slice(2) : value.toString(16)).padStart(64, '0'),
  )
  return toHex(keccak256(fromHex(`0x${words.join('')}`)))
}
