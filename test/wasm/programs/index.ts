// Programs that tasks are made of in earnest, each with an input and what it must say.
import { esbuild, fractal, wordsInAssemblyScript, wordsInC } from './examples.ts'
import { lua } from './lua/lua.ts'
import type { Program } from './program.ts'
import { sqlite } from './sqlite/sqlite.ts'

export { canCompileNative } from './compile-c.ts'
export { buildNativeLua } from './lua/lua.ts'
export type { Program } from './program.ts'
export { buildNativeSqlite } from './sqlite/sqlite.ts'

/** All programs by name, the quick ones first. */
export const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  'words-c': wordsInC,
  'words-as': wordsInAssemblyScript,
  fractal,
  lua,
  sqlite,
  esbuild,
}
