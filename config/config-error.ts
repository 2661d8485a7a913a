/** One thing wrong with the settings. */
export type ConfigFault = {
  /** `chain.rpcUrls`, or the name as given where no setting has it. */
  path: string
  /** As given, shortened; empty where there is nothing to show. */
  given: string
  expected: string
  /** `/home/ann/souk.yaml`, `environment SOUK_LOG_LEVEL`, `flag log.level` or `default`. */
  source: string
}

const line = ({ path, given, expected, source }: ConfigFault): string =>
  `  ${path}: ${given === '' ? '' : `given ${given}, `}expected ${expected} (${source})`

/** Everything wrong with the settings, at once. A fault like any other, in all but class: settings import no code. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly faults: readonly ConfigFault[]
  readonly details: { readonly faults: readonly ConfigFault[] }

  constructor(faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? 'A setting is' : `${faults.length} settings are`
    super([`${count} wrong:`, ...faults.map(line)].join('\n'))
    this.name = 'Fault'
    this.faults = faults
    this.details = { faults }
  }
}

const MAX_SHOWN = 80

/** A value as a message shows it. */
export const show = (value: unknown): string => {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}` : item))
  const shown = text ?? String(value)
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown
}
