import type { Remote, Talk } from '../../node/ports/index.ts'
import type { CborValue } from '../../protocols/common/index.ts'
import { decodeCbor, encodeCbor, Fault, faultCode } from '../../protocols/common/index.ts'
import { MAX_FRAME_BYTES, REQUEST_TIMEOUT_MS } from '../../protocols/network/index.ts'
import { fault, type Member, type MemoryRequest, othersOf, type World } from './memory-world.ts'

/** Bytes as they would cross the wire: bounded, and never shared. */
const overWire = (body: CborValue): CborValue => {
  const bytes = encodeCbor(body)
  if (bytes.length > MAX_FRAME_BYTES) {
    throw fault('FRAME_TOO_LARGE', 'A frame holds at most 64 KiB')
  }
  return decodeCbor(bytes)
}

const asRemote = (error: unknown): Fault =>
  new Fault(faultCode(error), error instanceof Fault ? error.message : 'The other side failed', {
    remote: true,
  })

const answerOf = async (member: Member, request: MemoryRequest, from: Remote) => {
  const handler = member.handlers.get(`${request.protocol} ${request.type}`)
  try {
    if (!handler) throw fault('REQUEST_UNKNOWN', 'The other side does not serve this request')
    return overWire(await handler(request.body, from))
  } catch (error) {
    throw asRemote(error)
  }
}

const unlessLost = (signals: AbortSignal[], timeoutMs: number): [Promise<never>, () => void] => {
  let cleanUp = () => {}
  const lost = new Promise<never>((_, fail) => {
    const [cancelled, ...sessions] = signals
    const timer = setTimeout(() => fail(fault('REQUEST_TIMEOUT', 'No answer in time')), timeoutMs)
    const cut = () => fail(fault('PEER_UNREACHABLE', 'The connection was lost'))
    const cancel = () => fail(fault('REQUEST_CANCELLED', 'The asker gave up'))
    cancelled?.addEventListener('abort', cancel)
    for (const session of sessions) session.addEventListener('abort', cut)
    cleanUp = () => {
      clearTimeout(timer)
      cancelled?.removeEventListener('abort', cancel)
      for (const session of sessions) session.removeEventListener('abort', cut)
    }
  })
  return [lost, cleanUp]
}

const never = new Promise<never>(() => {})

export const memoryTalk = (world: World, self: Member): Talk => ({
  request: async (agent, request, { timeoutMs = REQUEST_TIMEOUT_MS, signal } = {}) => {
    const member = othersOf(world, self).find(({ remote }) => remote.agent === agent)
    if (!member) throw fault('PEER_UNREACHABLE', 'No connection to this agent', { agent })
    if (signal?.aborted) throw fault('REQUEST_CANCELLED', 'The asker gave up')
    const sent = { ...request, body: overWire(request.body), from: self.remote.agent, to: agent }
    const fate = world.judge?.(sent) ?? 'deliver'
    const answered =
      fate === 'lose-request'
        ? never
        : world.track(Promise.resolve().then(() => answerOf(member, sent, self.remote)))
    const heard = fate === 'deliver' ? answered : answered.then(() => never)
    heard.catch(() => {})
    const noSignal = new AbortController().signal
    const [lost, cleanUp] = unlessLost(
      [signal ?? noSignal, self.session.signal, member.session.signal],
      timeoutMs,
    )
    return Promise.race([heard, lost]).finally(cleanUp)
  },
  serve: (protocol, type, handler) => {
    self.handlers.set(`${protocol} ${type}`, handler)
  },
  onConnected: (listener) => {
    self.onConnected.add(listener)
    queueMicrotask(() => {
      if (!self.onConnected.has(listener)) return
      for (const { remote } of othersOf(world, self)) listener(remote)
    })
    return () => self.onConnected.delete(listener)
  },
  onDisconnected: (listener) => {
    self.onDisconnected.add(listener)
    return () => self.onDisconnected.delete(listener)
  },
})
