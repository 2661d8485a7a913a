import { createHash } from 'node:crypto'
import type {
  Gossip,
  GossipHandler,
  GossipTopic,
  Remote,
  Talk,
  TalkHandler,
} from '../../node/ports/index.ts'
import { type Address, Fault, faultCode } from '../../protocols/common/index.ts'
import type { SimClock } from './clock.ts'
import type { Random } from './random.ts'

export type OverlayOptions = {
  clock: SimClock
  random: Random
  /** One way, in milliseconds. */
  latencyMs: { least: number; most: number }
  /** Share of gossiped messages that get lost on a link. */
  loss: number
}

/** A machine in the simulated network. */
export type Station = {
  readonly remote: Remote
  readonly gossip: Gossip
  readonly talk: Talk
  readonly links: ReadonlySet<Station>
  isUp: boolean
  /** Drops everything that it should pass on. */
  isMute: boolean
  /** Sends bytes to its neighbours without any check of its own. */
  spread(topic: GossipTopic, data: Uint8Array): void
}

export type Overlay = {
  join(agent: Address): Station
  link(one: Station, other: Station): void
  unlink(one: Station, other: Station): void
  /** Links every station to so many random others. */
  weave(stations: readonly Station[], links: number): void
  /** Messages sent over a link, by topic; direct requests as `talk`. */
  sent(): Readonly<Record<string, number>>
  /** How often a station hung up on a neighbour for what it passed on. */
  hangUps(): number
}

/** Broken messages that a station takes from one neighbour before it hangs up. */
const PATIENCE = 3
const REQUEST_TIMEOUT_MS = 5_000

type Inner = {
  station: Station
  topics: Map<GossipTopic, GossipHandler>
  handlers: Map<string, TalkHandler>
  seen: Set<string>
  blamed: Map<Station, number>
  links: Set<Station>
}
type Parcel = { topic: GossipTopic; data: Uint8Array; id: string }

const idOf = (topic: GossipTopic, data: Uint8Array): string =>
  createHash('sha256').update(topic).update(data).digest('base64')

export const createOverlay = ({ clock, random, latencyMs, loss }: OverlayOptions): Overlay => {
  const inners = new Map<Station, Inner>()
  const byAgent = new Map<Address, Inner>()
  const sent: Record<string, number> = {}
  let hangUps = 0
  const count = (kind: string): void => {
    sent[kind] = (sent[kind] ?? 0) + 1
  }
  const delay = () => latencyMs.least + random.unit() * (latencyMs.most - latencyMs.least)
  const innerOf = (station: Station): Inner => inners.get(station) as Inner

  const unlink = (one: Station, other: Station): void => {
    innerOf(one).links.delete(other)
    innerOf(other).links.delete(one)
  }

  const forward = (from: Inner, parcel: Parcel, except: Station | null): void => {
    for (const neighbour of from.links) {
      if (neighbour === except) continue
      count(parcel.topic)
      if (random.unit() < loss) continue
      clock.after(delay(), () => receive(innerOf(neighbour), parcel, from.station))
    }
  }

  const blame = (inner: Inner, neighbour: Station): void => {
    const faults = (inner.blamed.get(neighbour) ?? 0) + 1
    inner.blamed.set(neighbour, faults)
    if (faults < PATIENCE || !inner.links.has(neighbour)) return
    hangUps += 1
    unlink(inner.station, neighbour)
  }

  const judge = ({ topics }: Inner, { topic, data }: Parcel, from: Station): string => {
    const verdict = topics.get(topic)?.(data, from.remote.peerId)
    if (verdict instanceof Promise) throw new Error('the market judges at once')
    return verdict?.action ?? 'ignore'
  }

  const receive = (inner: Inner, parcel: Parcel, from: Station): void => {
    const { id } = parcel
    const isHeard = inner.station.isUp && from.isUp && inner.links.has(from)
    if (!isHeard || inner.seen.has(id)) return
    inner.seen.add(id)
    if (inner.station.isMute) return
    const verdict = judge(inner, parcel, from)
    if (verdict === 'reject') blame(inner, from)
    if (verdict === 'accept') forward(inner, parcel, from)
  }

  const request = async (from: Inner, agent: Address, asked: Parameters<Talk['request']>[1]) => {
    const to = byAgent.get(agent)
    const isThere = () => to?.station.isUp === true && from.station.isUp
    if (!to || !isThere()) throw new Fault('PEER_UNREACHABLE', 'nobody there')
    count('talk')
    await clock.wait(delay())
    const handler = to.handlers.get(asked.type)
    if (!isThere() || !handler) {
      await clock.wait(REQUEST_TIMEOUT_MS)
      throw new Fault('REQUEST_TIMEOUT', 'no answer')
    }
    const answer = await handler(asked.body, from.station.remote).catch((error: unknown) => {
      throw new Fault(faultCode(error), 'refused', { remote: true })
    })
    count('talk')
    await clock.wait(delay())
    return answer
  }

  const join = (agent: Address): Station => {
    const inner: Omit<Inner, 'station'> = {
      topics: new Map(),
      handlers: new Map(),
      seen: new Set(),
      blamed: new Map(),
      links: new Set(),
    }
    const spread = (topic: GossipTopic, data: Uint8Array): void => {
      const parcel = { topic, data: data.slice(), id: idOf(topic, data) }
      full.seen.add(parcel.id)
      if (station.isUp) forward(full, parcel, null)
    }
    const station: Station = {
      remote: { agent, peerId: `peer-of-${agent}` },
      links: inner.links,
      isUp: true,
      isMute: false,
      spread,
      gossip: {
        publish: async (topic, data) => {
          spread(topic, data)
          return { recipients: inner.links.size }
        },
        subscribe: (topic, handler) => void inner.topics.set(topic, handler),
        listeners: () => inner.links.size,
      },
      talk: {
        request: (to, asked) => request(full, to, asked),
        serve: (_, type, handler) => void inner.handlers.set(type, handler),
        onConnected: () => () => undefined,
        onDisconnected: () => () => undefined,
      },
    }
    const full: Inner = { ...inner, station }
    inners.set(station, full)
    byAgent.set(agent, full)
    return station
  }

  const link = (one: Station, other: Station): void => {
    if (one === other) return
    innerOf(one).links.add(other)
    innerOf(other).links.add(one)
  }

  return {
    join,
    link,
    unlink,
    weave: (stations, links) => {
      for (const [index, station] of stations.entries()) {
        // A ring keeps everyone connected, whatever else chance brings.
        const next = stations[(index + 1) % stations.length]
        if (next) link(station, next)
        for (const other of random.shuffled(stations).slice(0, links)) link(station, other)
      }
    },
    sent: () => ({ ...sent }),
    hangUps: () => hangUps,
  }
}
