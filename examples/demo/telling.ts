import { formatAmount } from '../../protocols/common/index.ts'
import { type Offer, type Purchase, type Story, saleOf } from './story.ts'

/** How names and money are written. `paint` colours a text, or leaves it. */
export type Words = {
  nameOf: (agent: string) => string
  decimals: number
  symbol: string
  paint: (style: Style, text: string) => string
}

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

const BAR_CELLS = 12
const MONEY_DIGITS = 4

/** An amount with a fixed number of digits behind the point, cut and not rounded: it must never look like more than it is. */
export const money = (amount: bigint, decimals: number): string => {
  const sign = amount < 0n ? '-' : ''
  const [whole = '0', fraction = ''] = formatAmount(amount < 0n ? -amount : amount, decimals).split(
    '.',
  )
  return `${sign}${whole}.${fraction.padEnd(MONEY_DIGITS, '0').slice(0, MONEY_DIGITS)}`
}

const short = (hash: string): string => `${hash.slice(0, 6)}…${hash.slice(-4)}`

const stages: Readonly<Record<string, string>> = {
  created: 'preparing',
  announced: 'auction',
  awarded: 'awarded',
  agreed: 'agreed',
  funded: 'funded',
  running: 'running',
  delivered: 'checking',
  accepted: 'paying',
  settled: 'paid',
}

const barOf = ({ phase, fuelUsed, maxFuel, cost }: Purchase, { paint }: Words): string => {
  if (cost !== null) return paint('green', '█'.repeat(BAR_CELLS))
  if (phase !== 'running' || maxFuel === 0n) return paint('dim', '·'.repeat(BAR_CELLS))
  const filled = Math.min(BAR_CELLS, Number((fuelUsed * BigInt(BAR_CELLS)) / maxFuel))
  return paint('cyan', '█'.repeat(filled)) + paint('dim', '░'.repeat(BAR_CELLS - filled))
}

const offersText = (offers: readonly Offer[], { decimals }: Words): string => {
  if (offers.length === 0) return ''
  const prices = offers.map(({ price }) => price).sort((a, b) => (a < b ? -1 : 1))
  return prices.map((price) => money(price, decimals).slice(0, -2)).join(' ')
}

const stageText = ({ phase }: Purchase, { paint }: Words): string => {
  const text = (stages[phase] ?? phase).padEnd(9)
  if (phase === 'settled') return paint('green', text)
  return stages[phase] === undefined ? paint('red', text) : text
}

/** One purchase on one line: stage, bids, winner, work done, money streamed, receipt. */
export const purchaseLine = (purchase: Purchase, story: Story, words: Words): string => {
  const { offers, winner } = saleOf(story, purchase)
  const { paid, cost, receiptHash, code } = purchase
  const amount = cost ?? paid
  const tail = receiptHash === null ? (code ?? '') : `receipt ${short(receiptHash)}`
  return [
    `  ${purchase.label.padEnd(8)}`,
    stageText(purchase, words),
    words.paint('dim', offersText(offers, words).padEnd(14)),
    (winner === null ? '' : words.nameOf(winner)).padEnd(8),
    barOf(purchase, words),
    (amount > 0n ? money(amount, words.decimals) : '').padStart(8),
    words.paint('dim', tail),
  ].join(' ')
}

/** The header over purchase lines. */
export const purchaseHeader = ({ paint, symbol }: Words): string =>
  paint(
    'dim',
    `  ${'work'.padEnd(8)} ${'stage'.padEnd(9)} ${'bids'.padEnd(14)} ${'winner'.padEnd(8)} ${'fuel'.padEnd(BAR_CELLS)} ${symbol.padStart(8)}`,
  )

/** The channels and what went through them, on one line each. */
export const channelLines = ({ channels }: Story, words: Words): string[] =>
  Object.values(channels).map(({ peer, phase, deposit, sent }) => {
    const amount = (units: bigint) => money(units, words.decimals)
    const text = `${amount(sent)} of ${amount(deposit)} promised`
    return `  channel to ${words.nameOf(peer).padEnd(8)} ${phase.padEnd(8)} ${text}`
  })

const newsOfAward = (purchase: Purchase, story: Story, words: Words): string => {
  const { offers, winner } = saleOf(story, purchase)
  const count = offers.length === 1 ? '1 bid' : `${offers.length} bids`
  const bids = `${count} (${offersText(offers, words)})`
  return `  ${purchase.label.padEnd(8)} ${bids}, awarded to ${words.nameOf(winner ?? '')}`
}

const endings = ['unsold', 'void', 'failed', 'cancelled']

const newsOfPhase = (purchase: Purchase, words: Words): string | null => {
  const { phase, cost, paid, receiptHash, code } = purchase
  const say = (text: string) => `  ${purchase.label.padEnd(8)} ${text}`
  if (phase === 'settled') {
    const receipt = receiptHash === null ? '' : `, receipt ${short(receiptHash)}`
    return say(`paid ${money(cost ?? paid, words.decimals)} ${words.symbol}${receipt}`)
  }
  return endings.includes(phase) ? say(`${phase}: ${code ?? 'no reason given'}`) : null
}

/** What is worth a line of its own where lines cannot be redrawn. */
export const newsBetween = (before: Story, now: Story, words: Words): string[] => {
  const known = new Map(before.purchases.map((purchase) => [purchase.taskId, purchase]))
  const lines = now.purchases.flatMap((purchase) => {
    const earlier = known.get(purchase.taskId)
    const hadWinner = earlier !== undefined && saleOf(before, earlier).winner !== null
    const isAwarded = !hadWinner && saleOf(now, purchase).winner !== null
    return [
      isAwarded ? newsOfAward(purchase, now, words) : null,
      earlier?.phase === purchase.phase ? null : newsOfPhase(purchase, words),
    ]
  })
  const channels = Object.entries(now.channels)
    .filter(([id, { phase }]) => phase === 'open' && before.channels[id]?.phase !== 'open')
    .map(([, { peer, deposit }]) => {
      const amount = `${money(deposit, words.decimals)} ${words.symbol}`
      return `  channel  open to ${words.nameOf(peer)} with ${amount}`
    })
  return [...channels, ...lines.filter((line) => line !== null)]
}
