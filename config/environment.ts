/** What the environment says to a node. The only place that looks. */
export type Environment = {
  /** Variables that begin with SOUK_, for `loadConfig`; without the two below. */
  settings: Record<string, string>
  /** SOUK_PASSPHRASE: opens the keystore. Not a setting, so that it is never shown among them. */
  passphrase: string | undefined
  /** SOUK_CONFIG: path of the settings file. */
  configFile: string | undefined
  /** NO_COLOR: plain text on the terminal. */
  isPlain: boolean
}

/** Reads the environment of this process. */
export const readEnvironment = (
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment => {
  const { SOUK_PASSPHRASE: passphrase, SOUK_CONFIG: configFile, NO_COLOR, ...rest } = variables
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith('SOUK_') && value !== undefined) settings[name] = value
  }
  return { settings, passphrase, configFile, isPlain: (NO_COLOR ?? '') !== '' }
}
