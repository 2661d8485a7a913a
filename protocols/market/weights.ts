import { encodeCbor, type Hash, keccak256, toHex } from '../common/index.ts'
import { hashWords } from './words.ts'

/** How much each quality of a bid counts in the ranking, in percent; the four sum to 100. */
export type Weights = { price: number; reputation: number; specialty: number; eta: number }

export const DEFAULT_WEIGHTS: Weights = { price: 40, reputation: 30, specialty: 20, eta: 10 }

/** What an auction commits to: keccak256(abi.encode(uint8 price, uint8 reputation, uint8 specialty, uint8 eta)). */
export const weightsHash = ({ price, reputation, specialty, eta }: Weights): Hash =>
  hashWords(price, reputation, specialty, eta)

/** What kind of work a task is. Unknown tags are allowed. */
export type TaskTags = { taskType: string; industry: string; region: string }

/** keccak256 of the canonical CBOR array [taskType, industry, region]. */
export const tagsHash = ({ taskType, industry, region }: TaskTags): Hash =>
  toHex(keccak256(encodeCbor([taskType, industry, region])))
