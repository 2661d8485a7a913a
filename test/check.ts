// Everything that can be checked without running the product, in two lanes side by side: types take as long as all the rest.
import { spawn } from 'node:child_process'

const lanes = [
  ['check:types'],
  ['check:style', 'check:shape', 'check:unused', 'check:generated'],
] as const

const run = (script: string): Promise<boolean> =>
  new Promise((resolve) => {
    const started = Date.now()
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', (code) => {
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const isFine = code === 0
      process.stdout.write(`${script} ${isFine ? 'ok' : 'FAILED'} in ${seconds} s\n`)
      if (!isFine) process.stdout.write(`${output}\n`)
      resolve(isFine)
    })
  })

const results = await Promise.all(
  lanes.map(async (lane) => {
    let isFine = true
    for (const script of lane) isFine = (await run(script)) && isFine
    return isFine
  }),
)
process.exitCode = results.every(Boolean) ? 0 : 1
