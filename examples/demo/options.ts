/** What the demo was asked for. */
export type DemoOptions = { keep: boolean; file: string | null; isHelp: boolean }

export const DEMO_HELP = `souk demo [--keep] [file.ts]

Starts a chain and five agents on this machine and lets one of them buy from the others:
a fractal in eight tiles, and file.ts minified by esbuild (a TypeScript file of ours where none is given).

  --keep   leave the network up until Ctrl-C, to steer it by hand
`

/** Reads the demo's arguments; a string says what is wrong with them. */
export const readDemoOptions = (args: readonly string[]): DemoOptions | string => {
  const options: DemoOptions = { keep: false, file: null, isHelp: false }
  for (const arg of args) {
    if (arg === '--keep') options.keep = true
    else if (arg === '--help' || arg === '-h') options.isHelp = true
    else if (arg.startsWith('-')) return `there is no option ${arg}`
    else if (options.file !== null) return 'one file at a time'
    else options.file = arg
  }
  return options
}
