// AssemblyScript. Draws one tile of a Mandelbrot set and writes it as raw RGB rows to standard output.
// Arguments: column, row, columns, rows (which tile of how many), width, height (of the whole picture, in pixels).

const CENTER_X: f64 = -0.743643887
const CENTER_Y: f64 = 0.131825904
const SPAN: f64 = 0.0062
const MAX_STEPS: i32 = 900
const ESCAPE: f64 = 256.0
const SAMPLES: i32 = 4

function channel(phase: f64): u8 {
  return <u8>(127.5 + 127.5 * Math.cos(6.283185307179586 * phase))
}

/** Steps until the point escapes, with a fraction that makes colours flow; negative inside the set. */
function escapeTime(x: f64, y: f64): f64 {
  let re: f64 = 0.0
  let im: f64 = 0.0
  for (let step = 0; step < MAX_STEPS; step++) {
    const re2 = re * re
    const im2 = im * im
    if (re2 + im2 > ESCAPE) {
      return <f64>step + 1.0 - Math.log(Math.log(re2 + im2) * 0.5) / Math.LN2
    }
    im = 2.0 * re * im + y
    re = re2 - im2 + x
  }
  return -1.0
}

const args = process.argv
const column = i32(parseInt(args[1], 10))
const row = i32(parseInt(args[2], 10))
const columns = i32(parseInt(args[3], 10))
const rows = i32(parseInt(args[4], 10))
const width = i32(parseInt(args[5], 10))
const height = i32(parseInt(args[6], 10))

const left = (width * column) / columns
const right = (width * (column + 1)) / columns
const top = (height * row) / rows
const bottom = (height * (row + 1)) / rows
const pixels = new Uint8Array((right - left) * (bottom - top) * 3)
const scale = SPAN / <f64>width

let at = 0
for (let py = top; py < bottom; py++) {
  for (let px = left; px < right; px++) {
    // Several points a pixel, averaged: smooth edges.
    let red = 0
    let green = 0
    let blue = 0
    for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
      const dx = (<f64>(sample % SAMPLES) + 0.5) / <f64>SAMPLES
      const dy = (<f64>(sample / SAMPLES) + 0.5) / <f64>SAMPLES
      const x = CENTER_X + (<f64>(px - width / 2) + dx) * scale
      const y = CENTER_Y + (<f64>(py - height / 2) + dy) * scale
      const time = escapeTime(x, y)
      if (time < 0.0) continue
      const hue = Math.sqrt(time) * 0.083
      red += channel(hue + 0.62)
      green += channel(hue + 0.49)
      blue += channel(hue + 0.36)
    }
    pixels[at++] = <u8>(red / (SAMPLES * SAMPLES))
    pixels[at++] = <u8>(green / (SAMPLES * SAMPLES))
    pixels[at++] = <u8>(blue / (SAMPLES * SAMPLES))
  }
}
process.stdout.write(pixels.buffer)
