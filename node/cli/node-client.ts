import { Fault } from '../../protocols/common/index.ts'
import type { ControlClient } from '../../protocols/control/index.ts'
import type { CliDeps } from './deps.ts'

/** Options of every command. */
export type GlobalOptions = {
  config?: string
  data?: string
  passphraseFile?: string
  set?: readonly string[]
  json?: boolean
  url?: string
  tokenFile?: string
}

export type NodeTarget = { url: string; token: string; client: ControlClient }

const settingOf = (text: string): [string, string] => {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new Fault('SETTING_INVALID', `--set takes name=value, not ${text}`)
}

/** The settings that the options of a command name. */
export const settingsFor = <Config>(
  { loadSettings }: Pick<CliDeps<Config>, 'loadSettings'>,
  { config, data, passphraseFile, set = [] }: GlobalOptions,
) => {
  const values = Object.fromEntries(set.map(settingOf))
  if (data !== undefined) values.dataFolder = data
  if (passphraseFile !== undefined) values['identity.passphraseFile'] = passphraseFile
  return loadSettings({ ...(config !== undefined && { file: config }), values })
}

/** A client for the running node: where --url and --token-file say, else where the settings do. */
export const reachNode = async (deps: CliDeps, options: GlobalOptions): Promise<NodeTarget> => {
  const isComplete = options.url !== undefined && options.tokenFile !== undefined
  const control = isComplete ? null : (await settingsFor(deps, options)).control
  const url = options.url ?? control?.url ?? ''
  const tokenFile = options.tokenFile ?? control?.tokenFile ?? ''
  const bytes = await deps.files.read(tokenFile)
  if (bytes === null) {
    throw new Fault('FILE_MISSING', `No token at ${tokenFile}; start a node with souk start`)
  }
  const token = Buffer.from(bytes).toString('utf8').trim()
  return { url, token, client: deps.createClient({ url, token }) }
}
