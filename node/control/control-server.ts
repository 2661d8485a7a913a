import type { FastifyInstance } from 'fastify'
import { Fault } from '../../protocols/common/index.ts'
import {
  type AppLimits,
  type ControlApp,
  type ControlDeps,
  createControlApp,
} from './control-app.ts'
import { loopbackHosts } from './origin-guard.ts'

/** `port` 0 takes a free one; `allowedHosts` are further names (with port) under which a proxy serves the port. */
export type ControlOptions = Partial<AppLimits> & {
  host?: string
  port?: number
  allowedHosts?: readonly string[]
}

export type ControlServer = {
  /** Throws PORT_TAKEN or ADDRESS_UNAVAILABLE. */
  start(): Promise<{ url: string }>
  stop(): Promise<void>
}

const MIB = 1024 * 1024
const defaults = {
  host: '127.0.0.1',
  port: 0,
  version: '0.0.0',
  allowedHosts: [] as readonly string[],
  maxContentBytes: 64 * MIB,
  maxOrderBytes: 32 * MIB,
  requestsPerSecond: 100,
  requestBurst: 300,
  maxStreams: 64,
  maxBufferedBytes: 8 * MIB,
}

const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host)
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const listenFault = (error: unknown, { host, port }: { host: string; port: number }) => {
  const { code } = error as NodeJS.ErrnoException
  const details = { cause: error, host, port }
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} of ${host} is taken: stop the other program, or choose another port for the control port`
    return new Fault('PORT_TAKEN', message, details)
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    const message = `Cannot listen on ${host} port ${port} (${code})`
    return new Fault('ADDRESS_UNAVAILABLE', message, details)
  }
  return error
}

const listen = async (
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<number> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenFault(error, { host, port })
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** The node's HTTP port: the registry's routes over one NodeApi. Nothing listens before start. */
export const createControlServer = (
  deps: ControlDeps,
  options: ControlOptions = {},
): ControlServer => {
  const { host, port: wantedPort, allowedHosts, ...limits } = { ...defaults, ...options }
  let running: ControlApp | null = null
  return {
    start: async () => {
      const control = await createControlApp(deps, limits)
      await control.idempotency.prune()
      const port = await listen(control.app, { host, port: wantedPort })
      const ownName = `${bracketed(host)}:${port}`
      control.allowHosts([...loopbackHosts(port), ownName, ...allowedHosts])
      control.hub.start()
      running = control
      if (!isLoopback(host)) {
        const warning = 'the control port is open to other machines: put TLS before it'
        deps.log.warn({ host, port }, warning)
      }
      return { url: `http://${ownName}` }
    },
    stop: async () => {
      running?.hub.stop()
      await running?.app.close()
      running = null
    },
  }
}
