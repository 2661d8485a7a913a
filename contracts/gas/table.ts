import { gweiAtCeiling, networks, USD_CEILING, usdOf } from './prices.ts'
import type { Measured } from './row.ts'

const thousands = (gas: bigint): string => gas.toLocaleString('en-US')
const dollars = (amount: number): string => (amount < 0.01 ? amount.toFixed(4) : amount.toFixed(2))

const HEAD = [
  'operation',
  'gas',
  'floor',
  'target',
  'over',
  ...networks.map(({ name }) => `${name} USD`),
  'best elsewhere',
]

// A star marks targets that no code can reach while the contract stores, logs, calls and is told the same.
const overTarget = ({ gas, floor, target }: Measured): string => {
  if (target === null) return '-'
  const percent = (Number(gas - target) / Number(target)) * 100
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %${floor > target ? ' *' : ''}`
}

const cellsOf = (row: Measured): string[] => [
  row.name,
  thousands(row.gas),
  thousands(row.floor),
  row.target === null ? '-' : thousands(row.target),
  overTarget(row),
  ...networks.map((network) => dollars(usdOf(row.gas, network))),
  row.elsewhere,
]

const aligned = (lines: readonly string[][]): string => {
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  const isText = (column: number) => column === 0 || column === HEAD.length - 1
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join(' | ')
        .trimEnd(),
    )
    .join('\n')
}

const feeNote = (): string =>
  networks
    .map(
      ({ name, gweiPerGas, usdPerCoin }) =>
        `${name} ${gweiPerGas} gwei at ${usdPerCoin} USD a coin`,
    )
    .join(', ')

const ceilingNote = (row: Measured): string =>
  networks
    .map((network) => `${network.name} above ${gweiAtCeiling(row.gas, network).toFixed(0)} gwei`)
    .join(', ')

/** The table as text, with what its columns mean. */
export const renderTable = (contract: string, rows: readonly Measured[]): string => {
  const dearest = rows.reduce((a, b) => (b.gas > a.gas ? b : a))
  return [
    `\n${contract}: whole transactions, 21k and calldata included`,
    aligned([HEAD, ...rows.map(cellsOf)]),
    `floor: the same without what the contract's own opcodes cost, storage, logs and calls aside; * a target below it. Fees: ${feeNote()}.`,
    `The dearest row costs more than ${USD_CEILING} USD on ${ceilingNote(dearest)}.\n`,
  ].join('\n')
}
