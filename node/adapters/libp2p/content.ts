import type { Connection, PeerId as LibPeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import type { Address, Cid, PeerId } from '../../../protocols/common/index.ts'
import { Fault, faultCode } from '../../../protocols/common/index.ts'
import { type NetworkFault, requireCid } from '../../../protocols/network/index.ts'
import type { Content } from '../../ports/index.ts'
import { chunkCount, type Outline } from './blobs.ts'
import { type Core, requireHost } from './core.ts'
import type { Dht } from './dht.ts'
import { fetchContent } from './fetch-content.ts'
import type { Host } from './host.ts'
import { CONTENT_PROTOCOL, createContentServer } from './serve-content.ts'

const FIND_PROVIDERS_MS = 8_000
const MAX_PROVIDERS = 8
const MAX_STREAMS = 8

type Wish = { cid: Cid; maxBytes: number; signal?: AbortSignal | undefined }

const fault = (code: NetworkFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<NetworkFault>(code, message, details)

const assemble = async (
  { deps: { blobs } }: Core,
  outline: Outline,
): Promise<Uint8Array | null> => {
  const bytes = new Uint8Array(outline.size)
  let at = 0
  for (let index = 0; index < chunkCount(outline); index += 1) {
    const chunk = await blobs.chunk(outline, index)
    if (!chunk || at + chunk.length > bytes.length) return null
    bytes.set(chunk, at)
    at += chunk.length
  }
  return at === bytes.length ? bytes : null
}

const readLocal = async (core: Core, { cid, maxBytes }: Wish): Promise<Uint8Array | null> => {
  const outline = await core.deps.blobs.outline(cid)
  if (!outline) return null
  if (outline.size > maxBytes) {
    throw fault('CONTENT_TOO_LARGE', 'The content is larger than asked for', {
      size: outline.size,
      maxBytes,
    })
  }
  return assemble(core, outline)
}

const fetchFrom = async (core: Core, peer: LibPeerId, wish: Wish): Promise<Uint8Array | null> => {
  const signals = [core.session.signal, ...(wish.signal ? [wish.signal] : [])]
  const stream = await requireHost(core)
    .dialProtocol(peer, CONTENT_PROTOCOL, {
      signal: AbortSignal.any([AbortSignal.timeout(core.limits.dialTimeoutMs), ...signals]),
    })
    .catch((error) => {
      throw fault('PEER_UNREACHABLE', 'The peer could not be reached', { cause: error })
    })
  const cancelled = AbortSignal.any(signals)
  const cancel = () => stream.abort(fault('REQUEST_CANCELLED', 'The asker gave up'))
  cancelled.addEventListener('abort', cancel)
  try {
    const outline = await fetchContent(stream, core.deps.blobs, wish)
    await stream.close()
    return await assemble(core, outline)
  } catch (error) {
    stream.abort(error instanceof Error ? error : fault('PEER_UNREACHABLE', 'The stream broke'))
    throw error
  } finally {
    cancelled.removeEventListener('abort', cancel)
  }
}

async function* peersOfAgents({ directory }: Core, dht: Dht, agents: readonly Address[]) {
  for (const agent of agents) {
    const binding = directory.bindingOf(agent) ?? (await dht.findBinding(agent))
    if (binding) yield peerIdFromString(binding.peerId)
  }
}

async function* providersOf(core: Core, { cid, signal }: Wish) {
  const until = AbortSignal.any([
    core.session.signal,
    AbortSignal.timeout(FIND_PROVIDERS_MS),
    ...(signal ? [signal] : []),
  ])
  try {
    for await (const { id } of requireHost(core).contentRouting.findProviders(CID.parse(cid), {
      signal: until,
    })) {
      yield id
    }
  } catch {
    // No more are found in time.
  }
}

type Sources = { dht: Dht; wish: Wish; from: readonly Address[] }

/** Those who may have it, each once: first those asked for, then those who say so. */
async function* sourcesOf(core: Core, { dht, wish, from }: Sources) {
  const tried = new Set<PeerId>([core.peerId])
  for (const peers of [peersOfAgents(core, dht, from), providersOf(core, wish)]) {
    for await (const peer of peers) {
      if (tried.has(peer.toString())) continue
      if (tried.size > MAX_PROVIDERS) return
      tried.add(peer.toString())
      yield peer
    }
  }
}

/** Worth telling in this order when nobody could deliver. */
const severity = ['CONTENT_TOO_LARGE', 'CONTENT_CORRUPT'] satisfies NetworkFault[]

const failure = (errors: readonly unknown[], cid: Cid): Fault =>
  (severity
    .map((code) => errors.find((error) => faultCode(error) === code))
    .find((error) => error !== undefined) as Fault | undefined) ??
  fault('CONTENT_UNAVAILABLE', 'Nobody delivered this content', {
    cid,
    cause: errors.at(-1),
  })

const createFetcher = (core: Core, dht: Dht) => {
  const tryOne = async (peer: LibPeerId, wish: Wish, errors: unknown[]) => {
    try {
      const bytes = await fetchFrom(core, peer, wish)
      if (bytes) return bytes
    } catch (error) {
      if (wish.signal?.aborted) {
        throw fault('REQUEST_CANCELLED', 'The asker gave up', { cause: error })
      }
      // The size in a verified chunk list is the same everywhere.
      const isFinal =
        faultCode(error) === 'CONTENT_TOO_LARGE' && requireCid(wish.cid).kind === 'list'
      if (isFinal) throw error
      errors.push(error)
    }
    return null
  }
  return async (wish: Wish, from: readonly Address[]): Promise<Uint8Array> => {
    const errors: unknown[] = []
    for await (const peer of sourcesOf(core, { dht, wish, from })) {
      const bytes = await tryOne(peer, wish, errors)
      if (bytes) return bytes
    }
    throw failure(errors, wish.cid)
  }
}

/** Content of this node, of those one names, and of whoever provides it. */
export const createContent = (
  core: Core,
  dht: Dht,
): { content: Content; start(host: Host): Promise<void> } => {
  const serve = createContentServer(core.deps.blobs)
  const fetch = createFetcher(core, dht)
  return {
    content: {
      put: async (bytes) => {
        const cid = await core.deps.blobs.put(bytes)
        dht.provide(cid)
        return cid
      },
      has: (cid) => core.deps.blobs.has(cid),
      get: async (cid, { from = [], maxBytes, signal }) => {
        requireCid(cid)
        if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up')
        const wish = { cid, maxBytes, signal }
        return (await readLocal(core, wish)) ?? fetch(wish, from)
      },
    },
    start: (host) =>
      host.handle(
        CONTENT_PROTOCOL,
        (stream: Stream, connection: Connection) => serve(stream, connection.remotePeer.toString()),
        { maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS },
      ),
  }
}
