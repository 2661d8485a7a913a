import type { Output } from '../../node/cli/index.ts'

/** Lines that stay, and below them a board that is redrawn in place where the output is a terminal. */
export type Screen = {
  isLive: boolean
  say(...lines: string[]): void
  /** Shows the board; nothing where it cannot be redrawn. */
  show(lines: readonly string[]): void
  /** Leaves the board as it is and goes on below it. */
  keep(): void
}

/** Text without its colours, as wide as the terminal shows it. */
export const visibleWidth = (text: string): number =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  text.replace(/\u001b\[\d+m/g, '').length

const cut = (line: string, columns: number): string => {
  if (visibleWidth(line) < columns) return line
  let width = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const parts = line.match(/\u001b\[\d+m|[^\u001b]/gu) ?? []
  const kept = parts.filter((part) => part.startsWith('\u001b') || ++width < columns)
  return kept.join('')
}

/** Draws on an output. */
export const createScreen = (output: Output): Screen => {
  let drawn = 0
  let last = ''
  const erase = () => {
    if (drawn > 0) output.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
    last = ''
  }
  const write = (lines: readonly string[]) => {
    if (lines.length > 0) output.write(`${lines.join('\n')}\n`)
  }
  return {
    isLive: output.isTty,
    say: (...lines) => {
      erase()
      write(lines)
    },
    show: (lines) => {
      if (!output.isTty) return
      const fitted = lines.map((line) => cut(line, output.columns))
      const text = fitted.join('\n')
      if (text === last) return
      erase()
      write(fitted)
      drawn = fitted.length
      last = text
    },
    keep: () => {
      drawn = 0
      last = ''
    },
  }
}
