import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { slice } from 'viem'
import { packClaims } from '../../../node/adapters/viem/packed-claims.ts'
import type { ChannelClaim } from '../../../node/ports/index.ts'
import { type ChannelParams, channelIdOf, type Hex } from '../../../protocols/common/index.ts'
import { aPayState } from '../../builders/messages.ts'
import { bob, params } from './viem-world.ts'

const SIGNATURE: Hex = `0x${'ab'.repeat(64)}1b`

const aClaim = (
  over: Partial<ChannelParams> = {},
  { epoch = 0, signature = SIGNATURE }: { epoch?: number; signature?: Hex } = {},
): ChannelClaim => {
  const chosen = { ...params, ...over }
  const message = aPayState({ channelId: channelIdOf(chosen), epoch, sent: 258n })
  return { params: chosen, promise: { message, signature } }
}

describe('claims of channels that differ in payer and salt only', () => {
  it('are packed into 137 bytes each, in order', () => {
    const claims = [aClaim({ salt: 1n }), aClaim({ salt: 2n })]
    const packed = packClaims(claims, bob)
    assert.ok(packed)
    const [signerB, token, window, items] = packed
    assert.deepEqual([signerB, token, window], [params.signerB, params.token, params.window])
    assert.equal(items.length, 2 + 2 * 2 * 137)
    const second = slice(items, 137)
    assert.equal(slice(second, 0, 20), params.partyA)
    assert.equal(slice(second, 20, 28), `0x${'00'.repeat(7)}02`)
    assert.equal(slice(second, 28, 40), `0x${'00'.repeat(10)}0102`)
    assert.equal(slice(second, 40, 72), claims[1]?.promise.message.memo)
    assert.equal(slice(second, 72), SIGNATURE)
  })
})

describe('claims of which one is of another kind', () => {
  const odd: [string, ChannelClaim][] = [
    ['pays another account', aClaim({ partyB: params.partyA })],
    ['is signed by another key than the payer’s', aClaim({ signerA: bob })],
    ['is of a channel both ways', aClaim({ mode: 0 })],
    ['is in another token', aClaim({ token: bob })],
    ['has another window', aClaim({ window: 61 })],
    ['has another signer of the payee', aClaim({ signerB: params.partyA })],
    ['is of another epoch', aClaim({}, { epoch: 1 })],
    ['has a signature of another length', aClaim({}, { signature: '0x01' })],
  ]
  for (const [name, claim] of odd) {
    it(`are not packed: it ${name}`, () => {
      assert.equal(packClaims([aClaim(), claim], bob), null)
    })
  }

  it('are not packed where there are none', () => {
    assert.equal(packClaims([], bob), null)
  })
})
