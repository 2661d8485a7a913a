import type { CliDeps } from './deps.ts'
import { type GlobalOptions, settingsFor } from './node-client.ts'
import { choosePassphrase } from './passphrase.ts'

/** souk init: makes the agent's key, or shows whose key is there. */
export const init = async <Config>(
  deps: CliDeps<Config>,
  options: GlobalOptions,
): Promise<number> => {
  const settings = await settingsFor(deps, options)
  const passphrase = await choosePassphrase(deps, settings)
  const identity = await deps.initIdentity(settings.config, passphrase)
  const { agent, did, peerId, folder, isNew } = identity
  const lines = options.json
    ? [JSON.stringify(identity)]
    : [
        isNew ? 'A new agent:' : 'There is an agent already:',
        `  address  ${agent}`,
        `  did      ${did}`,
        `  peer     ${peerId}`,
        `  folder   ${folder}`,
        ...(isNew ? ['', 'Keep the passphrase: without it the key, and its money, are lost.'] : []),
        'Next: souk start',
      ]
  deps.terminal.stdout.write(`${lines.join('\n')}\n`)
  return 0
}
