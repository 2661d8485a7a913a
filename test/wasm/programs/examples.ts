import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildExample, readEsbuild } from '../../../examples/demo/programs.ts'
import { compileC } from './compile-c.ts'
import { aProgram, type Program } from './program.ts'

const examples = join(import.meta.dirname, '..', '..', '..', 'examples')
const here = import.meta.dirname

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let result: Promise<T> | null = null
  return () => {
    result ??= work()
    return result
  }
}

const compileExample = async (name: 'fractal' | 'words'): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-example-'))
  try {
    return new Uint8Array(await buildExample(name, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first five words of the example's text: AssemblyScript and C must agree on them. */
const WORDS = '14\tthe\n5\tand\n5\tsame\n4\ta\n4\ttask\n'

const wordsTask = async () => ({
  args: ['words', '5'],
  stdin: await readFile(join(examples, 'words', 'text.txt')),
  expected: WORDS,
})

/** The example in C. */
const buildWordsInC = (): Promise<Uint8Array> =>
  compileC({ name: 'words', folder: join(examples, 'words'), files: ['words.c'] })

export const wordsInC = async (): Promise<Program> =>
  aProgram({ name: 'words-c', module: buildWordsInC, ...(await wordsTask()) })

export const wordsInAssemblyScript = async (): Promise<Program> =>
  aProgram({
    name: 'words-as',
    module: once(() => compileExample('words')),
    ...(await wordsTask()),
  })

/** Floating point in every pixel; what it draws is checked by its hash. */
export const fractal = async (): Promise<Program> =>
  aProgram({
    name: 'fractal',
    module: once(() => compileExample('fractal')),
    args: ['fractal', '1', '1', '4', '3', '120', '80'],
  })

/** 20 MB of Go. */
export const esbuild = async (): Promise<Program> =>
  aProgram({
    name: 'esbuild',
    module: once(readEsbuild),
    args: ['esbuild', '--minify', '--loader=ts', '--target=es2020', '--format=esm'],
    stdin: await readFile(join(examples, 'minify-me.ts')),
    expected: await readFile(join(here, 'esbuild', 'expected.txt'), 'utf8'),
  })
