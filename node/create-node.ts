// Picks adapters and wires modules; node/compose holds the parts.
import type { Config } from '../config/index.ts'
import type { NodeApi } from '../protocols/control/index.ts'
import {
  createApi,
  createBuyer,
  createClosers,
  createParts,
  createSeller,
  openBase,
  openControl,
  type Parts,
  type Secrets,
} from './compose/index.ts'

export type RunningNode = {
  start(): Promise<void>
  stop(): Promise<void>
  api: NodeApi
  /** The url is known once started. */
  readonly control: { url: string; tokenFile: string }
}

type Journeys = {
  buyer: ReturnType<typeof createBuyer>
  seller: Awaited<ReturnType<typeof createSeller>>
  server: Awaited<ReturnType<typeof openControl>>['server']
}

/** Money first, then listeners, then the doors: nobody can ask for what cannot be answered yet. */
const startAll = async (parts: Parts, { buyer, seller, server }: Journeys): Promise<string> => {
  const { board, channel, closers, config, net, sandbox, scoreboard, settlement } = parts
  await sandbox.start()
  closers.add(() => sandbox.stop())
  await settlement.start()
  closers.add(() => settlement.stop())
  await channel.start()
  closers.add(() => channel.stop())
  await scoreboard.start()
  board.start()
  await seller.provider.start()
  closers.add(() => seller.provider.stop())
  await net.network.start()
  closers.add(() => net.network.stop())
  await buyer.requester.start()
  closers.add(() => buyer.requester.stop())
  if (config.market.role !== 'requester') {
    seller.bidder.start()
    closers.add(async () => seller.bidder.stop())
  }
  const { url } = await server.start()
  closers.add(() => server.stop())
  return url
}

/** A whole node, opened but silent: `start` joins the network, takes up what was left unfinished, and opens the control port. */
export const createNode = async (config: Config, secrets: Secrets): Promise<RunningNode> => {
  const closers = createClosers()
  try {
    const parts = await createParts(await openBase(config, secrets, closers))
    const buyer = createBuyer(parts)
    const seller = await createSeller(parts)
    const api = createApi(parts, buyer, seller)
    const { server, tokenFile } = await openControl(parts, api)
    const control = { url: '', tokenFile }
    return {
      api,
      control,
      start: async () => {
        try {
          control.url = await startAll(parts, { buyer, seller, server })
        } catch (error) {
          await closers.closeAll()
          throw error
        }
      },
      stop: () => closers.closeAll(),
    }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}
