import { WASI_BOUNDS } from './bounds.ts'
import { HOST_CHARGES } from './charges.ts'
import type { VirtualClock } from './clock.ts'
import type { DescriptorTable } from './descriptors.ts'
import type { FileTree } from './file-tree.ts'
import type { GuestMemory } from './guest-memory.ts'
import { type Resolved, resolvePath } from './resolve.ts'
import type { OutputStream } from './streams.ts'

/** All that one guest can reach. */
export type World = {
  memory: GuestMemory
  tree: FileTree
  descriptors: DescriptorTable
  clock: VirtualClock
  random: (target: Uint8Array) => void
  charge: (fuel: number) => void
  args: readonly Uint8Array[]
  env: readonly Uint8Array[]
  stdin: { bytes: Uint8Array; position: number }
  outputs: { 1: OutputStream; 2: OutputStream }
}

/** A preview 1 function: takes what the guest passed, answers an error number. Failing calls throw a WasiError. */
export type WasiCall = (...args: never[]) => number
export type WasiCalls = Readonly<Record<string, WasiCall>>

/** A path argument as the guest passes it. */
export type PathArgument = { fd: number; path: number; length: number }

/** Bit 0 of lookup flags: follow a link in the last place. */
export const FOLLOW = 1

/** A path from the guest's memory, paid for by its length. */
export const readPath = ({ charge, memory }: World, path: number, length: number): string => {
  charge(Math.min(length >>> 0, WASI_BOUNDS.pathBytes) * HOST_CHARGES.pathByte)
  return memory.text(path, length)
}

/** Looks a path up below a directory descriptor that has `rights`. */
export const lookUp = (
  world: World,
  { fd, path, length }: PathArgument,
  { rights, follow }: { rights: bigint; follow: boolean },
): Resolved => {
  const { node } = world.descriptors.directory(fd, rights)
  return resolvePath(node, readPath(world, path, length), { follow, charge: world.charge })
}
