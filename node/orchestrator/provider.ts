import { Fault } from '../../protocols/common/index.ts'
import type { DealRecord } from './deal-record.ts'
import type { ProviderContext, ProviderDeps, ProviderOptions } from './provider-deps.ts'
import { serveProvider } from './provider-inbox.ts'
import { createSerial } from './serial.ts'
import { createWorkshop, type Workshop } from './workshop.ts'

/** Sells this machine's work: signs, runs and delivers what it won. */
export type Provider = {
  /** Answers for deals that an earlier run left behind, then listens to requesters. */
  start(): Promise<void>
  stop(): Promise<void>
}

const recover = ({ capacity }: ProviderContext, workshop: Workshop, record: DealRecord): void => {
  const { deal, journey } = record
  capacity.reserve(deal.auctionId, deal.agreement.message.deliverBy)
  if (journey.phase === 'signed') workshop.expectStart(record)
  if (journey.phase === 'delivered') workshop.run(record)
  if (journey.phase === 'started') workshop.breakOff(record)
}

export const createProvider = (deps: ProviderDeps, options: ProviderOptions): Provider => {
  const stop = new AbortController()
  const context = { ...deps, options, stopping: stop.signal }
  const workshop = createWorkshop(context)
  return {
    start: async () => {
      const unfinished = await deps.book.start()
      serveProvider({ ...context, workshop, oneByOne: createSerial() })
      for (const record of unfinished) recover(context, workshop, record)
    },
    stop: async () => {
      stop.abort(new Fault('STOPPING', 'the node is stopping'))
      await workshop.stop()
    },
  }
}
