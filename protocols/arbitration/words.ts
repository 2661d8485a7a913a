import { fromHex, type Hash, type Hex, keccak256, toHex } from '../common/index.ts'

/** One ABI word: a number in two's complement, or bytes32 and addresses as hex. */
type Word = bigint | number | Hex

const BITS = 256

const encode = (word: Word): string =>
  typeof word === 'string'
    ? word.slice(2).padStart(BITS / 4, '0')
    : BigInt.asUintN(BITS, BigInt(word))
        .toString(16)
        .padStart(BITS / 4, '0')

/** keccak256(abi.encode(...)) of static values. */
export const hashWords = (words: readonly Word[]): Hash =>
  toHex(keccak256(fromHex(`0x${words.map(encode).join('')}`)))
