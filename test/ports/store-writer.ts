// Run as a process of its own, to be killed: commits pairs of records for ever and says which are acknowledged.
import { openLevelStore } from '../../node/adapters/store/index.ts'
import { silentLog } from '../fakes/log.ts'

const [folder = '', agent = ''] = process.argv.slice(2)
const LANES = 16
const owner = { agent: agent as `0x${string}`, chainId: 31337 }
const store = await openLevelStore({ folder, owner, log: silentLog })
const pairs = store.collection<{ bytes: Uint8Array }>({ name: 'pairs', version: 1 })
const value = { bytes: new Uint8Array(2_000).fill(7) }

const writeForEver = async (lane: number): Promise<never> => {
  for (let count = 0; ; count++) {
    const id = `${lane}-${count}`
    await store.commit([pairs.put(`${id}-left`, value), pairs.put(`${id}-right`, value)])
    process.stdout.write(`${id}\n`)
  }
}
await Promise.all(Array.from({ length: LANES }, (_, lane) => writeForEver(lane)))
