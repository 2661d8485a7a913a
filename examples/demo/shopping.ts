import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../protocols/common/index.ts'
import type {
  ControlClient,
  ExecuteRequestInput,
  ResultView,
} from '../../protocols/control/index.ts'
import { followEvents, isOver } from '../../protocols/control/index.ts'
import type { AgentProcess } from './agent-process.ts'
import type { Cost } from './balances.ts'
import { emptyStory, type Story, tell, withAuctions, withPurchase } from './story.ts'

/** Something to buy: its line in the story and its order. */
export type Wish = { label: string; order: ExecuteRequestInput }
export type Delivery = { label: string; taskId: string; result: ResultView }

/** Buys through a node's control port and keeps the story of it. */
export type Shopper = {
  story(): Story
  /** Buys all at once; resolves with every result, in the order of the wishes. */
  buyAll(wishes: readonly Wish[]): Promise<Delivery[]>
  /** Forgets the purchases told so far, not their costs. */
  turnPage(): void
  /** What every task bought so far has cost, by its receipt. */
  costs(): Promise<Cost[]>
  stop(): void
}

type ShopperOptions = {
  signal: AbortSignal
  /** Called after each change of the story. */
  onStory: (before: Story, now: Story) => void
}

const ATTEMPTS = 3
// Orders follow one another as a program would send them: providers see the load of the earlier ones.
const BETWEEN_ORDERS_MS = 250
const RECONNECT_MS = 200
const ASK_AGAIN_MS = 500

const untilOver = async (client: ControlClient, id: string, signal: AbortSignal) => {
  for (;;) {
    const task = await client.task({ id }, { signal })
    if (isOver(task.phase)) return task
    await wait(ASK_AGAIN_MS, undefined, { signal })
  }
}

/** Starts following the node's events. */
export const createShopper = (
  { client, control, token }: Pick<AgentProcess, 'client' | 'control' | 'token'>,
  { signal, onStory }: ShopperOptions,
): Shopper => {
  let story = emptyStory
  let lastSeq = 0
  let stream: { close(): void } | null = null
  const bought: string[] = []
  const ended = new AbortController()

  const become = (now: Story) => {
    const before = story
    story = now
    if (before !== now) onStory(before, now)
  }
  const learnAuctions = async () => {
    const { items } = await client.auctions()
    become(withAuctions(story, items))
  }
  const follow = () => {
    const open = (url: string, protocols: string[]) => new WebSocket(url, protocols)
    stream = followEvents(
      { url: control.url, token, open, after: lastSeq },
      {
        onMessage: (message) => {
          if ('seq' in message) lastSeq = message.seq
          become(tell(story, message))
          // Who asks for what is in the list of auctions, not in the event.
          if (message.type === 'auction.opened') learnAuctions().catch(() => undefined)
        },
        onClose: () => {
          if (!ended.signal.aborted) setTimeout(follow, RECONNECT_MS)
        },
      },
    )
  }
  follow()

  const buy = async ({ label, order }: Wish, attempt = 1): Promise<Delivery> => {
    const task = await client.executeWithPayment(
      { body: order },
      { idempotencyKey: `demo-${label.replaceAll(' ', '-')}-${attempt}`, signal },
    )
    bought.push(task.id)
    become(withPurchase(story, label, task))
    await learnAuctions()
    const over = await untilOver(client, task.id, signal)
    if (over.phase === 'settled') {
      return { label, taskId: task.id, result: await client.result({ id: task.id }) }
    }
    if (attempt < ATTEMPTS) return buy({ label, order }, attempt + 1)
    throw new Fault('DEMO_UNSOLD', `${label}: ${over.code} ${over.message ?? ''}`)
  }
  return {
    story: () => story,
    turnPage: () => {
      story = { ...story, purchases: [] }
    },
    buyAll: async (wishes) => {
      const purchases: Promise<Delivery>[] = []
      for (const wish of wishes) {
        const purchase = buy(wish)
        // Looked at only once all are ordered; a failure until then is not unhandled.
        purchase.catch(() => undefined)
        purchases.push(purchase)
        await wait(BETWEEN_ORDERS_MS, undefined, { signal })
      }
      return Promise.all(purchases)
    },
    costs: async () => {
      const statuses = await Promise.all(bought.map((id) => client.economicStatus({ id })))
      return statuses.flatMap(({ phase, parties: { provider }, receipt }) =>
        phase === 'settled' && provider !== null && receipt !== null
          ? [{ provider, amount: BigInt(receipt.cost) }]
          : [],
      )
    },
    stop: () => {
      ended.abort()
      stream?.close()
    },
  }
}

/** Closes every channel of the buyer and waits until each is closed on the chain. */
export const closeChannels = async (
  client: ControlClient,
  signal: AbortSignal,
): Promise<number> => {
  const { items } = await client.channels()
  const open = items.filter(({ phase }) => phase !== 'closed')
  for (const { channelId } of open) await client.closeChannel({ id: channelId }, { signal })
  for (;;) {
    const { items: now } = await client.channels()
    if (now.every(({ phase }) => phase === 'closed')) return open.length
    await wait(ASK_AGAIN_MS, undefined, { signal })
  }
}
