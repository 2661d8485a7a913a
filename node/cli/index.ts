// The command line: asks a running node through the control client, or runs one. What it does to the world is handed in by main.ts.
export type {
  CliDeps,
  CliSettings,
  KernelReport,
  MachineReport,
  MadeIdentity,
  ModuleReport,
  RunningNode,
  SettingSources,
} from './deps.ts'
export { runCli } from './program.ts'
export type { StartedNode } from './start.ts'
export { createSystemTerminal } from './system-terminal.ts'
export { type Output, styled, type Terminal } from './terminal.ts'
