// The file that the demo has minified where it is given no other: run `npm run demo -- path/to/your.ts` for your own.

/** A point on the number plane. */
export interface Complex {
  readonly re: number
  readonly im: number
}

const ESCAPE_RADIUS_SQUARED = 4

/** How many steps of z -> z * z + c it takes to escape; `limit` where it does not. */
export const escapeTime = (point: Complex, limit: number): number => {
  let real = 0
  let imaginary = 0
  for (let step = 0; step < limit; step++) {
    const nextReal = real * real - imaginary * imaginary + point.re
    imaginary = 2 * real * imaginary + point.im
    real = nextReal
    if (real * real + imaginary * imaginary > ESCAPE_RADIUS_SQUARED) return step
  }
  return limit
}

const SHADES = ' .:-=+*#%@'

/** A row of the Mandelbrot set in characters. */
export const drawRow = (imaginary: number, columns: number, limit = 60): string => {
  let row = ''
  for (let column = 0; column < columns; column++) {
    const real = -2.2 + (3.2 * column) / columns
    const time = escapeTime({ re: real, im: imaginary }, limit)
    const shade = Math.floor(((SHADES.length - 1) * time) / limit)
    row += SHADES.charAt(shade)
  }
  return row
}

export const draw = (columns: number, rows: number): string[] =>
  Array.from({ length: rows }, (_, row) => drawRow(-1.2 + (2.4 * row) / (rows - 1), columns))
