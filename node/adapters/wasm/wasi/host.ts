import { descriptorCalls } from './calls-descriptor.ts'
import { directoryCalls } from './calls-directory.ts'
import { linkCalls } from './calls-link.ts'
import { openCalls } from './calls-open.ts'
import { pollCalls } from './calls-poll.ts'
import { processCalls } from './calls-process.ts'
import { statusCalls } from './calls-status.ts'
import { transferCalls } from './calls-transfer.ts'
import { HOST_CHARGES } from './charges.ts'
import { createVirtualClock } from './clock.ts'
import { DescriptorTable } from './descriptors.ts'
import { WasiError } from './errno.ts'
import { FileTree, pathNames } from './file-tree.ts'
import { GuestMemory } from './guest-memory.ts'
import { FILE_TYPE } from './inode.ts'
import { createRandomStream } from './random.ts'
import { OutputStream } from './streams.ts'
import type { WasiCall, World } from './world.ts'

/** What a run gives a host and a host gives back; the seam between the runner and whoever implements WASI. */
export type WasiInput = {
  args: readonly string[]
  env: Readonly<Record<string, string>>
  stdin: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
  outputs: readonly string[]
  seed: Uint8Array
  limits: { stdoutBytes: number; stderrBytes: number; fileBytes: number }
  /** Told of what the guest writes, while it waits; the bytes are the guest's own memory. */
  onOutput?: (output: { stream: 'stdout' | 'stderr'; bytes: Uint8Array }) => void
  /** Directories that are open from descriptor 3 on, by the names the guest knows them under; the root unless told otherwise. */
  preopens?: readonly string[]
}

/** Fuel as the host sees it. Charging may block, or end the run by throwing. */
export type HostMeter = { charge(fuel: number): void; used(): bigint }

export type WasiOutputs = {
  stdout: Uint8Array
  stderr: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

export type WasiHost = {
  /** Functions by name, for the one module a guest may import. */
  functions(module: WebAssembly.Module): Readonly<Record<string, (...args: never[]) => unknown>>
  /** Runs `_start`; returns the exit code or throws GuestExit, OutputLimit or what the guest's code threw. */
  start(instance: WebAssembly.Instance): number
  /** What the guest has written; files only once it has exited. */
  outputs(exited: boolean): WasiOutputs
  dispose(): void
}

export type CreateWasiHost = (input: WasiInput, meter: HostMeter) => WasiHost

const encoder = new TextEncoder()
const zeroTerminated = (text: string) => encoder.encode(`${text}\0`)

const createWorld = (input: WasiInput, meter: HostMeter): World => {
  const charge = (fuel: number) => meter.charge(fuel)
  const clock = createVirtualClock(() => meter.used())
  const { limits, onOutput: onWrite } = input
  const tree = new FileTree({ charge, now: clock.realtime, fileBytes: limits.fileBytes })
  // Sorted: inode numbers are the guest's to see.
  const files = [...input.files].sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [path, data] of files) tree.placeFile(pathNames(path), data)
  for (const path of [...input.outputs].sort()) tree.makeDirectories(pathNames(path).slice(0, -1))
  return {
    memory: new GuestMemory(),
    tree,
    descriptors: new DescriptorTable(tree, input.preopens ?? ['/']),
    clock,
    random: createRandomStream(input.seed),
    charge,
    args: input.args.map(zeroTerminated),
    env: Object.keys(input.env)
      .sort()
      .map((name) => zeroTerminated(`${name}=${input.env[name]}`)),
    stdin: { bytes: input.stdin, position: 0 },
    outputs: {
      1: new OutputStream('stdout', { limit: limits.stdoutBytes, onWrite }),
      2: new OutputStream('stderr', { limit: limits.stderrBytes, onWrite }),
    },
  }
}

// Every call is paid for before it does anything, so that what it did never depends on where fuel ran out.
const guarded =
  (world: World, call: WasiCall): ((...args: never[]) => number) =>
  (...args) => {
    world.charge(HOST_CHARGES.call)
    world.memory.refresh()
    try {
      return call(...args)
    } catch (error) {
      if (error instanceof WasiError) return error.errno
      throw error
    }
  }

/** Clocks, chance and exit alone, for a host that lacks deterministic ones. */
export const createDeterministicCalls = (
  seed: Uint8Array,
  meter: HostMeter,
): {
  calls: Readonly<Record<string, (...args: never[]) => number>>
  attach(memory: WebAssembly.Memory): void
} => {
  const world = createWorld(
    {
      ...{ args: [], env: {}, outputs: [], seed, stdin: new Uint8Array(0), files: new Map() },
      limits: { stdoutBytes: 0, stderrBytes: 0, fileBytes: 0 },
    },
    meter,
  )
  const all = processCalls(world)
  const names = ['clock_res_get', 'clock_time_get', 'random_get', 'sched_yield', 'proc_exit']
  return {
    attach: (memory) => world.memory.attach(memory),
    calls: Object.fromEntries(
      names.map((name) => [name, guarded(world, all[name] as WasiCall)] as const),
    ),
  }
}

const findFile = ({ tree }: World, path: string): Uint8Array | null => {
  let node = tree.root
  for (const name of pathNames(path)) {
    const next = node.get(name)
    if (!next) return null
    node = next
  }
  return node.type === FILE_TYPE.regular ? node.data.subarray(0, node.size) : null
}

const collectFiles = (world: World, outputs: readonly string[]): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>()
  for (const path of outputs) {
    const data = findFile(world, path)
    if (data) files.set(path, data)
  }
  return files
}

/** Souk's own host: all of preview 1 in memory, deterministic, bounded, charged. */
export const createSoukHost: CreateWasiHost = (input, meter) => {
  const world = createWorld(input, meter)
  const calls = Object.entries({
    ...processCalls(world),
    ...descriptorCalls(world),
    ...transferCalls(world),
    ...statusCalls(world),
    ...directoryCalls(world),
    ...openCalls(world),
    ...linkCalls(world),
    ...pollCalls(world),
  })
  return {
    functions: () =>
      Object.fromEntries(calls.map(([name, call]) => [name, guarded(world, call)] as const)),
    start: ({ exports }) => {
      world.memory.attach(exports.memory as WebAssembly.Memory)
      ;(exports._start as () => void)()
      return 0
    },
    outputs: (exited) => ({
      stdout: world.outputs[1].written(),
      stderr: world.outputs[2].written(),
      files: exited ? collectFiles(world, input.outputs) : new Map(),
    }),
    dispose: () => undefined,
  }
}
