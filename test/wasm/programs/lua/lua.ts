import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchSource } from '../../sources/index.ts'
import { compileC, compileNative } from '../compile-c.ts'
import { aProgram, type Program } from '../program.ts'

const here = import.meta.dirname

// The interpreter with its library; luac.c has a main of its own.
const PARTS =
  'lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc linit liolib llex lmathlib lmem loadlib lobject ' +
  'lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm lua lundump lutf8lib lvm lzio'

const files = PARTS.split(' ').map((part) => `${part}.c`)
const sourceOfLua = async () => join(await fetchSource('lua'), 'src')

/** Lua for this machine itself. */
export const buildNativeLua = async (output: string): Promise<void> =>
  compileNative({ folder: await sourceOfLua(), files, libraries: ['-lm'] }, output)

/** Lua 5.4 as its authors wrote it, but that an error nobody can catch ends in a trap: WASI has no long jumps. */
const buildLua = async (): Promise<Uint8Array> => {
  return compileC({
    name: 'lua',
    folder: await sourceOfLua(),
    files,
    flags: [
      '-DL_tmpnam=32',
      '-D_WASI_EMULATED_SIGNAL',
      '-D_WASI_EMULATED_PROCESS_CLOCKS',
      '-DLUAI_THROW(L,c)=__builtin_trap()',
      '-DLUAI_TRY(L,c,a)={ a }',
      '-Dluai_jmpbuf=int',
    ],
    libraries: ['-lwasi-emulated-signal', '-lwasi-emulated-process-clocks', '-lm'],
  })
}

const text = 'A task is sold by one agent and bought by another; the task tells both the same.\n'

/** Tables, strings, closures, sorting, the collector; reads its standard input and writes a file. */
export const lua = async (): Promise<Program> =>
  aProgram({
    name: 'lua',
    module: buildLua,
    args: ['lua', 'work.lua', 'with', 'arguments'],
    stdin: new TextEncoder().encode(text),
    files: new Map([['work.lua', await readFile(join(here, 'work.lua'))]]),
    outputs: ['words.txt'],
    expected: await readFile(join(here, 'expected.txt'), 'utf8'),
  })
