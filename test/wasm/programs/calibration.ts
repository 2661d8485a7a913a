// node test/wasm/programs/calibration.ts [--check]: builds the programs that souk bench-machine runs, beside their sources.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileFreestanding } from './compile-c.ts'

const folder = join(
  import.meta.dirname,
  ...['..', '..', '..', 'node', 'adapters', 'wasm', 'calibration', 'kernels'],
)
const NAMES = ['calling', 'chasing', 'matrix', 'mixing', 'sorting'] as const

const scratch = await mkdtemp(join(tmpdir(), 'souk-calibration-'))
const stale: string[] = []
for (const name of NAMES) {
  const built = await compileFreestanding(join(folder, `${name}.c`), join(scratch, `${name}.wasm`))
  const file = join(folder, `${name}.wasm`)
  if (!process.argv.includes('--check')) await writeFile(file, built)
  else if (!built.equals(await readFile(file))) stale.push(name)
}
await rm(scratch, { recursive: true })
if (stale.length > 0) {
  process.stderr.write(`not built from the sources beside them: ${stale.join(', ')}\n`)
  process.exitCode = 1
}
