import { createHash } from 'node:crypto'
import { Fault } from '../../protocols/common/index.ts'
import type { Clock, RecordKind, Store } from '../ports/index.ts'

/** A finished answer, ready to be sent again. */
export type Answer = { status: number; type: string; body: string }

type KeyRecord = { fingerprint: string; atMs: number; answer: Answer | null }
const keyKind: RecordKind<KeyRecord> = { name: 'control-idempotency', version: 1 }

/** One request under a key: who sent it and a hash of all it says. */
export type Claim = { grant: string; key: string; fingerprint: string }

export type Idempotency = {
  /**
   * Acts once for a key and gives every repetition the first answer, over restarts too. `act` gets an id that stays the same for the
   * key: whatever it starts must be named by it, so that acting again after a crash finds what the first act began.
   */
  once(
    claim: Claim,
    act: (requestId: string) => Promise<Answer>,
  ): Promise<Answer & { isReplay: boolean }>
  /** Forgets keys older than two days. */
  prune(): Promise<void>
}

const KEEP_MS = 48 * 3600 * 1000

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

// Being busy or broken is no answer to the request itself: the next try may act.
const isFinal = ({ status }: Answer): boolean => status < 500 && status !== 429

const conflict = () =>
  new Fault('IDEMPOTENCY_CONFLICT', 'This Idempotency-Key was used for another request')

/** Remembers what was answered under which key. */
export const createIdempotency = ({
  store,
  clock,
}: {
  store: Store
  clock: Clock
}): Idempotency => {
  const keys = store.collection(keyKind)
  const underWay = new Map<string, { fingerprint: string; answer: Promise<Answer> }>()

  const actOnce = async (
    id: string,
    fingerprint: string,
    act: (requestId: string) => Promise<Answer>,
  ): Promise<Answer & { isReplay: boolean }> => {
    const kept = await keys.get(id)
    if (kept && kept.fingerprint !== fingerprint) throw conflict()
    if (kept?.answer) return { ...kept.answer, isReplay: true }
    const record = { fingerprint, atMs: kept?.atMs ?? clock.nowMs(), answer: null }
    if (!kept) await store.commit([keys.put(id, record)])
    const answer = await act(id)
    if (isFinal(answer)) await store.commit([keys.put(id, { ...record, answer })])
    return { ...answer, isReplay: false }
  }

  return {
    once: async ({ grant, key, fingerprint }, act) => {
      const id = sha256(`${grant}\n${key}`)
      const running = underWay.get(id)
      if (running) {
        if (running.fingerprint !== fingerprint) throw conflict()
        return { ...(await running.answer), isReplay: true }
      }
      const answer = actOnce(id, fingerprint, act)
      underWay.set(id, { fingerprint, answer })
      try {
        return await answer
      } finally {
        underWay.delete(id)
      }
    },
    prune: async () => {
      const oldest = clock.nowMs() - KEEP_MS
      const writes = []
      for await (const [id, { atMs }] of keys.list()) {
        if (atMs < oldest && !underWay.has(id)) writes.push(keys.remove(id))
      }
      if (writes.length > 0) await store.commit(writes)
    },
  }
}
