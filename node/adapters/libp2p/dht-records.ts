import { Record as DhtRecord } from '@libp2p/kad-dht'
import type { Level } from 'level'
import { toString as formatText } from 'uint8arrays'
import type { Address, PeerBinding } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { type NetworkFault, replacesRecord } from '../../../protocols/network/index.ts'

/** The binding in an envelope, proven; throws otherwise. */
export type RecordJudge = (envelope: Uint8Array) => Promise<PeerBinding>

const AGENT_KEY = /^\/agent\/(0x[0-9a-f]{40})$/
const utf8 = new TextEncoder()

/** Where an agent's record lives in the DHT. */
export const agentKey = (agent: Address): Uint8Array => utf8.encode(`/agent/${agent}`)

const agentOfKey = (key: Uint8Array): Address | null =>
  (AGENT_KEY.exec(formatText(key))?.[1] as Address | undefined) ?? null

const storedAt = (key: Uint8Array): string => `/dht/record/${formatText(key, 'base32')}`

const refused = (code: NetworkFault, message: string) => new Fault<NetworkFault>(code, message)

/** Validators and selectors of agent records. Nothing else may be stored in this DHT. */
export const agentRecords = (database: Level<string, Uint8Array>, judge: RecordJudge) => {
  const readStored = async (key: Uint8Array): Promise<PeerBinding | null> => {
    try {
      const bytes = await database.get(storedAt(key))
      return bytes ? await judge(DhtRecord.deserialize(bytes).value) : null
    } catch {
      // A record that is no longer valid protects nothing.
      return null
    }
  }
  // The library runs validators on PUT, never selectors: only a validator can keep an older record from winning.
  const validate = async (key: Uint8Array, value: Uint8Array): Promise<void> => {
    const binding = await judge(value)
    if (agentOfKey(key) !== binding.agent) {
      throw refused('BINDING_INVALID', 'The record is not by the agent of its key')
    }
    if (!replacesRecord(binding, await readStored(key))) {
      throw refused('BINDING_OUTDATED', 'A newer record is known')
    }
  }
  const select = async (_key: Uint8Array, records: Uint8Array[]): Promise<number> => {
    const bindings = await Promise.all(records.map((record) => judge(record).catch(() => null)))
    return bindings.reduce(
      (best, binding, index) =>
        binding && binding.seq > (bindings[best]?.seq ?? -1n) ? index : best,
      0,
    )
  }
  return {
    validators: {
      agent: validate,
      pk: () => {
        throw refused('BINDING_INVALID', 'Public keys are not stored here')
      },
    },
    selectors: { agent: select },
  }
}
