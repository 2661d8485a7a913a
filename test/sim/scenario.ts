/** What a scenario must show; `held` says whether it did, `shown` with which figures. */
export type Expectation = { what: string; held: boolean; shown: string }

export type ScenarioOptions = { seed: string; agents: number }

export type Scenario = {
  name: string
  run(options: ScenarioOptions): Promise<readonly Expectation[]>
}

export const expect = (what: string, held: boolean, shown: string | number): Expectation => ({
  what,
  held,
  shown: String(shown),
})

/** A share in percent, to one place. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`
