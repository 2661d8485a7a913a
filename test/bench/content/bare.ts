import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'

/** The protocol over which whoever opens a stream is sent bytes that mean nothing. */
export const BARE_PROTOCOL = '/souk/bench/bare/1'

/** A libp2p node with the transport of ours and nothing above it. */
export const createBareNode = (listen: string[]): Promise<Libp2p> =>
  createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [tls()],
    streamMuxers: [
      yamux({
        streamOptions: {
          maxStreamWindowSize: 1 << 20,
          maxReadBufferLength: 2 << 20,
          maxWriteBufferLength: 10 << 20,
        },
      }),
    ],
  })
