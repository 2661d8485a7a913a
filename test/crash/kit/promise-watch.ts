import assert from 'node:assert/strict'
import type { CborValue } from '../../../protocols/common/index.ts'

const isPayState = (value: CborValue): value is [CborValue[], Uint8Array] => {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [fields, signature] = value
  return Array.isArray(fields) && fields.length === 7 && signature instanceof Uint8Array
}

const hex = (bytes: CborValue | undefined): string =>
  Buffer.from(bytes as Uint8Array).toString('hex')

/** Sees every promise that its signer sends, wherever in a message it is, and fails on two different ones of the same amount. */
export const createPromiseWatch = () => {
  const signed = new Map<string, string>()
  const greatest = new Map<string, bigint>()

  const note = ([fields, signature]: [CborValue[], Uint8Array]): void => {
    const [channelId, epoch, fromA, sent] = fields
    const channel = `${hex(channelId)} ${epoch} ${fromA}`
    const at = `${channel} ${hex(sent)}`
    const known = signed.get(at)
    assert.equal(known ?? hex(signature), hex(signature), 'two promises of one amount were signed')
    signed.set(at, hex(signature))
    const amount = BigInt(`0x${hex(sent)}`)
    if (amount > (greatest.get(channel) ?? 0n)) greatest.set(channel, amount)
  }

  const look = (value: CborValue): void => {
    if (isPayState(value)) note(value)
    else if (Array.isArray(value)) for (const item of value) look(item)
  }

  return { look, greatest: () => [...greatest.values()] }
}
