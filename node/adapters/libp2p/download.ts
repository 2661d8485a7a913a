import type { Cid } from '../../../protocols/common/index.ts'
import { Fault } from '../../../protocols/common/index.ts'
import { CHUNK_BYTES, type NetworkFault } from '../../../protocols/network/index.ts'
import type { BlobStore } from './blobs.ts'
import { chunkCount, type Outline } from './outline.ts'

/** Chunks asked of one source at a time. */
const RUN = 8
/** Sources that may be asked for the same chunk, when nothing else is left to ask for. */
const MAX_CLAIMS = 2

/** Chunks that follow one another. */
export type Run = { first: number; count: number }

/** What is still missing of some content, shared by the sources that it comes from. */
export type Download = {
  cid: Cid
  /** What the content consists of, once a source said so. */
  outline(): Outline | null
  /** Takes a verified outline and what is here already. Throws Fault CONTENT_TOO_LARGE or CONTENT_STORE_FULL. */
  begin(outline: Outline): Promise<void>
  /** Resolves with the first outline. */
  begun: Promise<Outline>
  /** Chunks to ask a source for; null while nothing is left to ask for. */
  claim(): Run | null
  /** A source no longer brings these chunks; those that came stay. */
  release(run: Run): void
  /** Keeps a chunk, unless another source was faster. Throws Fault CONTENT_CORRUPT. */
  arrive(index: number, bytes: Uint8Array): Promise<void>
  missing(): number
  /** Resolves when a chunk came or may be asked for again. */
  changed(): Promise<void>
  /** Resolves with all bytes. */
  done: Promise<Uint8Array>
  /** Lets the store drop the content again. */
  close(): void
}

type State = {
  outline: Outline | null
  bytes: Uint8Array
  /** How many sources were asked for each missing chunk. */
  claims: Map<number, number>
  letGo: () => void
}

const claimFrom = ({ claims }: State): Run | null => {
  for (let asked = 0; asked < MAX_CLAIMS; asked += 1) {
    const [first] = [...claims].find(([, count]) => count === asked) ?? []
    if (first === undefined) continue
    let count = 1
    // What somebody else was asked for already is asked for one by one: it may come any moment.
    while (asked === 0 && count < RUN && claims.get(first + count) === asked) count += 1
    for (let index = first; index < first + count; index += 1) claims.set(index, asked + 1)
    return { first, count }
  }
  return null
}

const tooLarge = (size: number, maxBytes: number) =>
  new Fault<NetworkFault>('CONTENT_TOO_LARGE', 'The content is larger than asked for', {
    size,
    maxBytes,
  })

const createBegin =
  (blobs: BlobStore, state: State, place: (index: number, bytes: Uint8Array) => void) =>
  async (outline: Outline, maxBytes: number): Promise<void> => {
    if (outline.size > maxBytes) throw tooLarge(outline.size, maxBytes)
    const letGo = await blobs.hold(outline)
    state.letGo()
    Object.assign(state, { outline, letGo, bytes: new Uint8Array(outline.size) })
    await blobs.keepOutline(outline)
    state.claims = new Map(Array.from({ length: chunkCount(outline) }, (_, index) => [index, 0]))
    for (const index of [...state.claims.keys()]) {
      const chunk = await blobs.chunk(outline, index)
      if (chunk) place(index, chunk)
    }
  }

/** Content of at most `maxBytes` that is to come into the store. */
export const createDownload = (
  blobs: BlobStore,
  { cid, maxBytes }: { cid: Cid; maxBytes: number },
): Download => {
  const state: State = {
    outline: null,
    bytes: new Uint8Array(),
    claims: new Map(),
    letGo: () => {},
  }
  const begun = Promise.withResolvers<Outline>()
  const done = Promise.withResolvers<Uint8Array>()
  let change = Promise.withResolvers<void>()
  let isFinished = false
  // Whoever asked may act on it, and pay for it: only what a power cut leaves here has come.
  const finish = (outline: Outline) => {
    if (isFinished) return
    isFinished = true
    done.resolve(blobs.settle(outline).then(() => state.bytes))
  }
  const tell = () => {
    change.resolve()
    change = Promise.withResolvers()
    if (state.outline && state.claims.size === 0) finish(state.outline)
  }
  const place = (index: number, bytes: Uint8Array) => {
    state.bytes.set(bytes, index * CHUNK_BYTES)
    state.claims.delete(index)
  }
  const begin = createBegin(blobs, state, place)
  let beginning: Promise<void> = Promise.resolve()
  const beginOnce = async (outline: Outline) => {
    // All sources of a list mean the same; of a single chunk each may claim another size.
    if (state.outline && (outline.list || state.outline.size === outline.size)) return
    await begin(outline, maxBytes)
    begun.resolve(outline)
    tell()
  }
  return {
    cid,
    outline: () => state.outline,
    begun: begun.promise,
    begin: (outline) => {
      const mine = beginning.then(() => beginOnce(outline))
      beginning = mine.catch(() => {})
      return mine
    },
    claim: () => claimFrom(state),
    release: ({ first, count }) => {
      for (let index = first; index < first + count; index += 1) {
        const asked = state.claims.get(index)
        if (asked !== undefined) state.claims.set(index, Math.max(0, asked - 1))
      }
      tell()
    },
    arrive: async (index, bytes) => {
      const { outline } = state
      if (!outline || !state.claims.has(index)) return
      await blobs.keepChunk(outline, index, bytes)
      place(index, bytes)
      tell()
    },
    missing: () => state.claims.size,
    changed: () => change.promise,
    done: done.promise,
    close: () => state.letGo(),
  }
}
