import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const OUTPUT_BYTES_MAX = 64 << 20

/** Runs a program to its end; its standard output. Throws with what it said on standard error. */
export const runCommand = async (
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> => {
  const env = { ...process.env, LC_ALL: 'C', ...options.env }
  try {
    const settings = { ...options, env, maxBuffer: OUTPUT_BYTES_MAX }
    const { stdout } = await execute(program, [...args], settings)
    return stdout
  } catch (cause) {
    const { stderr = '', code } = cause as { stderr?: string; code?: string | number }
    const said = stderr.trim().split('\n').slice(-5).join('\n')
    throw new Error(`${program} ${args[0] ?? ''} ended with ${code}\n${said}`, { cause })
  }
}
