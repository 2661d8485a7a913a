import assert from 'node:assert/strict'
import type { Chain, ChainCall } from '../../../node/ports/index.ts'
import { createSettlement } from '../../../node/settlement/index.ts'
import { type ChannelParams, Fault } from '../../../protocols/common/index.ts'
import type { NodeEvent } from '../../../protocols/control/index.ts'
import { createFakeClock } from '../../fakes/clock.ts'
import { createRecordingLog } from '../../fakes/log.ts'
import { createMemoryChain } from '../../fakes/memory-chain.ts'
import { createTestSigner } from '../../fakes/signer.ts'
import { createMemoryStore, type MemoryStore } from '../../fakes/store.ts'

export const alice = createTestSigner('alice').address
export const bob = createTestSigner('bob').address

const GWEI = 1_000_000_000n
export const FEES = { cap: 200n * GWEI, urgentCap: 1_000n * GWEI }

export const aWorld = ({ store = createMemoryStore(), confirmations = 1 } = {}) => {
  const clock = createFakeClock()
  const memory = createMemoryChain({
    clock,
    accounts: { [alice]: 1_000n, [bob]: 0n },
    confirmations,
  })
  const log = createRecordingLog()
  const events: NodeEvent[] = []
  const emit = (event: NodeEvent) => events.push(event)
  const boot = (disk: MemoryStore, chain: Chain = memory.for(alice)) =>
    createSettlement(
      { store: disk, chain, clock, log, emit },
      { account: alice, fees: FEES, reserve: 10n ** 16n, pollMs: 1_000 },
    )
  const params = aChannel(memory.identity.contracts.token)
  return { clock, memory, log, events, boot, store, params, settlement: boot(store) }
}

export const aChannel = (token: ChannelParams['token'], salt = 1n): ChannelParams => ({
  partyA: alice,
  partyB: bob,
  signerA: alice,
  signerB: bob,
  token,
  window: 60,
  mode: 1,
  salt,
})

export type World = ReturnType<typeof aWorld>

export const open = ({ params }: Pick<World, 'params'>, amount = 100n): ChainCall => ({
  type: 'open-channel',
  params,
  amount,
})

export const callsOf = ({ memory }: World) => memory.mined().map(({ call }) => call.type)
export const statuses = ({ events }: World, key: string) =>
  events.flatMap((event) =>
    'status' in event && 'key' in event && event.key === key ? [event.status] : [],
  )

export const isFault = (code: string, reason?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault)
  assert.equal(error.code, code)
  if (reason !== undefined) assert.match(String(error.details.reason), reason)
  return true
}
