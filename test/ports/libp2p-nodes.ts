import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createBlobStore,
  createLibp2pNode,
  type Libp2pNode,
  type Libp2pOptions,
} from '../../node/adapters/libp2p/index.ts'
import { createSystemClock } from '../../node/adapters/system/index.ts'
import type { Log } from '../../node/ports/index.ts'
import { type Address, createDigester } from '../../protocols/common/index.ts'
import type { NodeEvent } from '../../protocols/control/index.ts'
import { silentLog } from '../fakes/log.ts'
import { createTestSigner, recoverSigner } from '../fakes/signer.ts'

export type TestNode = Libp2pNode & {
  agent: Address
  folder: string
  events: NodeEvent[]
  /** Where others reach it, once started. */
  address(): string
}

/** Makes nodes on 127.0.0.1, and takes all of them away again. */
export type Nodes = {
  make(name: string, options?: Partial<Libp2pOptions>, log?: Log): Promise<TestNode>
  /** A started node that joins through the others given. */
  start(
    name: string,
    through?: readonly TestNode[],
    options?: Partial<Libp2pOptions>,
  ): Promise<TestNode>
  removeAll(): Promise<void>
}

export const testDigest = createDigester({
  chainId: 31337,
  verifyingContract: '0x00000000000000000000000000000000000000d1',
})

export const testSeed = (name: string): Uint8Array =>
  createHash('sha256').update(`souk test peer ${name}`).digest()

/** Resolves once `isSo` holds; fails after `ms` with what was waited for. */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> => {
  const end = Date.now() + ms
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const createNodes = (): Nodes => {
  const made: TestNode[] = []
  const folders = new Map<string, string>()
  const folderOf = async (name: string) => {
    const folder = folders.get(name) ?? (await mkdtemp(join(tmpdir(), `souk-${name}-`)))
    folders.set(name, folder)
    return folder
  }
  const make: Nodes['make'] = async (name, options = {}, log = silentLog) => {
    const folder = await folderOf(name)
    const signer = createTestSigner(name)
    const events: NodeEvent[] = []
    const node = await createLibp2pNode(
      {
        signer,
        digest: testDigest,
        recover: recoverSigner,
        clock: createSystemClock(),
        log,
        blobs: createBlobStore({ folder: join(folder, 'blobs') }),
        emit: (event) => events.push(event),
      },
      {
        networkName: 'test',
        seed: testSeed(name),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        bootstrap: [],
        mdns: false,
        datastoreFolder: join(folder, 'peers'),
        testing: { loopback: true },
        ...options,
      },
    )
    const address = () => node.network.self().addresses[0] ?? ''
    const test = { ...node, agent: signer.address, folder, events, address }
    made.push(test)
    return test
  }
  return {
    make,
    start: async (name, through = [], options = {}) => {
      const bootstrap = through.map(({ address }) => address())
      const node = await make(name, { bootstrap, ...options })
      await node.network.start()
      return node
    },
    removeAll: async () => {
      await Promise.all(made.splice(0).map(({ network }) => network.stop()))
      for (const folder of folders.values()) await rm(folder, { recursive: true, force: true })
      folders.clear()
    },
  }
}
