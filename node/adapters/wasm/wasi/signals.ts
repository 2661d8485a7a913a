/** The guest called proc_exit. `code` is unsigned, as given. */
export class GuestExit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** The guest wrote more than it may; ends the run with a verdict. */
export class OutputLimit extends Error {
  readonly what: 'stdout' | 'stderr' | 'files'

  constructor(what: 'stdout' | 'stderr' | 'files') {
    super(`more ${what} than allowed`)
    this.what = what
  }
}
