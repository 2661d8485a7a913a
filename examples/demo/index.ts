// The demo: five agents on this machine, one chain, real work bought and paid. Drives the buyer through its control port only.
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { styled, type Terminal } from '../../node/cli/index.ts'
import type { SharedChain } from '../../node/create-tools.ts'
import type { Log } from '../../node/ports/index.ts'
import { boardOf, drawFractal, minify } from './acts.ts'
import { fillCache } from './agent-process.ts'
import {
  type Agent,
  type MarketTools,
  prepareAgents,
  startAgents,
  untilAllMet,
} from './market-network.ts'
import { DEMO_HELP, type DemoOptions, readDemoOptions } from './options.ts'
import { buildExample, SAMPLE_FILE } from './programs.ts'
import { createScreen } from './screen.ts'
import { readHoldings, settleUp } from './settling.ts'
import { createShopper, type Shopper } from './shopping.ts'
import { createStage, type Stage } from './stage.ts'
import { newsBetween, type Words } from './telling.ts'

export type DemoDeps = {
  terminal: Pick<Terminal, 'stdout' | 'stderr'>
  interrupted: AbortSignal
  tools: MarketTools & {
    startSharedChain(options: { folder: string; log: Log }): Promise<SharedChain>
  }
}

const EXIT = { right: 0, wrong: 1, usage: 2, noInput: 66, interrupted: 130 } as const
const LONGEST_MS = 180_000

const nothing = () => undefined
const noLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => noLog,
}

const introduce = ({ screen, words }: Stage, agents: readonly Agent[]): void => {
  for (const { name, agent, plan } of agents) {
    const price = plan.market.pricePerMfuel
    const offer = price === undefined ? '' : `${price} per Mfuel, `
    const address = words.paint('cyan', `${agent.slice(0, 6)}…${agent.slice(-4)}`)
    screen.say(`           ${name.padEnd(8)} ${address}  ${words.paint('dim', offer + plan.about)}`)
  }
}

type Market = { chain: SharedChain; agents: Agent[]; buyer: Agent }

const openMarket = async (stage: Stage, { tools }: DemoDeps): Promise<Market> => {
  const { folder, signal } = stage
  const cache = join(stage.outFolder, 'cache')
  const keys = prepareAgents(tools, folder)
  // Looked at below; a failure until then is not unhandled.
  keys.catch(nothing)
  // Making blocks takes the chain a while; compiling meanwhile costs no time.
  const cached = fillCache(cache)
  const chain = await stage.step('chain', async () => {
    const started = await tools.startSharedChain({ folder: join(folder, 'chain'), log: noLog })
    stage.atEnd(() => started.stop())
    await cached
    return ['local, with contracts and a test token', started]
  })
  const agents = await stage.step('agents', async () => {
    const stops: (() => Promise<void>)[] = []
    stage.atEnd(async () => void (await Promise.all(stops.map((stop) => stop()))))
    const started = await startAgents(await keys, { chain, folder, cache }, (stop) =>
      stops.push(stop),
    )
    return [`${started.length}, each a process of its own`, started]
  })
  introduce(stage, agents)
  await stage.step('network', async (tell) => {
    const onCount = (met: number, all: number) => tell(`${met} of ${all} have met`)
    await untilAllMet(agents, { signal, onCount })
    return ['everyone sees everyone', undefined]
  })
  return { chain, agents, buyer: agents.find(({ plan }) => plan.part === 'buys') as Agent }
}

const wordsFor = (
  { stdout }: DemoDeps['terminal'],
  { agents, chain }: { agents: readonly Agent[]; chain: SharedChain | null },
): Words => {
  const names = new Map(agents.map(({ agent, name }) => [agent as string, name]))
  return {
    nameOf: (agent) => names.get(agent) ?? agent.slice(0, 8),
    decimals: chain?.token.decimals ?? 6,
    symbol: chain?.token.symbol ?? 'tUSD',
    paint: (style, text) => styled(stdout, style, text),
  }
}

const watch = (stage: Stage, { buyer }: Market): Shopper => {
  const { screen, words, signal } = stage
  const shopper = createShopper(buyer, {
    signal,
    onStory: (before, now) => {
      if (screen.isLive) screen.show(boardOf(now, { words }))
      else screen.say(...newsBetween(before, now, words))
    },
  })
  stage.atEnd(async () => shopper.stop())
  return shopper
}

