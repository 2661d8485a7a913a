import type { Cost, Stage } from './stage.ts'

/**
 * One line of the table. `target` is the design's, null where it has none; `elsewhere` is the best published; `measure` sends what the
 * operation takes and adds up what counts (per channel, item or seat where `name` says so).
 */
export type Row<World> = {
  name: string
  target: bigint | null
  elsewhere: string
  measure(stage: Stage, world: World): Promise<Cost>
}

/** A contract's lines and the world they are measured in. */
export type Rows = {
  contract: string
  measureAll(stage: Stage): Promise<Measured[]>
}

export type Measured = Pick<Row<unknown>, 'name' | 'target' | 'elsewhere'> & Cost

export const sumOf = (costs: readonly Cost[]): Cost =>
  costs.reduce((a, b) => ({ gas: a.gas + b.gas, floor: a.floor + b.floor }))

export const perItem = ({ gas, floor }: Cost, count: number): Cost => ({
  gas: gas / BigInt(count),
  floor: floor / BigInt(count),
})

/** Builds the world once and measures every row from it, each as if it were the only one. */
export const createRows = <World>(
  contract: string,
  build: (stage: Stage) => Promise<World>,
  rows: readonly Row<World>[],
): Rows => ({
  contract,
  measureAll: async (stage) => {
    const world = await build(stage)
    const measured: Measured[] = []
    for (const { measure, ...row } of rows) {
      measured.push({ ...row, ...(await stage.aside(() => measure(stage, world))) })
    }
    return measured
  },
})
