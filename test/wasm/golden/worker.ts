// Runs programs in this very Node, its children forced into one of V8's tiers, and writes what came out, a JSON object a line.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox } from '../../../node/adapters/wasm/index.ts'
import { PROGRAMS } from '../programs/index.ts'
import type { Order, Ran } from './order.ts'
import { measure, prepare } from './task.ts'

const { programs, tier, runs } = JSON.parse(process.argv[2] ?? '{}') as Order

// Two runs a child: the second one finds it warm, the third one meets a cold one again. Where all code goes through the slow compiler at once
// (half a minute for the largest program), three.
const tasksPerChild = tier === '--no-liftoff' ? 3 : 2

// The sandbox starts its children with this process's own binary; a shell script in its place adds V8's flag.
const forceTier = async (folder: string): Promise<void> => {
  if (tier === null) return
  const script = join(folder, 'node')
  await writeFile(script, `#!/bin/sh\nexec '${process.execPath}' ${tier} "$@"\n`)
  await chmod(script, 0o755)
  process.execPath = script
}

const tell = (ran: Ran): void => void process.stdout.write(`${JSON.stringify(ran)}\n`)

const folder = await mkdtemp(join(tmpdir(), 'souk-golden-'))
try {
  await forceTier(folder)
  const sandbox = createSandbox({}, { workers: 1, maxQueue: 1, tasksPerChild })
  await sandbox.start()
  for (const program of programs) {
    const task = await prepare(await (PROGRAMS[program] as () => never)(), sandbox.engineHash)
    for (let run = 0; run < runs; run++) tell({ program, run, ...(await measure(sandbox, task)) })
  }
  await sandbox.stop()
} finally {
  await rm(folder, { recursive: true, force: true })
}
