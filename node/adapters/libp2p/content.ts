import type { Connection, Stream } from '@libp2p/interface'
import { Fault } from '../../../protocols/common/index.ts'
import { type NetworkFault, requireCid } from '../../../protocols/network/index.ts'
import type { Content } from '../../ports/index.ts'
import { sourcesOf } from './content-sources.ts'
import type { Core } from './core.ts'
import type { Dht } from './dht.ts'
import { createDownload, type Download } from './download.ts'
import { gatherContent } from './gather-content.ts'
import type { Host } from './host.ts'
import { CONTENT_PROTOCOL, createContentServer } from './serve-content.ts'

const MAX_STREAMS = 8

const gaveUp = (cause?: unknown) =>
  new Fault<NetworkFault>('REQUEST_CANCELLED', 'The asker gave up', { cause })

type Wish = Parameters<Content['get']>

/** From this machine's disk, as far as it is there, the rest from others. */
const bringIn = async (
  { core, dht, download }: { core: Core; dht: Dht; download: Download },
  [cid, { from = [], signal }]: Wish,
): Promise<Uint8Array> => {
  const outline = await core.deps.blobs.outline(cid)
  if (outline) await download.begin(outline)
  if (outline && download.missing() === 0) return download.done
  const bytes = await gatherContent(core, {
    download,
    search: (until) => sourcesOf(core, dht, { cid, from, signal: until }),
    signal: AbortSignal.any([core.session.signal, ...(signal ? [signal] : [])]),
  })
  // Whoever has it all may be asked for it too.
  dht.provide(cid)
  return bytes
}

const createGet =
  (core: Core, dht: Dht): Content['get'] =>
  async (...wish) => {
    const [cid, { maxBytes, signal }] = wish
    requireCid(cid)
    if (signal?.aborted) throw gaveUp()
    const download = createDownload(core.deps.blobs, { cid, maxBytes })
    try {
      return await bringIn({ core, dht, download }, wish)
    } catch (error) {
      throw signal?.aborted ? gaveUp(error) : error
    } finally {
      download.close()
    }
  }

/** Content of this node, of those one names, and of whoever provides it. */
export const createContent = (
  core: Core,
  dht: Dht,
): { content: Content; start(host: Host): Promise<void> } => {
  const { blobs } = core.deps
  const serve = createContentServer(blobs)
  blobs.onDropped(dht.withdraw)
  return {
    content: {
      put: async (bytes) => {
        const cid = await blobs.put(bytes)
        dht.provide(cid)
        return cid
      },
      has: (cid) => blobs.has(cid),
      get: createGet(core, dht),
      pin: (by, cids) => blobs.pin(by, cids),
      unpin: (by) => blobs.unpin(by),
    },
    start: (host) =>
      host.handle(
        CONTENT_PROTOCOL,
        (stream: Stream, connection: Connection) => serve(stream, connection.remotePeer.toString()),
        {
          maxInboundStreams: MAX_STREAMS,
          maxOutboundStreams: MAX_STREAMS,
          runOnLimitedConnection: true,
        },
      ),
  }
}
