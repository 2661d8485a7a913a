import type { NetworkSightView } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { type GlobalOptions, reachNode } from './node-client.ts'
import { styled } from './terminal.ts'

const MEANING: Record<NetworkSightView['reachability'], string> = {
  open: 'others can dial this node',
  relayed: 'others reach it through a relay',
  closed: 'nobody could dial it',
  local: 'it stays on this machine',
  unknown: 'nobody has told yet',
}

const rowsOf = (sight: NetworkSightView): [name: string, values: string[]][] => [
  ['peer id', [sight.peerId]],
  ['reachable', [`${sight.reachability}: ${MEANING[sight.reachability]}`]],
  ['listens', sight.listening],
  ['announces', sight.announced],
  [
    'is seen at',
    sight.observed.map(
      ({ address, isVerified }) => `${address} (${isVerified ? 'dialled' : 'not dialled yet'})`,
    ),
  ],
  ['relays', sight.relays],
  ['peers', [`${sight.peers} connected, ${sight.dhtPeers} in the DHT`]],
  [
    'bootstrap',
    sight.bootstrap.map(
      ({ address, isConnected, fault }) =>
        `${address} ${isConnected ? 'connected' : `not connected${fault ? `: ${fault}` : ''}`}`,
    ),
  ],
]

/** souk doctor: what the network sees of the running node, and what to do about each problem. Fails while there is one. */
export const doctor = async (deps: CliDeps, options: GlobalOptions): Promise<number> => {
  const { client } = await reachNode(deps, options)
  const sight = await client.networkSight()
  const { stdout } = deps.terminal
  const code = sight.problems.length > 0 ? EXIT.failed : EXIT.ok
  if (options.json) {
    stdout.write(`${JSON.stringify(sight)}\n`)
    return code
  }
  const rows = rowsOf(sight).flatMap(([name, values]) =>
    (values.length > 0 ? values : ['-']).map(
      (value, at) => `${styled(stdout, 'dim', (at === 0 ? name : '').padEnd(10))} ${value}`,
    ),
  )
  const problems = sight.problems.flatMap(({ code: name, message, fix }) => [
    '',
    `${styled(stdout, 'bold', name)} ${message}`,
    `  ${fix}`,
  ])
  stdout.write(`${[...rows, ...problems].join('\n')}\n`)
  return code
}