const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done()
    else signal.addEventListener('abort', () => done(), { once: true })
  })

const stayUp = async ({ screen, folder }: Stage, { buyer }: Market, signal: AbortSignal) => {
  const { url, tokenFile } = buyer.control
  screen.say(
    '',
    '  The network stays up until Ctrl-C. From another terminal you can steer the buyer:',
    '',
    `    BUYER="--url ${url} --token-file ${tokenFile}"`,
    '    npm run --silent souk -- status $BUYER',
    '    npm run --silent souk -- channel list $BUYER',
    `    npm run --silent souk -- run $BUYER ${join(folder, 'fractal.wasm')} -- 0 0 1 1 90 60 > tile.rgb`,
    '',
    `  Logs of all agents: ${join(folder, 'logs')}`,
  )
  await untilInterrupted(signal)
}

const play = async (stage: Stage, deps: DemoDeps, options: DemoOptions): Promise<boolean> => {
  const fractal = buildExample('fractal', stage.folder)
  // Looked at below; a failure until then is not unhandled.
  fractal.catch(nothing)
  const market = await openMarket(stage, deps)
  const { chain, agents, buyer } = market
  const before = await readHoldings(chain, agents)
  const staged = { ...stage, words: wordsFor(deps.terminal, market) }
  const shopper = watch(staged, market)
  const picture = await drawFractal(staged, { client: buyer.client, shopper }, fractal)
  const file = options.file ?? SAMPLE_FILE
  const minified = await minify(staged, { client: buyer.client, shopper }, resolve(file))
  shopper.turnPage()
  const isRight = await settleUp(staged, { chain, agents, buyer, before, shopper })
  stage.screen.say(
    '',
    `  picture   ${relative('.', picture)}`,
    `  minified  ${relative('.', minified)}`,
  )
  if (options.keep) await stayUp(staged, market, deps.interrupted)
  return isRight
}

const prepareFolders = async () => {
  const outFolder = resolve('.souk-demo')
  await mkdir(outFolder, { recursive: true })
  return { outFolder, folder: await mkdtemp(join(tmpdir(), 'souk-demo-')) }
}

const runPlay = async (options: DemoOptions, deps: DemoDeps): Promise<number> => {
  const { terminal, interrupted } = deps
  const folders = await prepareFolders()
  const screen = createScreen(terminal.stdout)
  const limits = options.keep ? [interrupted] : [interrupted, AbortSignal.timeout(LONGEST_MS)]
  const words = wordsFor(terminal, { agents: [], chain: null })
  const stage = createStage({ screen, words, signal: AbortSignal.any(limits), ...folders })
  const title = styled(terminal.stdout, 'bold', 'Souk')
  screen.say('', `  ${title}  five agents, one market, nobody in the middle`, '')
  let isRight = false
  try {
    isRight = await play(stage, deps, options)
  } catch (error) {
    screen.keep()
    const message = interrupted.aborted ? 'interrupted' : String((error as Error).message)
    terminal.stderr.write(`\n  ${styled(terminal.stderr, 'red', `souk demo: ${message}`)}\n`)
  }
  await stage.clear()
  if (isRight || interrupted.aborted) await rm(folders.folder, { recursive: true, force: true })
  else terminal.stderr.write(`  The agents' logs: ${join(folders.folder, 'logs')}\n`)
  const took = options.keep
    ? 'Everything stopped.'
    : `Done in ${stage.elapsed()}, everything stopped.`
  if (isRight) screen.say('', `  ${took}`, '')
  if (interrupted.aborted && !options.keep) return EXIT.interrupted
  return isRight ? EXIT.right : EXIT.wrong
}

const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  )

/** Runs the demo to its end; 0 only where every sum is right. */
export const runDemo = async (args: readonly string[], deps: DemoDeps): Promise<number> => {
  const options = readDemoOptions(args)
  if (typeof options === 'string') {
    deps.terminal.stderr.write(`souk demo: ${options}\n\n${DEMO_HELP}`)
    return EXIT.usage
  }
  if (options.isHelp) {
    deps.terminal.stdout.write(DEMO_HELP)
    return EXIT.right
  }
  const file = options.file ?? SAMPLE_FILE
  if (!(await isReadable(file))) {
    deps.terminal.stderr.write(`souk demo: cannot read ${file}\n`)
    return EXIT.noInput
  }
  return runPlay(options, deps)
}
