import { setFlagsFromString } from 'node:v8'

/**
 * Up to this size a metered module goes to the optimising compiler at once. V8 never moves a function that is already running to better
 * code, so a small program whose work is one long loop would stay in its baseline compiler; a large one would take too long to compile.
 */
const SMALL_BYTES = 64 << 10

/** Chooses V8's compiler for what is compiled from now on, lazily too. Never changes a result. */
export const createCompilerSwitch = (
  setFlag: (flag: string) => void = setFlagsFromString,
): ((metered: { bytes: number }) => void) => {
  let current = '--liftoff'
  return ({ bytes }) => {
    const wanted = bytes <= SMALL_BYTES ? '--no-liftoff' : '--liftoff'
    if (wanted !== current) setFlag(wanted)
    current = wanted
  }
}
