#!/usr/bin/env node
// argv -> settings -> command; Ctrl-C and SIGTERM -> stop. What a command does not need is not loaded.
import type { Config } from '../config/index.ts'
import type { CliDeps } from './cli/index.ts'

const EXIT_CONFIG = 78
const EXIT_INTERRUPTED = 130

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isTooOld = major < 22 || (major === 22 && minor < 18)

/** Aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
const interruptions = (): AbortSignal => {
  const interrupted = new AbortController()
  const onSignal = () => {
    if (interrupted.signal.aborted) process.exit(EXIT_INTERRUPTED)
    interrupted.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return interrupted.signal
}

const createDeps = async (): Promise<CliDeps<Config>> => {
  const [{ readFile, writeFile }, { join }, timers, { createSystemTerminal }, settings, control] =
    await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('node:timers/promises'),
      import('./cli/index.ts'),
      import('../config/index.ts'),
      import('../protocols/control/index.ts'),
    ])
  const environment = settings.readEnvironment()
  const interrupted = interruptions()
  const terminal = createSystemTerminal({ isPlain: environment.isPlain })
  const packageFile = join(import.meta.dirname, '..', 'package.json')
  return {
    terminal,
    interrupted,
    version: JSON.parse(await readFile(packageFile, 'utf8')).version,
    clock: { wait: (ms, options) => timers.setTimeout(ms, undefined, options) },
    loadSettings: async ({ file = environment.configFile, values }) => {
      const config = await settings.loadConfig({ file, env: environment.settings, flags: values })
      const { host, port, tokenFile } = config.control
      const name = host.includes(':') ? `[${host}]` : host
      return {
        config,
        control: {
          url: `http://${name}:${port}`,
          tokenFile: tokenFile ?? join(config.dataFolder, 'token'),
        },
        passphraseFile: config.identity.passphraseFile,
        passphrase: environment.passphrase ?? null,
      }
    },
    initIdentity: async (config, passphrase) =>
      (await import('./create-tools.ts')).initIdentity(config, passphrase),
    createNode: async (config, secrets) =>
      (await import('./create-node.ts')).createNode(config, secrets),
    inspectModule: async (bytes, limits) =>
      (await import('./create-tools.ts')).inspectModule(bytes, limits),
    benchMachine: async (config, options) =>
      (await import('./create-tools.ts')).benchMachine(config, options),
    writeSettings: async (file = environment.configFile, values) => {
      const { Fault } = await import('../protocols/common/index.ts')
      if (file === undefined) {
        throw new Fault('CONFIG_FILE_MISSING', 'no settings file is named: use --config FILE')
      }
      await settings.writeSettings(file, values)
      return file
    },
    runDemo: async (args) => {
      const [tools, { runDemo }] = await Promise.all([
        import('./create-tools.ts'),
        import('../examples/demo/index.ts'),
      ])
      return runDemo(args, { terminal, interrupted, tools })
    },
    createClient: (target) => control.createControlClient({ ...target, fetch }),
    openSocket: (url, protocols) => new WebSocket(url, protocols),
    files: {
      read: async (path) => {
        try {
          return await readFile(path)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
          throw error
        }
      },
      write: (path, bytes) => writeFile(path, bytes),
    },
    newKey: () => crypto.randomUUID(),
  }
}

if (isTooOld) {
  process.stderr.write(`souk: Node 22.18 or newer is needed, this is ${process.versions.node}\n`)
  process.exit(EXIT_CONFIG)
}
const { runCli } = await import('./cli/index.ts')
// Open sockets of a finished command must not hold the process.
process.exit(await runCli(process.argv.slice(2), await createDeps()))
