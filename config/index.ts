// The node's settings: one schema, read once at the entry, handed down. Knows no code; who uses a value parses amounts.
export { ConfigError, type ConfigFault } from './config-error.ts'
export { type Environment, readEnvironment } from './environment.ts'
export { type Field, fields } from './fields.ts'
export { type ConfigSources, loadConfig } from './load.ts'
export { type ChainNetwork, readNetwork, readNetworkFile } from './network-file.ts'
export type { Config } from './schema.ts'
export { writeSettings } from './write-settings.ts'
