import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PNG } from 'pngjs'

const run = promisify(execFile)
const { resolve } = createRequire(import.meta.url)
const examples = join(import.meta.dirname, '..')

/** Compiles one of the examples in AssemblyScript, with the settings that stand beside it. */
export const buildExample = async (
  name: 'fractal' | 'words',
  folder: string,
): Promise<Uint8Array> => {
  const target = join(folder, `${name}.wasm`)
  const compiler = fileURLToPath(
    new URL('../bin/asc.js', import.meta.resolve('assemblyscript/asc')),
  )
  const project = join(examples, name)
  // The compiler takes every path from its working directory.
  const source = join('assembly', `${name}.ts`)
  const options = ['--config', 'asconfig.json', '--outFile', relative(project, target)]
  await run(process.execPath, [compiler, source, ...options], { cwd: project })
  return readFile(target)
}

/** esbuild as its authors publish it for WASI. */
export const readEsbuild = (): Promise<Uint8Array> =>
  readFile(resolve('@esbuild/wasi-preview1/esbuild.wasm'))

/** The TypeScript file that is minified where none is named. */
export const SAMPLE_FILE = join(examples, 'minify-me.ts')

/** Writes RGBA pixels as a PNG file. */
export const writePicture = async (
  file: string,
  { width, height, pixels }: { width: number; height: number; pixels: Uint8Array },
): Promise<void> => {
  const png = new PNG({ width, height })
  png.data = Buffer.from(pixels)
  await writeFile(file, PNG.sync.write(png, { colorType: 2 }))
}
