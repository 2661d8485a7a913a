// The other process: sends content as a node does, and bare bytes. Tells its parent where, and ends with it.
import { sendBytes } from '../../../node/adapters/libp2p/serve-content.ts'
import { CHUNK_BYTES } from '../../../protocols/network/index.ts'
import { createNodes } from '../../ports/libp2p-nodes.ts'
import { BARE_PROTOCOL, createBareNode } from './bare.ts'

const [, , megabytes = '1', rounds = '1'] = process.argv
const size = Number(megabytes) * 2 ** 20

const some = (round: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 1)
    bytes[at] = (at * 7 + (at >> 8) * 3 + (at >> 16) + round) & 255
  return bytes
}

const nodes = createNodes()
const node = await nodes.start('server')
const cids: string[] = []
for (let round = 0; round < Number(rounds); round += 1)
  cids.push(await node.content.put(some(round)))

const bare = await createBareNode(['/ip4/127.0.0.1/tcp/0'])
await bare.handle(BARE_PROTOCOL, async (stream) => {
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let sent = 0; sent < size; sent += chunk.length) await sendBytes(stream, chunk)
  await stream.close()
})

process.once('disconnect', async () => {
  await Promise.all([nodes.removeAll(), bare.stop()])
  process.exit()
})
process.send?.({
  agent: node.agent,
  address: node.address(),
  bareAddress: bare.getMultiaddrs()[0]?.toString(),
  cids,
})
