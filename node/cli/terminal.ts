/** One side of the terminal, or a file or pipe in its place. */
export type Output = {
  write(data: string | Uint8Array): void
  isTty: boolean
  hasColors: boolean
  columns: number
}

export type Terminal = {
  stdout: Output
  stderr: Output
  /** All of standard input. */
  readInput(): Promise<Uint8Array>
  /** Asks without showing what is typed; null where nobody can answer. */
  askHidden(question: string): Promise<string | null>
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }

export type Style = keyof typeof codes

/** Text in a colour, where there are colours. */
export const styled = (output: Pick<Output, 'hasColors'>, style: Style, text: string): string =>
  output.hasColors ? `\u001b[${codes[style]}m${text}\u001b[0m` : text

/** 0x1234…abcd */
export const shortHex = (hex: string): string =>
  hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex

/** Rows under a header, columns aligned; nothing but the header's words where there are no rows. */
export const tableOf = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] => {
  const all = [header, ...rows]
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  )
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** A bar of `width` cells, filled to `done` of `all`. */
export const barOf = (done: bigint, all: bigint, width: number): string => {
  const share = all > 0n ? Number((done * BigInt(width)) / all) : 0
  const filled = Math.min(width, Math.max(0, share))
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}
