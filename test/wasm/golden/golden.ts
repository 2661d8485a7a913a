// Real programs in every engine there is: each run of each must give the same hash and the same fuel.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSandbox } from '../../../node/adapters/wasm/index.ts'
import { PROGRAMS, type Program } from '../programs/index.ts'
import { fetchPackage } from '../sources/index.ts'
import type { Tally } from '../tally.ts'
import { complaintsAbout } from './judge.ts'
import type { Order, Ran, Tier } from './order.ts'
import { type Pin, type Pins, pinOf, readPins, writePins } from './pins.ts'

const TIERS: readonly Tier[] = [null, '--liftoff-only', '--no-liftoff']
const worker = join(import.meta.dirname, 'worker.ts')

type Engine = { name: string; binary: string }

const openEngines = async (): Promise<readonly Engine[]> => [
  { name: `Node ${process.versions.node.split('.')[0]}`, binary: process.execPath },
  { name: 'Node 26', binary: join(await fetchPackage('node-26'), 'bin', 'node') },
]

const runWorker = async (
  { binary }: Engine,
  order: Order,
  onRan: (ran: Ran) => void,
): Promise<void> => {
  const child = spawn(binary, [worker, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) onRan(JSON.parse(line) as Ran)
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
  if (code !== 0) throw new Error(`the runs in ${binary} ended with ${code}`)
}

const engineHash = (): string => createSandbox({}, { workers: 1, maxQueue: 1 }).engineHash

const engineChanged = (pins: Pins): string =>
  [
    `the pins belong to engine ${pins.engine},`,
    `and this one is ${engineHash()}: costs or the host changed.`,
    'Where that is meant, run npm run test:wasm -- --write',
  ].join(' ')

/** Pins every program anew from one run each. */
export const pinAnew = async (write: (line: string) => void): Promise<void> => {
  const programs: Record<string, Pin> = {}
  const engine = { name: 'this Node', binary: process.execPath }
  const order: Order = { programs: Object.keys(PROGRAMS), tier: null, runs: 1 }
  await runWorker(engine, order, (ran) => {
    programs[ran.program] = pinOf(ran)
    write(`${ran.program}: ${ran.fuelUsed} fuel, ${ran.resultHash}`)
  })
  await writePins({ engine: engineHash(), programs })
}

const checkEngine = (tally: Tally, pins: Pins): void =>
  tally.check('the pins belong to this engine', () => {
    if (pins.engine !== engineHash()) throw new Error(engineChanged(pins))
  })

const checkRun = (
  tally: Tally,
  ran: Ran,
  { where, program, pins }: { where: string; program: Program; pins: Pins },
): void =>
  tally.check(`${where}: ${ran.program}, run ${ran.run + 1}`, () => {
    const complaints = complaintsAbout(ran, { program, pin: pins.programs[ran.program] })
    if (complaints.length > 0) throw new Error(complaints.join('; '))
  })

const modules = async (): Promise<Record<string, Program>> => {
  const made: Record<string, Program> = {}
  for (const [name, make] of Object.entries(PROGRAMS)) {
    made[name] = await make()
    await made[name].module()
  }
  return made
}

/** Runs every program `runs` times in every Node and tier, the Nodes side by side. */
export const runGolden = async (tally: Tally, { runs }: { runs: number }): Promise<void> => {
  const pins = await readPins()
  checkEngine(tally, pins)
  const programs = await modules()
  const engines = await openEngines()
  const lane = async (engine: Engine) => {
    for (const tier of TIERS) {
      const where = `${engine.name} ${tier ?? 'default'}`
      const order: Order = { programs: Object.keys(programs), tier, runs }
      await runWorker(engine, order, (ran) => {
        checkRun(tally, ran, { where, program: programs[ran.program] as Program, pins })
      }).catch((error: unknown) => tally.fail(where, error))
      tally.say(`${where}: done`)
    }
  }
  await Promise.all(engines.map(lane))
}

/** One run of every program in this Node alone: whether the pins are fresh. */
export const runHere = async (tally: Tally): Promise<void> => {
  const pins = await readPins()
  checkEngine(tally, pins)
  const programs = await modules()
  const engine = { name: 'this Node', binary: process.execPath }
  const order: Order = { programs: Object.keys(programs), tier: null, runs: 1 }
  await runWorker(engine, order, (ran) =>
    checkRun(tally, ran, { where: 'here', program: programs[ran.program] as Program, pins }),
  )
}
