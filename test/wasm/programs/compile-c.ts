import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { cachedFolder, fetchTools, hashOfFile, nameOfInputs, runCommand } from '../sources/index.ts'

/** C files, relative to a folder, to be made into one WASI command. */
export type CProgram = {
  name: string
  folder: string
  files: readonly string[]
  flags?: readonly string[]
  libraries?: readonly string[]
}

const FLAGS = ['-O2', '-w', '-g0', '-DNDEBUG']
const MODULES = join(import.meta.dirname, '../../../node_modules')
const BIN = join(MODULES, '.bin')
/** What the C library of WASI lacks. */
const GAPS = join(import.meta.dirname, 'gaps')
const GAP_FILES = ['gaps.c', 'setjmp.h'].map((file) => join(GAPS, file))

type Compile = (args: readonly string[], cwd: string) => Promise<string>

/** The compiler of the cache, for this machine itself and for WASI. */
const openCompiler = async (): Promise<{ native: Compile; wasi: Compile }> => {
  const tools = await fetchTools()
  const llvm = join(tools, 'usr', 'lib', 'llvm-14')
  const libraries = [join(tools, 'usr', 'lib', 'x86_64-linux-gnu'), join(llvm, 'lib')]
  // Where clang finds a wasm-opt it runs it: it must always be the one that the lock names, and never nobody's.
  const env = { LD_LIBRARY_PATH: libraries.join(':'), PATH: `${BIN}:/usr/bin:/bin` }
  const native: Compile = (args, cwd) =>
    runCommand(join(llvm, 'bin', 'clang'), [...FLAGS, ...args], { cwd, env })
  const wasi = ['--target=wasm32-wasi', `--sysroot=${join(tools, 'usr')}`, `-I${GAPS}`]
  return { native, wasi: (args, cwd) => native([...wasi, ...args], cwd) }
}

const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>) => {
  const queue = [...items]
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
}

/** Compiles a program, unless exactly these files were compiled with exactly these flags before. */
export const compileC = async ({
  name,
  folder,
  files,
  flags = [],
  libraries = [],
}: CProgram): Promise<Uint8Array> => {
  const paths = [...files.map((file) => resolve(folder, file)), join(GAPS, 'gaps.c')]
  const hashes = await Promise.all([...paths, ...GAP_FILES].map(hashOfFile))
  const optimizer = await hashOfFile(join(MODULES, 'binaryen', 'package.json'))
  const tools = [basename(await fetchTools()), optimizer]
  const inputs = [...tools, ...FLAGS, ...flags, ...libraries, ...hashes]
  const built = await cachedFolder(
    `${name}-wasm-${nameOfInputs(inputs.map(String))}`,
    async (target) => {
      const { wasi: compile } = await openCompiler()
      const objects = paths.map((_, index) => join(target, `${index}.o`))
      await inTurns([...paths.entries()], ([index, path]) =>
        compile([...flags, '-c', path, '-o', objects[index] ?? ''], folder),
      )
      const output = join(target, 'program.wasm')
      await compile([...objects, ...libraries, '-Wl,--strip-all', '-o', output], target)
    },
  )
  return readFile(join(built, 'program.wasm'))
}

/** Whether this machine has what programs of its own are linked with. */
export const canCompileNative = (): boolean =>
  process.arch === 'x64' && ['/usr/include/stdio.h', '/usr/bin/ld'].every(existsSync)

/** The same program for this machine itself. */
export const compileNative = async (
  { folder, files, flags = [], libraries = [] }: Omit<CProgram, 'name'>,
  output: string,
): Promise<void> => {
  const { native } = await openCompiler()
  await native([...flags, ...files, ...libraries, '-o', output], folder)
}

/** Compiles one file that needs no library: memory and `_start` are all it exports. */
export const compileFreestanding = async (file: string, output: string): Promise<Buffer> => {
  const { wasi: compile } = await openCompiler()
  const flags = ['-nostdlib', '-ffreestanding', '-Wl,--no-entry', '-Wl,--strip-all']
  await compile([...flags, file, '-o', output], dirname(file))
  return readFile(output)
}
