// npm run test:crash [-- --long]: kills agents at every point of the code, in this process and as real ones. --long dies less often per
// story and kills more, so that a failure says more.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const isLong = process.argv.includes('--long')
const files = join(import.meta.dirname, '*.test.ts')
const child = spawn('mocha', ['--timeout', '900000', '--exit', files], {
  env: { ...process.env, ...(isLong && { SOUK_CRASH_LONG: '1' }) },
  stdio: 'inherit',
})
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})
