import { Fault, type Hash } from '../../protocols/common/index.ts'
import type { ChannelApi } from '../../protocols/control/index.ts'
import type { ChannelKeeper } from '../channel/index.ts'
import type { TaskFault } from './faults.ts'

/** What the owner asks of the channels. */
export const createChannelActions = (channel: ChannelKeeper): ChannelApi => {
  const known = (id: Hash): Hash => {
    if (channel.get(id)) return id
    throw new Fault<TaskFault>('NOT_FOUND', `there is no channel ${id} here`)
  }
  const viewOf = (id: Hash) => {
    const view = channel.get(known(id))
    if (view) return view
    throw new Fault<TaskFault>('NOT_FOUND', `there is no channel ${id} here`)
  }
  return {
    channels: async () => channel.list(),
    channel: async (id) => viewOf(id),
    openChannel: (order) => channel.open(order),
    fundChannel: async (id, amount) => channel.fund(known(id), amount),
    rebaseChannel: async (id, order) => channel.rebase(known(id), order),
    closeChannel: async (id, options) => channel.close(known(id), options),
    claimChannel: async (id) => channel.claim(known(id)),
    unfreezeChannel: async (id) => channel.unfreeze(known(id)),
    exposure: async () =>
      channel.exposure().map(({ unclaimed, credit, ...rest }) => ({
        ...rest,
        unclaimed: unclaimed.toString(),
        credit: credit.toString(),
      })),
    towers: async () => {
      const { duties, guards } = channel.towers()
      return [
        ...duties.map(({ client, ...duty }) => ({
          ...duty,
          role: 'tower' as const,
          agent: client,
        })),
        ...guards.map(({ tower, ...guard }) => ({
          ...guard,
          role: 'client' as const,
          agent: tower,
        })),
      ]
    },
  }
}
