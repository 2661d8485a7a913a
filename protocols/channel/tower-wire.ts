import { type CborValue, type Signed, signedFromWire, signedToWire } from '../common/index.ts'
import type { WatchRequest } from './tower.ts'
import { paramsFromWire, paramsToWire } from './wire.ts'

type Wire = CborValue | undefined

const listFromWire = (wire: Wire, length: number): readonly CborValue[] | null =>
  Array.isArray(wire) && wire.length === length ? wire : null

/** Body of 'watch'. */
export const watchToWire = ({ params, promise, authority }: WatchRequest): CborValue => [
  paramsToWire(params),
  signedToWire('PayState', promise),
  signedToWire('ActFor', authority),
]

export const watchFromWire = (wire: Wire): WatchRequest | null => {
  const list = listFromWire(wire, 3)
  if (list === null) return null
  const params = paramsFromWire(list[0])
  const promise = signedFromWire('PayState', list[1])
  const authority = signedFromWire('ActFor', list[2])
  return params && promise && authority ? { params, promise, authority } : null
}

/** Answer to 'watch': the tower's proof that it has taken this on. */
export const receiptToWire = (receipt: Signed<'TowerReceipt'>): CborValue => [
  signedToWire('TowerReceipt', receipt),
]
export const receiptFromWire = (wire: Wire): Signed<'TowerReceipt'> | null =>
  signedFromWire('TowerReceipt', listFromWire(wire, 1)?.[0])
