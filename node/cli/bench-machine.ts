import { Fault } from '../../protocols/common/index.ts'
import type { CliDeps, KernelReport, MachineReport } from './deps.ts'
import { EXIT } from './exit-codes.ts'
import { type GlobalOptions, settingsFor } from './node-client.ts'
import { styled, tableOf } from './terminal.ts'

export type BenchMachineOptions = GlobalOptions & {
  costPerHour?: string
  decimals?: string
  write?: boolean
}

const mfuel = (units: number): string =>
  (units / 1e6).toLocaleString('en-US', { maximumFractionDigits: 0 })

const speedRows = (kernels: readonly KernelReport[]): string[] =>
  tableOf(
    ['work', 'Mfuel/s', 'what'],
    kernels.map(({ name, about, fuelPerSecond }) => [
      name,
      mfuel(fuelPerSecond).padStart('Mfuel/s'.length),
      about,
    ]),
  )

const settingsOf = ({ pricePerMfuel, speedMfuelPerSecond }: MachineReport) => ({
  'market.pricePerMfuel': pricePerMfuel,
  'market.speedMfuelPerSecond': speedMfuelPerSecond,
})

/** How the price came about, as lines for people. */
export const machineLines = (report: MachineReport): readonly string[] => {
  const { workers, costPerHour, marginPercent, utilisationPercent } = report
  const count = (units: number | bigint) => units.toLocaleString('en-US')
  const speed = `${count(report.speedMfuelPerSecond)} Mfuel/s`
  const steps = [
    ['equal fuel of each kind of work', `${speed} a worker`],
    [
      `${workers} workers x ${speed} x 3,600 s x ${utilisationPercent} % of the time sold`,
      `${count(BigInt(report.mfuelPerHour))} Mfuel in an hour`,
    ],
    [
      `a machine of ${costPerHour} tokens an hour + ${marginPercent} %, over that fuel`,
      `${report.exactPrice} tokens per Mfuel`,
    ],
    [
      'rounded up to what the token can be divided into',
      `${report.pricePerMfuel} tokens per Mfuel`,
    ],
  ]
  const width = Math.max(...steps.map(([what = '']) => what.length))
  return [
    ...speedRows(report.kernels).map((line) => `  ${line}`),
    '',
    ...steps.map(([what = '', result = '']) => `  ${what.padEnd(width)}  = ${result}`),
    '',
    ...Object.entries(settingsOf(report)).map(([name, value]) => `  ${name}: ${value}`),
  ]
}

const decimalsOf = (text: string | undefined): number => {
  if (text === undefined) return 6
  if (/^([0-9]|[12][0-9]|3[0-6])$/.test(text)) return Number(text)
  throw new Fault('REQUEST_INVALID', `--decimals takes 0 to 36, not ${text}`)
}

/** souk bench-machine: how fast this machine works, and what a Mfuel of it should cost. Needs no node; --write puts it into the settings. */
export const benchMachine = async <Config>(
  deps: CliDeps<Config>,
  options: BenchMachineOptions,
): Promise<number> => {
  const { stdout, stderr } = deps.terminal
  const decimals = decimalsOf(options.decimals)
  const values = options.costPerHour ? [`market.costPerHour=${options.costPerHour}`] : []
  const settings = await settingsFor(deps, { ...options, set: [...(options.set ?? []), ...values] })
  const report = await deps.benchMachine(settings.config, {
    decimals,
    onSpeed: ({ name }) => stderr.write(styled(stderr, 'dim', `souk: measured ${name}\n`)),
  })
  stdout.write(`${options.json ? JSON.stringify(report) : machineLines(report).join('\n')}\n`)
  if (options.write) {
    const file = await deps.writeSettings(options.config, settingsOf(report))
    stderr.write(`souk: written to ${file}\n`)
  }
  return EXIT.ok
}
