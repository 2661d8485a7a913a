import type { PeerId as LibPeerId } from '@libp2p/interface'
import { Fault, faultCode } from '../../../protocols/common/index.ts'
import { type NetworkFault, requireCid } from '../../../protocols/network/index.ts'
import { type Core, requireHost } from './core.ts'
import type { Download } from './download.ts'
import { fetchContent } from './fetch-content.ts'
import { CONTENT_PROTOCOL } from './serve-content.ts'

/** Sources that bring one content at the same time. */
const MAX_LANES = 4
/** A further source is asked for each so many missing chunks. */
const CHUNKS_PER_LANE = 8

const fault = (code: NetworkFault, message: string, details: Record<string, unknown> = {}) =>
  new Fault<NetworkFault>(code, message, details)

/** Some content on its way in, and everyone that may have it. */
export type Gathering = {
  download: Download
  /** Those who may have it, until aborted. */
  search(signal: AbortSignal): AsyncGenerator<LibPeerId, void>
  /** Aborted when nobody wants it any more. */
  signal: AbortSignal
}

const fetchFrom = async (
  core: Core,
  peer: LibPeerId,
  { download, signal }: Gathering,
): Promise<void> => {
  const stream = await requireHost(core)
    .dialProtocol(peer, CONTENT_PROTOCOL, {
      signal: AbortSignal.any([AbortSignal.timeout(core.limits.dialTimeoutMs), signal]),
      runOnLimitedConnection: true,
    })
    .catch((error) => {
      throw fault('PEER_UNREACHABLE', 'The peer could not be reached', { cause: error })
    })
  const cancel = () => stream.abort(fault('REQUEST_CANCELLED', 'The asker gave up'))
  signal.addEventListener('abort', cancel)
  try {
    signal.throwIfAborted()
    await fetchContent(stream, download)
    await stream.close()
  } catch (error) {
    stream.abort(error instanceof Error ? error : fault('PEER_UNREACHABLE', 'The stream broke'))
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** What no other source can mend: the size in a verified chunk list is the same everywhere. */
const isFinal = (error: unknown, { cid }: Download): boolean =>
  faultCode(error) === 'CONTENT_STORE_FULL' ||
  (faultCode(error) === 'CONTENT_TOO_LARGE' && requireCid(cid).kind === 'list')

/** One source, again for as long as it brings something before the connection breaks. */
const drain = async (core: Core, peer: LibPeerId, gathering: Gathering): Promise<unknown> => {
  const { download, signal } = gathering
  const left = () => (download.outline() ? download.missing() : Number.POSITIVE_INFINITY)
  let error: unknown
  for (let before = Number.POSITIVE_INFINITY, tries = 0; tries === 0 || left() < before; tries++) {
    before = left()
    error = await fetchFrom(core, peer, gathering).then(
      () => null,
      (cause: unknown) => cause,
    )
    if (error === null) return null
    if (isFinal(error, download)) throw error
    if (signal.aborted || faultCode(error) !== 'PEER_UNREACHABLE') return error
  }
  return error
}

/** Worth telling in this order when nobody could deliver. */
const severity = ['CONTENT_TOO_LARGE', 'CONTENT_CORRUPT'] satisfies NetworkFault[]

const failure = (errors: readonly unknown[], { cid }: Download): Fault =>
  (severity
    .map((code) => errors.find((error) => faultCode(error) === code))
    .find((error) => error !== undefined) as Fault | undefined) ??
  fault('CONTENT_UNAVAILABLE', 'Nobody delivered this content', { cid, cause: errors.at(-1) })

/** Brings some content in from several sources at a time: each chunk from whoever is free, verified, kept as it comes. */
export const gatherContent = async (core: Core, gathering: Gathering): Promise<Uint8Array> => {
  const { download, search, signal } = gathering
  const errors: unknown[] = []
  const over = new AbortController()
  const own = { ...gathering, signal: AbortSignal.any([signal, over.signal]) }
  const sources = search(own.signal)
  const lane = async (): Promise<void> => {
    for (;;) {
      const { value: peer } = await sources.next()
      if (!peer || own.signal.aborted) return
      const error = await drain(core, peer, own)
      if (error === null) return
      errors.push(error)
    }
  }
  const more = download.begun.then(({ list }) => {
    const chunks = list ? download.missing() : 0
    const wanted = Math.min(MAX_LANES, Math.ceil(chunks / CHUNKS_PER_LANE)) - 1
    return Promise.all(Array.from({ length: Math.max(0, wanted) }, lane))
  })
  more.catch(() => {})
  const exhausted = async (): Promise<Uint8Array> => {
    await lane()
    if (download.outline()) await more
    if (download.outline() && download.missing() === 0) return download.done
    throw failure(errors, download)
  }
  try {
    return await Promise.race([download.done, exhausted(), more.then(() => download.done)])
  } finally {
    over.abort()
  }
}
