// smoldot, a light client of another chain in Rust with a libp2p of its own: all that it knows of the network is one address of ours.
import { paseo } from '@substrate/connect-known-chains'
import { start } from 'smoldot'

const { address } = JSON.parse(process.argv[2])
const DEBUG = 4
const tell = (event, facts) => process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)

const client = start({
  maxLogLevel: DEBUG,
  logCallback: (_level, target, message) => tell('log', { target, message }),
})
const chainSpec = JSON.stringify({ ...JSON.parse(paseo), bootNodes: [address] })
await client.addChain({ chainSpec, disableJsonRpc: true })
tell('started', {})
process.on('SIGTERM', () => {
  void client.terminate().finally(() => process.exit(0))
})
