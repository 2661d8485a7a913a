import { Command, CommanderError, Option } from 'commander'
import { type BenchMachineOptions, benchMachine } from './bench-machine.ts'
import type { CliDeps } from './deps.ts'
import { doctor } from './doctor.ts'
import { codeOf, EXIT, exitCodeOfFault } from './exit-codes.ts'
import { init } from './init.ts'
import { type InspectOptions, inspectModule } from './module-inspect.ts'
import type { GlobalOptions } from './node-client.ts'
import { addRouteCommands } from './route-commands.ts'
import { type RunOptions, run } from './run.ts'
import { type StartOptions, start } from './start.ts'
import { status } from './status.ts'
import { styled } from './terminal.ts'
import { verify } from './verify.ts'

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

const addRun = (program: Command, act: (work: Promise<number>) => Promise<void>, deps: CliDeps) => {
  const command = program
    .command('run')
    .description('buy one run of a WebAssembly program; its output and exit code become ours')
    .argument('<module>', 'a .wasm file (WASI preview 1)')
    .argument('[args...]', 'arguments of the program, behind --')
    .option('--budget <tokens>', 'the most to pay', '0.50')
    .option('--input <file>', 'standard input of the program; - for ours')
    .option('--env <name=value>', 'environment of the program (repeatable)', collect)
    .option('--file <name=path>', 'a file that the program sees (repeatable)', collect)
    .option('--output <name=path>', 'a file of the program to bring back (repeatable)', collect)
    .option('--fuel <units>', 'most fuel')
    .option('--memory-pages <pages>', 'most memory, in 64 KiB pages')
    .option('--wall-ms <ms>', 'longest run')
    .option('--bid-window-ms <ms>', 'how long to wait for bids')
    .option('--estimate', 'say what it is likely to cost, and buy nothing')
    .option('--live', 'show output while the program runs, as on a terminal, before it is proven')
    .addOption(
      new Option('--pricing <rule>', 'what the winner is paid').choices([
        'first-price',
        'second-price',
      ]),
    )
    .addOption(
      new Option('--bidding <way>', 'how bids are made').choices(['open', 'sealed', 'direct']),
    )
  command.action((module: string, args: string[]) =>
    act(run(deps, { module, args, options: command.optsWithGlobals<RunOptions>() })),
  )
}

const addModule = (
  program: Command,
  act: (work: Promise<number>) => Promise<void>,
  deps: CliDeps,
) => {
  const command = program
    .command('module')
    .description('Programs as WebAssembly, before anybody runs them')
    .command('inspect')
    .description(
      'what a module asks for, what metering it costs, whether nodes run it; needs no node',
    )
    .argument('<module>', 'a .wasm file')
    .option('--memory-pages <pages>', 'memory it is judged for, in 64 KiB pages')
  command.action((file: string) =>
    act(inspectModule(deps, file, command.optsWithGlobals<InspectOptions>())),
  )
}

const addBenchMachine = (
  program: Command,
  act: (work: Promise<number>) => Promise<void>,
  deps: CliDeps,
) => {
  const command = program
    .command('bench-machine')
    .description('how fast this machine works and what that should cost; needs no node')
    .option('--cost-per-hour <tokens>', 'what the machine costs; else as market.costPerHour says')
    .option('--decimals <count>', 'of the token that prices are in (default 6)')
    .option('--write', 'put price and speed into the settings file')
  command.action(() => act(benchMachine(deps, command.optsWithGlobals<BenchMachineOptions>())))
}

/** The commands of `souk`; each sets the exit code by `finish`. */
const createProgram = (deps: CliDeps, finish: (code: number) => void): Command => {
  const act = async (work: Promise<number>) => finish(await work)
  const optionsOf = (command: Command) => command.optsWithGlobals<GlobalOptions>()
  const { stdout, stderr } = deps.terminal
  const program = new Command('souk')
    .description('Buy and sell computation between agents, with nobody in the middle')
    .option('--config <file>', 'settings in YAML or JSON')
    .option('--data <folder>', 'where keys and records are kept')
    .option('--set <name=value>', 'one setting, such as control.port=4781 (repeatable)', collect)
    .option('--passphrase-file <file>', 'file whose first line opens the key')
    .option('--url <url>', 'control port of the running node')
    .option('--token-file <file>', 'file with its token')
    .option('--json', 'answers for programs')
    .version(deps.version)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
  program
    .command('init')
    .description("make this agent's key")
    .action((_options, command) => act(init(deps, optionsOf(command))))
  program
    .command('start')
    .description('run a node until Ctrl-C')
    .option('--stop-with-input', 'stop also when standard input ends')
    .action((_options: object, command: Command) =>
      act(start(deps, command.optsWithGlobals<StartOptions>())),
    )
  addRun(program, act, deps)
  addModule(program, act, deps)
  addBenchMachine(program, act, deps)
  program
    .command('verify')
    .description("run a receipt's task again on this machine and compare")
    .argument('<receipt>', 'hash of a receipt, or id of its task')
    .action((receipt: string, _options: object, command: Command) =>
      act(verify(deps, { receipt, options: optionsOf(command) })),
    )
  program
    .command('status')
    .description('what the running node is and does')
    .action((_options, command) => act(status(deps, optionsOf(command))))
  program
    .command('doctor')
    .description('what the network sees of the running node, and how to mend it')
    .action((_options, command) => act(doctor(deps, optionsOf(command))))
  program
    .command('demo')
    .description('five agents on this machine sell real work to one another')
    .argument('[args...]', 'such as --keep, or a TypeScript file to minify')
    .allowUnknownOption()
    .helpOption(false)
    .action((args: string[]) => act(deps.runDemo(args)))
  addRouteCommands(program, deps)
  return program
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

const MAX_CAUSES = 4

/** What led to an error, nearest first. */
const causesOf = (error: unknown): string[] => {
  const causes: string[] = []
  let cause = (error as { cause?: unknown } | null)?.cause
  while (cause instanceof Error && causes.length < MAX_CAUSES) {
    causes.push(cause.message.split('\n')[0] ?? '')
    cause = cause.cause
  }
  return causes
}

const showFault = ({ terminal: { stderr } }: CliDeps, error: unknown, isJson: boolean): void => {
  const code = codeOf(error)
  const causes = causesOf(error)
  if (isJson) stderr.write(`${JSON.stringify({ code, message: messageOf(error), causes })}\n`)
  else {
    stderr.write(`${styled(stderr, 'red', `souk: ${messageOf(error)}`)} (${code})\n`)
    for (const cause of causes) stderr.write(styled(stderr, 'dim', `  because: ${cause}\n`))
  }
}

/** Runs one command line (without the program's own name) and gives the exit code. Never throws. */
export const runCli = async (argv: readonly string[], deps: CliDeps): Promise<number> => {
  let code: number = EXIT.ok
  const program = createProgram(deps, (finished) => {
    code = finished
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    showFault(deps, error, program.opts<GlobalOptions>().json ?? false)
    return exitCodeOfFault(codeOf(error))
  }
}
