import type { AuctionView, StreamMessage, TaskView } from '../../protocols/control/index.ts'

/** One piece of work being bought, as far as it has been heard of. */
export type Purchase = {
  label: string
  taskId: string
  taskHash: string | null
  maxFuel: bigint
  phase: string
  auctionId: string | null
  fuelUsed: bigint
  paid: bigint
  cost: bigint | null
  receiptHash: string | null
  code: string | null
}

export type Offer = { provider: string; price: bigint }
/** An auction as heard of: every bid, and who won. */
export type Sale = { offers: readonly Offer[]; winner: string | null }
export type ChannelNews = { peer: string; phase: string; deposit: bigint; sent: bigint }

/** Everything the demo tells, folded from the buyer's events. A sale may be heard of before it is known what it is for. */
export type Story = {
  purchases: readonly Purchase[]
  sales: Readonly<Record<string, Sale>>
  channels: Readonly<Record<string, ChannelNews>>
}

export const emptyStory: Story = { purchases: [], sales: {}, channels: {} }

type Bought = Pick<TaskView, 'id' | 'taskHash' | 'maxFuel'>

/** The story with one more purchase; one of the same label takes the place of a failed one. */
export const withPurchase = (story: Story, label: string, task: Bought): Story => {
  const purchase: Purchase = {
    label,
    taskId: task.id,
    taskHash: task.taskHash,
    maxFuel: BigInt(task.maxFuel),
    phase: 'created',
    auctionId: null,
    fuelUsed: 0n,
    paid: 0n,
    cost: null,
    receiptHash: null,
    code: null,
  }
  const isNew = story.purchases.every((other) => other.label !== label)
  const purchases = isNew
    ? [...story.purchases, purchase]
    : story.purchases.map((other) => (other.label === label ? purchase : other))
  return { ...story, purchases }
}

const change = (
  story: Story,
  isMeant: (purchase: Purchase) => boolean,
  changed: Partial<Purchase>,
): Story => ({
  ...story,
  purchases: story.purchases.map((purchase) =>
    isMeant(purchase) ? { ...purchase, ...changed } : purchase,
  ),
})

/** Learns from a list of auctions which of them sells which purchase. */
export const withAuctions = (
  story: Story,
  auctions: readonly Pick<AuctionView, 'auctionId' | 'taskHash'>[],
): Story =>
  auctions.reduce(
    (known, { auctionId, taskHash }) =>
      change(known, (purchase) => purchase.auctionId === null && purchase.taskHash === taskHash, {
        auctionId,
      }),
    story,
  )

type TaskEvent = Extract<StreamMessage, { type: 'task.phase' | 'task.progress' | 'task.receipt' }>

const afterTaskEvent = (story: Story, event: TaskEvent): Story => {
  const isMeant = ({ taskId }: Purchase) => taskId === event.taskId
  switch (event.type) {
    case 'task.phase':
      return change(story, isMeant, { phase: event.phase, code: event.code ?? null })
    case 'task.progress':
      return change(story, isMeant, {
        fuelUsed: BigInt(event.fuelUsed),
        paid: BigInt(event.paid),
      })
    case 'task.receipt':
      return change(story, isMeant, {
        fuelUsed: BigInt(event.fuelUsed),
        cost: BigInt(event.cost),
        receiptHash: event.receiptHash,
      })
  }
}

type ChannelEvent = Extract<StreamMessage, { type: 'channel.phase' | 'channel.paid' }>

const afterChannelEvent = (story: Story, event: ChannelEvent): Story => {
  const known = story.channels[event.channelId] ?? {
    peer: event.peer,
    phase: 'proposed',
    deposit: 0n,
    sent: 0n,
  }
  const changed =
    event.type === 'channel.phase'
      ? { phase: event.phase, deposit: BigInt(event.deposit) }
      : { sent: BigInt(event.sent) }
  return { ...story, channels: { ...story.channels, [event.channelId]: { ...known, ...changed } } }
}

const noSale: Sale = { offers: [], winner: null }

/** What is known of a purchase's auction. */
export const saleOf = (story: Story, { auctionId }: Purchase): Sale =>
  story.sales[auctionId ?? ''] ?? noSale

const withSale = (story: Story, auctionId: string, sale: Sale): Story => ({
  ...story,
  sales: { ...story.sales, [auctionId]: sale },
})

/** The story after one more event. */
export const tell = (story: Story, event: StreamMessage): Story => {
  switch (event.type) {
    case 'task.phase':
    case 'task.progress':
    case 'task.receipt':
      return event.role === 'requester' ? afterTaskEvent(story, event) : story
    case 'bid.received': {
      const sale = story.sales[event.auctionId] ?? noSale
      const offer = { provider: event.provider, price: BigInt(event.price) }
      const others = sale.offers.filter(({ provider }) => provider !== offer.provider)
      return withSale(story, event.auctionId, { ...sale, offers: [...others, offer] })
    }
    case 'auction.awarded': {
      const sale = story.sales[event.auctionId] ?? noSale
      return withSale(story, event.auctionId, { ...sale, winner: event.provider })
    }
    case 'channel.phase':
    case 'channel.paid':
      return event.role === 'payer' ? afterChannelEvent(story, event) : story
    default:
      return story
  }
}

/** Whether a purchase has come to its end, good or bad. */
export const isEnded = ({ phase }: Purchase): boolean =>
  ['settled', 'unsold', 'void', 'failed', 'cancelled'].includes(phase)
