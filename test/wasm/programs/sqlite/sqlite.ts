import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchSource } from '../../sources/index.ts'
import { type CProgram, compileC, compileNative } from '../compile-c.ts'
import { aProgram, type Program } from '../program.ts'

const here = import.meta.dirname

const sqliteProgram = async (): Promise<CProgram> => {
  const folder = join(await fetchSource('sqlite'), 'src', 'vendor', 'sqlite3')
  const fileLayer = join(await fetchSource('sqlite-parts'), 'src', 'test_demovfs.c')
  return {
    name: 'sqlite',
    folder,
    files: ['sqlite3.c', fileLayer, join(here, 'main.c')],
    flags: [
      '-I.',
      '-DSQLITE_OS_OTHER=1',
      '-DSQLITE_THREADSAFE=0',
      '-DSQLITE_OMIT_LOAD_EXTENSION',
      '-DSQLITE_OMIT_WAL',
      '-DSQLITE_OMIT_DEPRECATED',
      '-DSQLITE_ENABLE_FTS5',
      '-DSQLITE_ENABLE_RTREE',
      '-DSQLITE_ENABLE_MATH_FUNCTIONS',
    ],
    libraries: ['-lm'],
  }
}

/** SQLite with full text search and trees, over its authors' own example of a file layer. */
const buildSqlite = async (): Promise<Uint8Array> => compileC(await sqliteProgram())

/** The same for this machine itself. */
export const buildNativeSqlite = async (output: string): Promise<void> =>
  compileNative(await sqliteProgram(), output)

/** A database made, searched, changed and vacuumed; the file itself is an output. */
export const sqlite = async (): Promise<Program> =>
  aProgram({
    name: 'sqlite',
    module: buildSqlite,
    args: ['sqlite', 'work.db'],
    stdin: await readFile(join(here, 'work.sql')),
    outputs: ['work.db'],
    expected: await readFile(join(here, 'expected.txt'), 'utf8'),
  })
