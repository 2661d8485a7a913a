import { Fault } from '../../protocols/common/index.ts'

/** The headers of a request that tell where a browser was led from. */
export type OriginHeaders = { host?: string | undefined; origin?: string | undefined }

/**
 * Lets only requests pass that were meant for this port by a page of this port, or by no page at all: a foreign name that resolves
 * to this machine (DNS rebinding) and a foreign page are both refused.
 */
export const createOriginGuard = (hosts: readonly string[]): ((headers: OriginHeaders) => void) => {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()))
  return ({ host = '', origin }) => {
    if (!allowed.has(host.toLowerCase())) {
      throw new Fault('HOST_NOT_ALLOWED', `This port is not ${host || 'without a name'}`)
    }
    if (origin === undefined) return
    const [scheme, originHost = ''] = origin.toLowerCase().split('://')
    if ((scheme === 'http' || scheme === 'https') && allowed.has(originHost)) return
    throw new Fault('ORIGIN_NOT_ALLOWED', `Pages of ${origin} may not use this port`)
  }
}

/** Names under which a loopback port may be asked for. */
export const loopbackHosts = (port: number): string[] =>
  ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
