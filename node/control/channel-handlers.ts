import { type Amount, Fault, parseAmount } from '../../protocols/common/index.ts'
import type { NodeApi } from '../../protocols/control/index.ts'
import type { Handlers } from './call.ts'

type ChannelRouteName =
  | 'channels'
  | 'channel'
  | 'openChannel'
  | 'fundChannel'
  | 'rebaseChannel'
  | 'closeChannel'
  | 'claimChannel'
  | 'unfreezeChannel'
  | 'exposure'
  | 'towers'

/** The routes about channels. */
export const createChannelHandlers = (api: NodeApi): Pick<Handlers, ChannelRouteName> => {
  const amountOf = (text: string): Amount => {
    const amount = parseAmount(text, api.token.decimals)
    if (amount !== null) return amount
    throw new Fault('REQUEST_INVALID', `the token has ${api.token.decimals} decimals at most`)
  }
  const depositOf = (text: string): Amount => {
    const amount = amountOf(text)
    if (amount > 0n) return amount
    throw new Fault('REQUEST_INVALID', 'amount: a deposit is more than nothing')
  }
  return {
    channels: async () => ({ items: await api.channels() }),
    channel: ({ params }) => api.channel(params.id),
    openChannel: ({ body: { peer, amount, mode } }) =>
      api.openChannel({ peer, amount: depositOf(amount), mode }),
    fundChannel: ({ params, body }) => api.fundChannel(params.id, depositOf(body.amount)),
    rebaseChannel: ({ params, body: { out, outToPeer } }) =>
      api.rebaseChannel(params.id, { out: amountOf(out), outToPeer: amountOf(outToPeer) }),
    closeChannel: ({ params, query }) => api.closeChannel(params.id, { force: query.force }),
    claimChannel: ({ params }) => api.claimChannel(params.id),
    unfreezeChannel: ({ params }) => api.unfreezeChannel(params.id),
    exposure: async () => ({ items: await api.exposure() }),
    towers: async () => ({ items: await api.towers() }),
  }
}
