import { setFlagsFromString } from 'node:v8'

/**
 * Up to this size a metered module goes to the optimising compiler at once. V8 never moves a function that is already running to better
 * code, so a small program whose work is one long loop would stay in its baseline compiler; a large one would take too long to compile.
 */
const SMALL_BYTES = 64 << 10

/** From this version on the optimising compiler takes the baseline's notes for granted, and ends the process where there are none. */
const FIRST_V8_BOUND_TO_LIFTOFF = 14
const v8Major = Number(process.versions.v8.split('.')[0])

/** Chooses V8's compiler for what is compiled from now on, lazily too, where V8 bears that. Never changes a result. */
export const createCompilerSwitch = (
  setFlag: (flag: string) => void = setFlagsFromString,
  major: number = v8Major,
): ((metered: { bytes: number }) => void) => {
  let current = '--liftoff'
  return ({ bytes }) => {
    if (major >= FIRST_V8_BOUND_TO_LIFTOFF) return
    const wanted = bytes <= SMALL_BYTES ? '--no-liftoff' : '--liftoff'
    if (wanted !== current) setFlag(wanted)
    current = wanted
  }
}
