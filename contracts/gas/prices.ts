/** What a network's gas costs, as assumed for the USD columns: typical, not today's. */
export type Network = { name: string; chainId: number; gweiPerGas: number; usdPerCoin: number }

export const networks: readonly Network[] = [
  { name: 'Ethereum', chainId: 1, gweiPerGas: 2, usdPerCoin: 3_500 },
  { name: 'Polygon', chainId: 137, gweiPerGas: 40, usdPerCoin: 0.25 },
]

/** What one settlement may cost on average. */
export const USD_CEILING = 5

/** Price of a transaction in USD. */
export const usdOf = (gas: bigint, { gweiPerGas, usdPerCoin }: Network): number =>
  (Number(gas) * gweiPerGas * usdPerCoin) / 1e9

/** The gas price in gwei at which this much gas reaches the ceiling. */
export const gweiAtCeiling = (gas: bigint, { usdPerCoin }: Network): number =>
  (USD_CEILING * 1e9) / (Number(gas) * usdPerCoin)
