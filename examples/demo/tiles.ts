/** A tile of a picture: its place, and the picture's size in pixels. */
export type TilePlan = {
  column: number
  row: number
  columns: number
  rows: number
  width: number
  height: number
}

export type Picture = { width: number; height: number; columns: number; rows: number }

const BYTES_PER_PIXEL = 3

/** Every tile of a picture, row by row. */
export const planTiles = ({ width, height, columns, rows }: Picture): TilePlan[] => {
  const tiles: TilePlan[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      tiles.push({ column, row, columns, rows, width, height })
    }
  }
  return tiles
}

/** Arguments of the fractal program for one tile. */
export const tileArguments = (tile: TilePlan): string[] =>
  [tile.column, tile.row, tile.columns, tile.rows, tile.width, tile.height].map(String)

const edges = (index: number, count: number, size: number) => {
  const start = Math.floor((size * index) / count)
  return { start, length: Math.floor((size * (index + 1)) / count) - start }
}

/** Where a tile lies in the picture, in pixels. */
export const tileArea = ({ column, row, columns, rows, width, height }: TilePlan) => {
  const across = edges(column, columns, width)
  const down = edges(row, rows, height)
  return { left: across.start, top: down.start, width: across.length, height: down.length }
}

/** RGBA pixels of the whole picture from the raw RGB rows of its tiles. Throws where a tile has not exactly its bytes. */
export const joinTiles = (
  { width, height }: Pick<Picture, 'width' | 'height'>,
  tiles: readonly { plan: TilePlan; pixels: Uint8Array }[],
): Uint8Array => {
  const picture = new Uint8Array(width * height * 4).fill(255)
  for (const { plan, pixels } of tiles) {
    const area = tileArea(plan)
    const expected = area.width * area.height * BYTES_PER_PIXEL
    if (pixels.length !== expected) {
      throw new RangeError(
        `tile ${plan.column},${plan.row} has ${pixels.length} bytes, not ${expected}`,
      )
    }
    for (let index = 0; index < area.width * area.height; index++) {
      const x = area.left + (index % area.width)
      const y = area.top + Math.floor(index / area.width)
      const from = index * BYTES_PER_PIXEL
      picture.set(pixels.subarray(from, from + BYTES_PER_PIXEL), (y * width + x) * 4)
    }
  }
  return picture
}
